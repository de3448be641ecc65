"""A plain FTP client for the tests of the scripted server: shows replies as they come."""

import socket
import struct
import time


class Client:
    def __init__(self, server, login=True):
        self.address = server.address
        self.control = socket.create_connection((server.address, server.port), 10)
        self.buffer = b""
        if login:
            self.read()
            self.ask("USER anonymous")
            self.ask("PASS x@")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.control.close()

    def send(self, line):
        self.control.sendall(line.encode("latin-1") + b"\r\n")

    def _line(self):
        while b"\n" not in self.buffer:
            got = self.control.recv(65536)
            if not got:
                raise EOFError(self.buffer)
            self.buffer += got
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.decode("latin-1").rstrip("\r")

    def read(self):
        """One reply, its lines joined with newlines."""
        lines = [self._line()]
        if lines[0][3:4] == "-":
            while not lines[-1].startswith(lines[0][:3] + " "):
                lines.append(self._line())
        return "\n".join(lines)

    def ask(self, line):
        self.send(line)
        return self.read()

    def silent_for(self, seconds):
        """True when nothing comes for so long."""
        if self.buffer:
            return False
        self.control.settimeout(seconds)
        try:
            self.control.recv(1, socket.MSG_PEEK)
            return False
        except TimeoutError:
            return True
        finally:
            self.control.settimeout(10)

    def ended(self):
        """How the server closed: "fin" or "rst"; raises on anything else."""
        try:
            got = self.control.recv(1)
        except ConnectionResetError:
            return "rst"
        if got:
            raise AssertionError(f"{got} instead of the end")
        return "fin"

    def passive_port(self):
        reply = self.ask("EPSV")
        return int(reply.split("|||")[1].split("|")[0])

    def connect_data(self):
        return socket.create_connection((self.address, self.passive_port()), 10)

    def retrieve(self, path, rest=None, verb="RETR"):
        """The data, and the reply after it (the one before it, when that was a refusal)."""
        with self.connect_data() as data:
            if rest is not None:
                self.ask(f"REST {rest}")
            first = self.ask(f"{verb} {path}")
            if first[0] not in "12":
                return b"", first
            return read_all(data), self.read() if first[0] == "1" else first


def read_all(data):
    pieces = []
    while piece := data.recv(1 << 20):
        pieces.append(piece)
    return b"".join(pieces)


def read_exactly(data, count):
    got = b""
    while len(got) < count:
        piece = data.recv(count - len(got))
        if not piece:
            raise EOFError(f"{len(got)} of {count} bytes")
        got += piece
    return got


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Stopwatch:
    """Seconds that its block took."""

    def __enter__(self):
        self.begin = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.begin
