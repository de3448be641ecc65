"""vsftpd: two processes a session, no MLST; surplus connections get 421 for a greeting."""

import random

from harness import wait_until
from servers.real_server import RealServer


class Vsftpd(RealServer):
    """`options` are any other lines of vsftpd.conf."""

    name, package, program = "vsftpd", "vsftpd", "vsftpd"

    def __init__(self, ipv6=False, max_per_ip=0, rate_bytes=0, **options):
        self.settings = {"anon_max_rate": rate_bytes, "max_per_ip": max_per_ip} | options
        super().__init__(ipv6)

    def command(self):
        passive = random.randrange(20_000, 58_000)
        self.xferlog = self.folder / "xferlog"
        empty = self.folder / "empty"
        empty.mkdir(mode=0o555, exist_ok=True)
        settings = {
            "listen": "NO" if self.ipv6 else "YES", "listen_ipv6": "YES" if self.ipv6 else "NO",
            "listen_address6" if self.ipv6 else "listen_address": self.address,
            "listen_port": self.port, "background": "NO",
            "anonymous_enable": "YES", "no_anon_password": "YES", "local_enable": "NO",
            "anon_root": self.root, "write_enable": "NO",
            "secure_chroot_dir": empty,
            "pasv_min_port": passive, "pasv_max_port": passive + 2000,
            "xferlog_enable": "YES", "xferlog_std_format": "YES", "xferlog_file": self.xferlog,
            "use_localtime": "NO", "connect_from_port_20": "NO", "pam_service_name": "vsftpd",
            # Sandboxes of their own may be forbidden where tests run, in containers for example.
            "seccomp_sandbox": "NO", "isolate": "NO", "isolate_network": "NO",
        } | self.settings
        configuration = self.folder / "vsftpd.conf"
        configuration.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        return [self.executable, configuration]

    def transfers(self):
        """(path, bytes, complete) of every transfer that has ended, from xferlog."""
        found = []
        text = self.xferlog.read_text() if self.xferlog.exists() else ""
        for line in text.splitlines():
            # 5 words of date, seconds, host, bytes, path, then 9 words; paths have no blanks.
            words = line.split()
            found.append((words[8], int(words[7]), words[-1] == "c"))
        return found

    def bytes_sent(self):
        return sum(count for _, count, _ in self.transfers())

    def wait_for_transfers(self, count):
        wait_until(lambda: len(self.transfers()) >= count, f"{count} transfers in xferlog")
        return self.transfers()
