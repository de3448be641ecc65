"""Proxies: microsocks speaks SOCKS5, tinyproxy HTTP CONNECT.

They connect to servers from an address of their own, so that these can tell who comes through a
proxy; and they say in their logs where they have connected to.
"""

import re

from servers.real_server import RealProgram

COMES_FROM = "127.0.0.2"


class Proxy(RealProgram):
    """`.url` leads there, with `user` and `password` if it wants them. Without `bind` it connects
    from whatever address leads to the server, which may then be one of IPv6."""

    scheme = None
    connected = None  # a line of its log, with the host and the port in groups

    def __init__(self, user=None, password=None, bind=True):
        self.user, self.password, self.bind = user, password, bind
        super().__init__("127.0.0.1")

    @property
    def url(self):
        return self.url_for(self.user, self.password)

    def url_for(self, user, password, scheme=None):
        login = f"{user}:{password}@" if user else ""
        return f"{scheme or self.scheme}://{login}{self.address}:{self.port}"

    def targets(self):
        """(host, port) of each connection that it was asked for, as it was asked for."""
        said = (self.folder / "output").read_text(errors="replace")
        return [(host, int(port)) for host, port in re.findall(self.connected, said)]


class Microsocks(Proxy):
    name, package, program = "microsocks", "microsocks", "microsocks"
    scheme = "socks5h"
    connected = r": connected to (\S+):(\d+)\n"

    def command(self):
        login = ["-u", self.user, "-P", self.password] if self.user else []
        bind = ["-b", COMES_FROM] if self.bind else []
        return [self.executable, "-i", self.address, "-p", str(self.port), *bind, *login]


class Tinyproxy(Proxy):
    """`connect_ports` are the only ones it connects to."""

    name, package, program = "tinyproxy", "tinyproxy-bin", "tinyproxy"
    scheme = "http"
    connected = r": CONNECT (\S+):(\d+) HTTP"

    def __init__(self, user=None, password=None, bind=True, connect_ports=()):
        self.connect_ports = connect_ports
        super().__init__(user, password, bind)

    def command(self):
        lines = [f"Listen {self.address}", f"Port {self.port}", "MaxClients 100", "Timeout 60",
                 "LogLevel Connect"]
        if self.bind:
            lines.append(f"Bind {COMES_FROM}")
        if self.user:
            lines.append(f"BasicAuth {self.user} {self.password}")
        lines += [f"ConnectPort {port}" for port in self.connect_ports]
        configuration = self.folder / "tinyproxy.conf"
        configuration.write_text("\n".join([*lines, ""]))
        return [self.executable, "-d", "-c", configuration]
