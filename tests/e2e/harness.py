"""Servers and the program itself, started and stopped for one test.

Everything listens on loopback, on a port that was free a moment ago, in a temp folder of its own,
and is gone when the `with` block or the test case ends. Needs Python 3.11 and nothing else. The
servers here are the project's own; real ones are in servers/.
"""

import collections
import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FTPULL = os.environ.get("FTPULL", str(ROOT / "build/src/cli/ftpull"))
TEST_SERVER = os.environ.get(
    "FTPULL_TEST_SERVER", str(ROOT / "build/tests/server/ftpull-test-server"))
START_TIMEOUT_S = 20
# The machine's own proxies know nothing of its loopback.
NO_PROXIES = dict.fromkeys(
    ("ftp_proxy", "FTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"), "")

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


def generated(size, seed=1, offset=0):
    """`size` bytes from `offset` on of a generated file (tests/server/README.md); slow."""
    mask = (1 << 64) - 1
    first = offset // 8
    words = []
    for index in range(first, (offset + size + 7) // 8):
        z = (seed + (index + 1) * 0x9E3779B97F4A7C15) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        words.append(z ^ (z >> 31))
    skip = offset - first * 8
    return struct.pack(f"<{len(words)}Q", *words)[skip:skip + size]


def make_file(path, size, seed=1):
    """Writes the generated file to disk, fast. Returns its path."""
    subprocess.run([TEST_SERVER, "--write", f"{path}:{size}:{seed}"], check=True)
    return pathlib.Path(path)


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def same(a, b):
    """Do two files hold the same bytes? Says where they differ on standard error."""
    with open(a, "rb") as first, open(b, "rb") as second:
        offset = 0
        while True:
            x, y = first.read(MIB), second.read(MIB)
            if x != y:
                at = next((i for i, (p, q) in enumerate(zip(x, y)) if p != q), min(len(x), len(y)))
                print(f"{a} and {b} differ at byte {offset + at}", file=sys.stderr)
                return False
            if not x:
                return True
            offset += len(x)


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def wait_until(true, what, timeout=START_TIMEOUT_S):
    """Polls; raises when `true()` has not come true in time. Returns its value."""
    end = time.monotonic() + timeout
    while True:
        value = true()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"after {timeout} s still not: {what}")
        time.sleep(0.01)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """ftpull-test-server. `files` are (name, size) or (name, size, seed), `tree` is (folders, files
    in each); `script` is a dict, or a list of rules. Without `log` nothing that happened is known.
    """

    def __init__(self, script=None, files=(), root=None, listen="127.0.0.1", tree=None, log=True):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ftpull-server-"))
        self.log_path = self.folder / "log"
        self.address = listen
        command = [TEST_SERVER, "--listen", listen, "--exit-with-stdin"]
        if log:
            command += ["--log", str(self.log_path)]
        if root is not None:
            command += ["--root", str(root)]
        for file in files:
            command += ["--file", ":".join(str(part) for part in file)]
        if tree is not None:
            command += ["--tree", "{}:{}".format(*tree)]
        if isinstance(script, list):
            script = {"rules": script}
        if script:
            # It may be longer than an argument.
            (self.folder / "script").write_text(json.dumps(script))
            command += ["--script", str(self.folder / "script")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self.process.stdout.readline().decode()
        if not line.startswith("listening on "):
            self.stop()
            raise RuntimeError(f"the test server did not start: {command}")
        self.port = int(line.rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        code = self.stop()
        if code != 0:
            raise RuntimeError(f"the test server ended with {code}")

    def stop(self):
        """Returns the exit code. May be called again."""
        self.process.stdin.close()
        try:
            code = self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return code

    def url(self, path, user=None, password=None):
        login = f"{user}:{password}@" if user else ""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"ftp://{login}{host}:{self.port}/{path}"

    def events(self, kind=None, session=None):
        """What the log says so far; a line that is being written is left out."""
        whole = self.log_path.read_text().rpartition("\n")[0]
        return [event for event in json_lines(whole)
                if kind in (None, event["event"]) and session in (None, event["session"])]

    def commands(self, verb=None, session=None):
        lines = [event["line"] for event in self.events("command", session)]
        return [line for line in lines if verb in (None, line.split(" ")[0].upper())]

    def replies(self, session=None):
        return [event["text"] for event in self.events("reply", session)]

    def sessions(self):
        return len(self.events("open"))

    def transfers(self, session=None):
        """The `data_close` events: file, rest, offset, bytes, ended."""
        return self.events("data_close", session)

    def offsets(self):
        """The distinct REST offsets of all transfers that have ended."""
        return sorted({transfer["rest"] for transfer in self.transfers()})

    def bytes_sent(self, session=None):
        return sum(transfer["bytes"] for transfer in self.transfers(session))

    def wait_for(self, kind, count=1, session=None):
        """Waits until the log has `count` events of a kind; returns them."""
        def enough():
            events = self.events(kind, session)
            return events if len(events) >= count else None
        return wait_until(enough, f"{count} x {kind}")


def peak_rss_bytes(pid):
    """0 when it has ended."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(found[0]) * KIB if found else 0


# The peak is 0 when it ended before it was looked at.
Result = collections.namedtuple("Result", "code out err peak_rss_bytes seconds")


class Running:
    """ftpull, started. wait() gives its Result; `code` is negative for a signal."""

    def __init__(self, args, env=None, input=None, cwd=None, prefix=()):
        self._files = [tempfile.TemporaryFile() for _ in range(3)]
        stdin, self._out, self._err = self._files
        if input is not None:
            stdin.write(input.encode() if isinstance(input, str) else input)
            stdin.seek(0)
        self._begin = time.monotonic()
        self.process = subprocess.Popen(
            [*map(str, prefix), FTPULL, *map(str, args)], stdin=stdin, stdout=self._out,
            stderr=self._err, cwd=cwd,
            # What one test learns of a port must not reach the next test's server there.
            env=os.environ | NO_PROXIES | {"XDG_CACHE_HOME": "no absolute path", "HOME": ""}
            | (env or {}))
        self.pid = self.process.pid
        self._lock = threading.Lock()
        self._status = None
        self._reaper = threading.Thread(target=self._reap, daemon=True)
        self._reaper.start()

    def _reap(self):
        # The peak is read from /proc while it runs: wait4's maxrss counts the memory of the parent
        # too, from before exec. A process that has ended is not taken away before the lock is
        # held, so a signal never meets a stranger with its number.
        peak = 0
        while os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            peak = max(peak, peak_rss_bytes(self.pid))
            time.sleep(0.02)
        with self._lock:
            _, status = os.waitpid(self.pid, 0)
            self.process.returncode = os.waitstatus_to_exitcode(status)
            self._status = (self.process.returncode, peak)

    def send_signal(self, number):
        with self._lock:
            if self._status is None:
                os.kill(self.pid, number)

    def ended_after(self, seconds):
        """Waits so long at most."""
        self._reaper.join(seconds)
        return not self._reaper.is_alive()

    def kill_after(self, seconds, number=signal.SIGKILL):
        """True when it was still running then."""
        alive = not self.ended_after(seconds)
        self.send_signal(number)
        return alive

    def wait(self, timeout=60):
        self._reaper.join(timeout)
        late = self._reaper.is_alive()
        if late:
            self.send_signal(signal.SIGKILL)
            self._reaper.join()
        seconds = time.monotonic() - self._begin
        texts = []
        for file in (self._out, self._err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "backslashreplace"))
        for file in self._files:
            file.close()
        code, peak = self._status
        if late:
            raise TimeoutError(f"ftpull was not done after {timeout} s\n{texts[0]}\n{texts[1]}")
        return Result(code, *texts, peak, seconds)


def start_ftpull(args, **how):
    return Running(args, **how)


def run_ftpull(args, timeout=60, **how):
    return Running(args, **how).wait(timeout)


class Case(unittest.TestCase):
    """A temp folder `self.folder`; servers that end with the test; the program in that folder with
    its caches there."""

    maxDiff = None

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="ftpull-e2e-")
        self.folder = pathlib.Path(self.enterContext(temporary))

    def server(self, script=None, files=(), **how):
        return self.enterContext(Server(script, files, **how))

    def serve(self, kind, **how):
        """A real server, of one of the classes in servers/."""
        return self.enterContext(kind(**how))

    def start(self, *args, **how):
        how["env"] = {"XDG_CACHE_HOME": str(self.folder / "cache"), "HOME": str(self.folder),
                      "TMPDIR": str(self.folder)} | how.get("env", {})
        return start_ftpull(args, cwd=self.folder, **how)

    def run_it(self, *args, timeout=60, **how):
        return self.start(*args, **how).wait(timeout)

    def get(self, *args, code=0, **how):
        """Runs it and checks the exit code."""
        result = self.run_it(*args, **how)
        self.assertEqual(result.code, code, f"ftpull {args}\n{result.out}\n{result.err}")
        return result

    def assert_generated(self, path, size, seed=1):
        """The file is the generated one, whole, and nothing unfinished stands beside it."""
        path = pathlib.Path(path)
        if not path.is_absolute():
            path = self.folder / path
        wanted = make_file(self.folder / f".wanted-{size}-{seed}", size, seed)
        self.assertTrue(same(path, wanted), f"{path} is not the file that was served")
        self.assert_nothing_unfinished(path)

    def assert_nothing_unfinished(self, path):
        for ending in (".part", ".part.journal"):
            self.assertFalse(pathlib.Path(f"{path}{ending}").exists(), f"{path}{ending} is left")
