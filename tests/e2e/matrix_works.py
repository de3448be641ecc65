"""What ftpull is asked to do with each real server: one function a work.

A work gets a `Row`, and raises where it fails. What it fetches is made once, and linked into the
root of every server.
"""

import os
import pathlib
import signal
import urllib.parse

from harness import GIB, KIB, MIB, generated, json_lines, make_file, same, wait_until

SESSIONS = 6
BIG = 32 * MIB
RATE = 16 * MIB  # bytes a second: time enough for all sessions to take part
SLOW_RATE = 48 * MIB  # and for a signal to come before the end
HUGE = 5 * GIB + 12_345
# Where the huge file has bytes that are not zero: around 2 and 4 GiB, where offsets have wrapped.
HUGE_MARKS = (0, 2 * GIB - 100, 4 * GIB - 100, 5 * GIB, HUGE - 1000)
FUTURE = 2_500_000_000  # in 2049, later than 32 bits can say
NAMES = {
    "blanks": b" a name  with blanks",
    "dash": b"-rf",
    "quotes": b"a \"quoted\" 'name'",
    "latin-1": b"caf\xe9.bin",
    "byte 255": b"\xff.bin",
    "%": b"100%41.bin",
    "#": b"a#b?c;d",
}
LONG_NAME = b"x" * 255  # the most that file systems allow


class Files:
    """The files that are served, in a folder of their own."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        make_file(self.folder / "big.bin", BIG)
        make_file(self.folder / "small.bin", 2 * MIB)
        (self.folder / "empty.bin").touch()
        (self.folder / "future.bin").write_bytes(b"later")
        os.utime(self.folder / "future.bin", (FUTURE, FUTURE))
        for name in [*NAMES.values(), LONG_NAME]:
            pathlib.Path(os.fsdecode(self._path(name))).write_bytes(b"this is " + name)
        with open(self.folder / "huge.bin", "wb") as huge:
            huge.truncate(HUGE)
            for mark in HUGE_MARKS:
                huge.seek(mark)
                huge.write(generated(1000, mark))

    def _path(self, name):
        return os.path.join(os.fsencode(self.folder), name)

    def link_into(self, root):
        for file in os.listdir(os.fsencode(self.folder)):
            os.link(self._path(file), os.path.join(os.fsencode(root), file))


class Row:
    """One server, reached in one way: `options` are those of ftpull that make it go this way."""

    def __init__(self, case, server, files, options):
        self.case, self.server, self.files, self.options = case, server, files, options
        self.folder = case.folder

    def url(self, name):
        return self.server.url(name)

    def start(self, *args):
        return self.case.start(*args, *self.options, "--host-cache", "none")

    def get(self, *args, code=0, **how):
        return self.case.get(*args, *self.options, "--host-cache", "none", code=code, **how)

    def fetch(self, name, *args):
        """Gives its JSON line."""
        line, = json_lines(self.get(self.url(name), "--json", *args).out)
        self.compare(name)
        return line

    def clear(self):
        """Nothing is there of an earlier work."""
        for name in os.listdir(os.fsencode(self.folder)):
            if name != b"cache":
                os.unlink(os.path.join(os.fsencode(self.folder), name))

    def compare(self, name):
        self.expect(same(self.folder / name, self.files.folder / name), f"{name} is another file")

    def expect(self, true, problem):
        if not true:
            raise AssertionError(problem)

    def done_bytes(self, name):
        result = self.case.run_it("status", "--json", name)
        return json_lines(result.out)[0]["done_bytes"] if result.code == 0 else 0

    def wait_for_part(self, name, at):
        wait_until(lambda: self.done_bytes(name) >= at, f"{at} bytes of {name}")


def six_sessions(row):
    line = row.fetch("big.bin", "-n", SESSIONS, "--limit-rate", RATE)
    row.expect(line["connections"] == SESSIONS, f"{line['connections']} sessions took part")


def stolen_ranges(row):
    """One session stands still until the others have fetched its range, too: they must not wait
    for a time limit."""
    running = row.start(row.url("big.bin"), "-n", "4", "--limit-rate", SLOW_RATE)
    row.wait_for_part("big.bin", BIG // 8)
    still = row.server.sessions()[0]
    for process in still:
        os.kill(process, signal.SIGSTOP)
    try:
        wait_until(lambda: running.ended_after(0) or row.done_bytes("big.bin") == BIG,
                   "all of big.bin", timeout=10)
    finally:
        for process in still:
            os.kill(process, signal.SIGCONT)
        result = running.wait()
    row.expect(result.code == 0, result.err)
    row.compare("big.bin")


def early_closes(row):
    """Four ranges within a file, one after the other, over one control connection."""
    row.fetch("big.bin", "--keep-digests", "--segment-size", "1M")
    with open(row.folder / "big.bin", "r+b") as file:
        for number in range(4):
            file.seek((1 + 8 * number) * MIB)
            file.write(bytes(KIB))
    result = row.get("verify", "--repair", row.url("big.bin"), "big.bin", "-n", "1", "-v")
    row.compare("big.bin")
    connected = result.err.count(" connected to ")
    row.expect(connected == 1, f"{connected} control connections")
    row.expect(result.err.count(" > RETR ") == 4, "not 4 transfers")


def kill_and_resume(row):
    running = row.start(row.url("big.bin"), "-n", SESSIONS, "--limit-rate", SLOW_RATE)
    row.wait_for_part("big.bin", BIG // 4)
    row.expect(running.kill_after(0), "it ended before it was killed")
    running.wait()
    line, = json_lines(row.get(row.url("big.bin"), "-n", SESSIONS, "--json").out)
    row.compare("big.bin")
    row.expect(line["resumed_bytes"] >= BIG // 4, f"{line['resumed_bytes']} bytes were kept")
    row.expect(line["resumed_bytes"] + line["fetched_bytes"] <= 1.05 * BIG,
               f"{line['fetched_bytes']} bytes were fetched after {line['resumed_bytes']}")


def all_there(row):
    """Killed between the last byte and the file's name: nothing is fetched again."""
    killed = row.case.run_it(
        row.url("small.bin"), *row.options, "--host-cache", "none", prefix=(
            "strace", "-f", "-qq", "-o", row.folder / "trace", "-e", "trace=renameat2",
            "-e", "inject=renameat2:error=EIO:signal=SIGKILL"))
    row.expect(killed.code != 0 and (row.folder / "small.bin.part").exists(), "it was not killed")
    line, = json_lines(row.get(row.url("small.bin"), "--json").out)
    row.compare("small.bin")
    row.expect(line["fetched_bytes"] == 0, f"{line['fetched_bytes']} bytes were fetched again")


def empty_file(row):
    row.fetch("empty.bin")


def long_name(row):
    # Beside a name of that length there is no room for one with .part after it.
    row.get(row.url(LONG_NAME), "-o", "long.bin")
    row.expect((row.folder / "long.bin").read_bytes() == b"this is " + LONG_NAME,
               "the content is another one")


def past_2038(row):
    row.fetch("future.bin")
    time = (row.folder / "future.bin").stat().st_mtime
    row.expect(time == FUTURE, f"its time is {time:.0f}")


def huge_file(row):
    row.get(row.url("huge.bin"), "-n", SESSIONS, "--durability", "none", "-d",
            row.case.memory, timeout=120)
    path = row.case.memory / "huge.bin"
    row.expect(path.stat().st_size == HUGE, f"its size is {path.stat().st_size}")
    with open(path, "rb") as got, open(row.files.folder / "huge.bin", "rb") as wanted:
        for mark in [*HUGE_MARKS, *range(GIB // 2, HUGE, GIB // 2)]:
            begin = max(mark - 64 * KIB, 0)
            got.seek(begin)
            wanted.seek(begin)
            row.expect(got.read(128 * KIB) == wanted.read(128 * KIB), f"wrong bytes at {mark}")
    path.unlink()


def names(row):
    """All at once; gives a problem, or None, for each."""
    urls = [row.url(name) for name in NAMES.values()]
    result = row.case.run_it(*urls, *row.options, "--json", "--host-cache", "none")
    errors = {urllib.parse.unquote_to_bytes(line["url"]).rpartition(b"/")[2]: line["error"]
              for line in json_lines(result.out)}
    problems = {}
    for column, name in NAMES.items():
        path = os.path.join(os.fsencode(row.folder), name)
        error = errors.get(name, {"message": "it was not mentioned"})
        if error:
            problems[column] = error["message"] + " " + (error.get("reply") or "")
        elif not os.path.exists(path):
            problems[column] = "there is no such file"
        else:
            right = pathlib.Path(os.fsdecode(path)).read_bytes() == b"this is " + name
            problems[column] = None if right else "the content is another one"
    return problems


WORKS = {
    "6 sessions": six_sessions, "stolen": stolen_ranges, "early end": early_closes,
    "kill -9": kill_and_resume, "all there": all_there, "empty": empty_file, "255 bytes": long_name,
    "past 2038": past_2038, "5 GiB": huge_file,
}
