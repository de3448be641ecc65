"""Pure-FTPd: two processes a session, MLST; surplus connections get 421 for a greeting."""

from harness import KIB
from servers.real_server import RealServer, with_anonymous_home


class PureFtpd(RealServer):
    """`options` are any others of its command line."""

    name, package, program = "Pure-FTPd", "pure-ftpd", "pure-ftpd"

    def __init__(self, ipv6=False, max_per_ip=0, rate_bytes=0, options=()):
        self.options = [*options]
        if max_per_ip:
            self.options += ["-C", str(max_per_ip)]
        if rate_bytes:
            self.options += ["-t", str(rate_bytes // KIB)]
        super().__init__(ipv6)

    def command(self):
        return with_anonymous_home(self, [
            self.executable, "--anonymousonly", "--anonymouscantupload", "--dontresolve",
            "--ipv6only" if self.ipv6 else "--ipv4only", "--bind", f"{self.address},{self.port}",
            "--maxclientsnumber", "100", "--maxload", "1000", "--pidfile", self.folder / "pid",
            *self.options])
