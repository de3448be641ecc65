"""ProFTPD: one process a session, MLST and RANG; surplus connections get 530 for a login. With a
module of its own it compresses (MODE Z)."""

import pathlib
import re

from servers.real_server import RealServer


class ProFtpd(RealServer):
    """`directives` are any other lines of proftpd.conf for the anonymous login; `deflate` loads the
    module for MODE Z."""

    name, package, program = "ProFTPD", "proftpd-core", "proftpd"

    def __init__(self, ipv6=False, max_per_ip=0, rate_bytes=0, directives=(), deflate=False):
        self.directives = list(directives)
        self.deflate = deflate
        if max_per_ip:
            self.directives.append(f"MaxClientsPerHost {max_per_ip}")
        if rate_bytes:
            self.directives.append(f"TransferRate RETR {rate_bytes / 1024}")
        super().__init__(ipv6)

    def command(self):
        lines = [
            "ServerType standalone", f"Port {self.port}", f"DefaultAddress {self.address}",
            "SocketBindTight on", f"UseIPv6 {'on' if self.ipv6 else 'off'}",
            "User nobody", "Group nogroup", "MaxInstances none",
            f"PidFile {self.folder}/pid", f"ScoreboardFile {self.folder}/scoreboard",
            f"SystemLog {self.folder}/log", "TransferLog none", "WtmpLog off",
            "DelayEngine off", "UseReverseDNS off", "AuthPAM off", *self.modules(),
            f"<Anonymous {self.root}>",
            "User nobody", "Group nogroup", "UserAlias anonymous nobody", "RequireValidShell off",
            "UseFtpUsers off",
            "<Limit WRITE>", "DenyAll", "</Limit>",
            *self.directives,
            "</Anonymous>"]
        configuration = self.folder / "proftpd.conf"
        configuration.write_text("\n".join([*lines, ""]))
        return [self.executable, "--nodaemon", "--config", configuration]

    def modules(self):
        if not self.deflate:
            return []
        folder = pathlib.Path(self.executable).parents[1] / "lib/proftpd"
        return [f"ModulePath {folder}", "LoadModule mod_deflate.c", "DeflateEngine on",
                f"DeflateLog {self.folder}/deflate.log"]

    def deflated(self):
        """Of each transfer that was compressed: how many bytes, and into how many."""
        log = (self.folder / "deflate.log").read_text()
        return [(int(plain), int(sent)) for plain, sent in
                re.findall(r": deflated (\d+) bytes to (\d+) bytes", log)]
