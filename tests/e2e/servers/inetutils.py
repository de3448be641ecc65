"""inetutils-ftpd: started once for each connection, as inetd does; no MLST."""

import socket
import subprocess
import threading

from servers.real_server import RealServer, with_anonymous_home


class InetutilsFtpd(RealServer):
    """The listening socket is this process's own; each connection that it accepts becomes the
    standard input and output of a server."""

    name, package, program = "inetutils-ftpd", "inetutils-ftpd", "ftpd"

    def command(self):
        return with_anonymous_home(self, [
            self.executable, "--anonymous-only", "--ipv6" if self.ipv6 else "--ipv4"])

    def _start(self):
        self._listener = socket.socket(socket.AF_INET6 if self.ipv6 else socket.AF_INET)
        self._listener.bind((self.address, 0))
        self._listener.listen(100)
        self.port = self._listener.getsockname()[1]
        self._command, self._servers = self.command(), []
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()
        return True

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # stop() has shut it down
                return
            with connection:
                self._servers.append(subprocess.Popen(
                    self._command, stdin=connection, stdout=connection,
                    stderr=subprocess.DEVNULL))

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        for server in self._servers:
            server.kill()
            server.wait()
        super().stop()

    def sessions(self):
        return [[server.pid] for server in self._servers if server.poll() is None]
