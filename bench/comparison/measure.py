"""One run of one program: started, watched, timed, and its result compared with the source."""

import dataclasses
import os
import pathlib
import select
import signal
import subprocess
import time

from . import network
from .server import connections

# How often the connections of a running program are counted.
LOOK_S = 0.2
CHUNK = 1 << 20
KILLED = "killed by us"


@dataclasses.dataclass
class Run:
    scenario: str
    program: str
    round: int  # 0 is the warm-up
    size: int
    verdict: str = ""  # "right", or what is wrong
    wall_s: float = 0
    user_s: float = 0
    system_s: float = 0
    received_bytes: int | None = None  # by the client's interface
    received_packets: int | None = None
    most_sessions: int = 0
    last_sessions: int = 0  # when it was looked at last
    link_counts: str = ""
    message: str = ""  # the last line that it wrote on standard error

    @property
    def right(self):
        return self.verdict == "right"


def environment(home, cache):
    kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
    return kept | {"HOME": str(home), "XDG_CACHE_HOME": str(cache), "LC_ALL": "C.UTF-8"}


def sessions_of(pid, port):
    """Control connections that are up, seen from the client."""
    return sum(remote.endswith(f":{port:04X}") and state == "01"
               for _, remote, state in connections(pid))


def execute(run, command, *, namespace, cwd, env, limit_s, port, kill_after_s=None):
    """Adds what it took to `run`. Returns None, or what ended it that was not success."""
    errors = cwd / "stderr"
    with open(errors, "wb") as stderr:
        began = time.monotonic()
        process = subprocess.Popen(
            network.inside(namespace, *map(str, command)), cwd=cwd, env=env, stderr=stderr,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
        descriptor = os.pidfd_open(process.pid)
        try:
            end = began + (limit_s if kill_after_s is None else kill_after_s)
            ended = _watch(run, process.pid, descriptor, port, end)
        finally:
            # Its children too, however this ends: nobody else shall share the link.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            run.wall_s += time.monotonic() - began
            os.close(descriptor)
    run.user_s += usage.ru_utime
    run.system_s += usage.ru_stime
    lines = errors.read_text(errors="replace").strip().splitlines()
    run.message = lines[-1][:200] if lines else ""
    if not ended:
        return KILLED if kill_after_s is not None else f"time limit of {limit_s:g} s"
    if process.returncode < 0:
        return f"ended by {signal.Signals(-process.returncode).name}"
    return f"exit {process.returncode}" if process.returncode else None


def _watch(run, pid, descriptor, port, end):
    """True when it ended by itself before `end`."""
    while True:
        left = end - time.monotonic()
        if left <= 0:
            return False
        ready, _, _ = select.select([descriptor], [], [], min(LOOK_S, left))
        if ready:
            return True
        sessions = sessions_of(pid, port)
        run.most_sessions = max(run.most_sessions, sessions)
        run.last_sessions = sessions or run.last_sessions


def difference(path, source):
    """None when both files hold the same bytes, else what is wrong with the first."""
    path = pathlib.Path(path)
    if not path.is_file():
        return "no file"
    if path.stat().st_size != source.stat().st_size:
        return f"wrong file ({path.stat().st_size} bytes of {source.stat().st_size})"
    with open(path, "rb") as one, open(source, "rb") as other:
        while block := other.read(CHUNK):
            if one.read(CHUNK) != block:
                return "wrong file"
    return None


def verdict(ended, wrong):
    """What a program said of itself, and what the file says of it."""
    if ended:
        return f"{ended}, {wrong or 'file right'}"
    return f"{wrong}, exit 0" if wrong else "right"
