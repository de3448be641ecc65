"""What the real servers have in common: a port, a root, a process and its end.

One class a server, each with the interface of `RealServer`; proxies have that of `RealProgram`.
`scripts/setup test` provides the programs. None of them changes anything on the machine outside its
temp folder.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.parse

from harness import free_port, wait_until

UNPACKED = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache",
                        "ftpull-test-servers")


def find_program(package, name):
    """Where the package is installed, or where scripts/setup has unpacked it."""
    found = shutil.which(name, path="/usr/sbin:/usr/bin")
    unpacked = [UNPACKED / package / folder / name for folder in ("usr/sbin", "usr/bin")]
    there = [found] if found else [str(program) for program in unpacked if program.exists()]
    if not there:
        raise unittest.SkipTest(f"{package} is not there; type: scripts/setup test")
    return there[0]


def listens(pid, port):
    """Does this process listen on the port? Asked without a connection, which would count."""
    lines = [line.split() for name in ("tcp", "tcp6")
             for line in pathlib.Path("/proc/net", name).read_text().splitlines()]
    inodes = [words[9] for words in lines
              if words[1].endswith(f":{port:04X}") and words[3] == "0A"]
    try:
        return any(os.readlink(file) == f"socket:[{inode}]"
                   for file in pathlib.Path(f"/proc/{pid}/fd").iterdir() for inode in inodes)
    except FileNotFoundError:  # a file or the process itself is gone: look again
        return False


def children(pid):
    try:
        return [int(child) for child in
                pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def family(pid):
    """This process and all that come from it."""
    return [pid] + [one for child in children(pid) for one in family(child)]


def end_family(process):
    """Kills it and all that come from it; sessions may have a process group of their own."""
    if process.poll() is None:
        process.send_signal(signal.SIGSTOP)  # so that none is added
    for pid in family(process.pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait()


class RealProgram:
    """A program from Debian that listens on `address`, started."""

    name = None      # as people write it
    package = None   # Debian's
    program = None

    def __init__(self, address):
        self.executable = find_program(self.package, self.program)
        self.address = address
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"ftpull-{self.program}-"))
        self.folder.chmod(0o755)
        self.process = None
        self.prepare()
        for _ in range(5):  # a port that was free may be taken by the time the server binds it
            self.port = free_port()
            if self._start():
                return
        said = (self.folder / "output").read_text(errors="replace")
        self.stop()
        raise RuntimeError(f"{self.name} did not start: {said}")

    def prepare(self):
        """Makes what of .folder is there before it starts."""

    def command(self):
        """The command line of a program in the foreground on .address and .port; configuration
        files go to .folder."""
        raise NotImplementedError

    def _start(self):
        with open(self.folder / "output", "wb") as output:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output, start_new_session=True)

        def settled():
            if self.process.poll() is not None:
                return "ended"
            return "ready" if listens(self.process.pid, self.port) else None
        return wait_until(settled, f"{self.name} answers") == "ready"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """May be called again."""
        if self.process is not None:
            end_family(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)


class RealServer(RealProgram):
    """A server from Debian, started: put files into `.root`, `.url(name)` names them.

    `ipv6` has it listen on ::1 in place of 127.0.0.1. What else a server can do its class says:
    `max_per_ip` bounds the connections from an address, `rate_bytes` is the most that each session
    sends a second. Needs root.
    """

    def __init__(self, ipv6=False):
        if os.geteuid() != 0:
            raise unittest.SkipTest(f"{self.name} needs root")
        self.ipv6 = ipv6
        super().__init__("::1" if ipv6 else "127.0.0.1")

    def prepare(self):
        self.root = self.folder / "root"
        self.root.mkdir(mode=0o755)

    def url(self, name):
        """`name` is below the root, a str or bytes; what a URL cannot have is percent-encoded."""
        host = f"[{self.address}]" if self.ipv6 else self.address
        return f"ftp://{host}:{self.port}/{urllib.parse.quote(name)}"

    def sessions(self):
        """The processes of each session that is open, oldest first."""
        return [family(child) for child in children(self.process.pid)]

    def wait_until_idle(self):
        """Every session has ended."""
        wait_until(lambda: not self.sessions(), f"{self.name} has no session")


def with_anonymous_home(server, command):
    """`command`, for which the home of the user `ftp` is the server's root.

    Some servers offer anonymous users the home of `ftp` and nothing else. They get an /etc/passwd
    of their own: mounted over the machine's, in a mount namespace that ends with them.
    """
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
        raise unittest.SkipTest(f"{server.name} needs a mount namespace, which is forbidden here")
    passwd = server.folder / "passwd"
    others = [line for line in pathlib.Path("/etc/passwd").read_text().splitlines()
              if not line.startswith("ftp:")]
    user = f"ftp:x:65534:65534::{server.root}:/usr/sbin/nologin"  # nobody's numbers
    passwd.write_text("\n".join([*others, user, ""]))
    script = 'mount --bind "$0" /etc/passwd && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, passwd, *command]
