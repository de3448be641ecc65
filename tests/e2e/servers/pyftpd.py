"""pyftpdlib: one process a session, MLST; names are UTF-8."""

import pathlib

from servers.real_server import RealServer

MAIN = pathlib.Path(__file__).with_name("pyftpd_main.py")


class PyFtpd(RealServer):
    """Runs with Debian's Python, for which Debian's library is."""

    name, package, program = "pyftpdlib", "python3", "python3"

    def __init__(self, ipv6=False, rate_bytes=0):
        self.rate_bytes = rate_bytes
        super().__init__(ipv6)

    def command(self):
        return [self.executable, MAIN, self.address, str(self.port), self.root,
                str(self.rate_bytes)]
