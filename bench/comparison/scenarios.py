"""What is measured: the work, the link, the programs, how often.

Each scenario has two sizes of work: the whole one (`--full`), and one that keeps all scenarios
together under a quarter of an hour.
"""

import dataclasses
import os
import pathlib
import random
import shutil
import socket
import tempfile

from . import network, programs
from .measure import Run, difference, environment, execute, verdict
from .network import CLIENT, SERVER, SERVER_IP, Link
from .programs import Job, aria2, axel, curl, floor, ftpull, lftp
from .server import Vsftpd

MIB = 1 << 20
WARM_UP_BYTES = 4 * MIB  # enough to have every program and the server in memory
WAN_PORT = 21


@dataclasses.dataclass(frozen=True)
class Amount:
    size: int
    rounds: int
    limit_s: float  # of one run


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    programs: list
    brief: Amount
    full: Amount
    link: Link | None = None  # None: loopback
    kills: int = 0  # how often each program is killed before it may end
    kill_after_s: float = 2.5
    files: int = 0  # 0: one file of `size`
    folders: int = 1
    warm_up: bool = True


UNKNOWN, KNOWN = "ftpull, unknown host", "ftpull, known host"
WAN = Link(delay_ms=20, rate_mbit=400, flow_mbit=40)

SCENARIOS = [
    Scenario(
        "loopback", "Loopback, 4 connections, onto memory of huge pages",
        [floor(4), floor(4, "discard"), ftpull("ftpull -n 4", "-n", 4), lftp(4), aria2(4), axel(4),
         curl()],
        Amount(2048 * MIB, 3, 60), Amount(2048 * MIB, 9, 60)),
    Scenario(
        "wan-capped", "A link that limits each flow",
        [floor(10), ftpull(UNKNOWN), ftpull(KNOWN, known_host=True),
         ftpull("ftpull -n 10", "-n", 10), lftp(10), aria2(10), aria2(16), axel(10),
         curl(once=True)],
        Amount(256 * MIB, 2, 120), Amount(256 * MIB, 5, 120), WAN),
    Scenario(
        "wan-uneven", "The same link, flows of unlike rates",
        [ftpull(UNKNOWN), ftpull("ftpull -n 10", "-n", 10), lftp(10), aria2(10), axel(10)],
        Amount(128 * MIB, 3, 120), Amount(256 * MIB, 5, 180),
        dataclasses.replace(WAN, uneven=True), warm_up=False),
    Scenario(
        "wan-loss", "A long link that loses packets",
        [ftpull(UNKNOWN), *(ftpull(f"ftpull -n {n}", "-n", n) for n in (1, 2, 4, 8, 16)), lftp(10),
         aria2(10)],
        Amount(16 * MIB, 2, 120), Amount(64 * MIB, 5, 240),
        Link(delay_ms=40, rate_mbit=400, loss_percent=0.3), warm_up=False),
    Scenario(
        "one-flow", "A link that one flow fills",
        [ftpull(UNKNOWN), ftpull("ftpull -n 1", "-n", 1), curl()],
        Amount(64 * MIB, 3, 60), Amount(256 * MIB, 5, 90),
        Link(delay_ms=20, rate_mbit=100, queue_kib=1024), warm_up=False),
    Scenario(
        "small-files", "Many small files, 8 connections", programs.many_files(8),
        Amount(0, 1, 150), Amount(0, 3, 600), Link(delay_ms=20, rate_mbit=400), files=100,
        folders=20, warm_up=False),
    Scenario(
        "kill-resume", "Killed three times after 2.5 s, then left to end",
        [ftpull(UNKNOWN), ftpull("ftpull -n 10", "-n", 10), lftp(10), aria2(10), axel(10), curl()],
        Amount(256 * MIB, 1, 120), Amount(256 * MIB, 3, 120), WAN, kills=3, warm_up=False),
]
FULL_FILES = 2000
MEAN_FILE_BYTES = 17_000  # 2000 of them are 34 MB


def amount(scenario, options):
    chosen = scenario.full if options.full else scenario.brief
    return dataclasses.replace(
        chosen, rounds=options.rounds or chosen.rounds,
        size=int(options.size_mib * MIB) if options.size_mib else chosen.size)


def files(scenario, options):
    return FULL_FILES if options.full else scenario.files


class Runner:
    """Runs the scenarios; gives each Run to `tell` when it is there. `memory` is a folder that is
    no disk's."""

    def __init__(self, executables, namespaces, memory, options, tell):
        self.executables, self.namespaces, self.options = executables, namespaces, options
        self.memory, self.tell = pathlib.Path(memory), tell

    def run(self, scenario):
        work = pathlib.Path(tempfile.mkdtemp(dir=self.memory))
        try:
            work.chmod(0o755)
            root = work / "root"
            root.mkdir(mode=0o755)
            how_much = amount(scenario, self.options)
            port = WAN_PORT if scenario.link else free_port()
            with Vsftpd(work, root, SERVER_IP if scenario.link else "127.0.0.1", port,
                        SERVER if scenario.link else None) as server:
                if scenario.files:
                    self._many_files(scenario, how_much, work, server)
                else:
                    self._one_file(scenario, how_much, work, server)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _chosen(self, scenario):
        wanted = self.options.programs
        for program in scenario.programs:
            if wanted and program.executable not in wanted:
                continue
            if self.executables.path(program.executable) is None:
                self.tell(Run(scenario.name, program.name, 1, 0, "not installed: see bench/setup"))
                continue
            yield program

    def _one_file(self, scenario, how_much, work, server):
        make_file(server.root / "warm-up", WARM_UP_BYTES)
        make_file(server.root / "file", how_much.size)
        chosen = list(self._chosen(scenario))
        for number in range(0 if scenario.warm_up else 1, how_much.rounds + 1):
            for program in chosen:
                if program.once and number > 1:
                    continue
                # Memory that was never touched is slow the first time: on loopback that counts.
                name = "file" if number or not scenario.link else "warm-up"
                source = server.root / name
                run = Run(scenario.name, program.name, number, source.stat().st_size)
                cache = work / "cache"
                if not program.known_host:
                    shutil.rmtree(cache, ignore_errors=True)
                if not scenario.link:
                    touch_memory(work, how_much.size)
                with Place(work) as place:
                    job = Job(self.executables, server.address, server.port, name,
                              place / "file")

                    def wrong(out=job.out, source=source, leaves_file=program.leaves_file):
                        return difference(out, source) if leaves_file else None
                    self._fetch(scenario, how_much, run, program.command(job), place, cache, server,
                                wrong)

    def _fetch(self, scenario, how_much, run, command, place, cache, server, wrong):
        how = dict(namespace=CLIENT if scenario.link else None, cwd=place, port=server.port,
                   env=environment(place, cache), limit_s=how_much.limit_s)

        def fetch():
            for _ in range(scenario.kills if run.round else 0):
                if execute(run, command, kill_after_s=scenario.kill_after_s, **how) is None:
                    return None  # it was done before
            return execute(run, command, **how)

        if scenario.link:
            with self.namespaces.connect(scenario.link, run.round) as link:
                ended = fetch()
                run.received_bytes, run.received_packets = network.received()
            run.link_counts = link.counts
        else:
            ended = fetch()
        run.verdict = verdict(ended, wrong())
        self.tell(run)

    def _many_files(self, scenario, how_much, work, server):
        names = make_files(server.root / "files", files(scenario, self.options), scenario.folders)
        size = sum((server.root / "files" / name).stat().st_size for name in names)
        chosen = list(self._chosen(scenario))
        for number in range(1, how_much.rounds + 1):
            for program in chosen:
                run = Run(scenario.name, program.name, number, size)
                with Place(work) as place:
                    job = Job(self.executables, server.address, server.port, "files",
                              place / "out")
                    if program.make_list:
                        programs.list_of(job).write_text(program.make_list(job, names))

                    def wrong(out=job.out, program=program):
                        return all_different(out, server.root / "files", names,
                                             program.keeps_folders)
                    self._fetch(scenario, how_much, run, program.command(job), place,
                                place / "cache", server, wrong)


class Place:
    """An empty folder for one run; the client's home and where the file goes."""

    def __init__(self, work):
        self.work = work

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(dir=self.work))
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def touch_memory(folder, size):
    """So that every program finds memory that was in use a moment ago. A virtual machine gives what
    is free back to its host within seconds, and takes three times as long to write to it again."""
    path = folder / "touched"
    with open(path, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
    path.unlink()


def make_file(path, size):
    """Of bytes that nowhere repeat themselves: those in the wrong place are found out."""
    with open(path, "wb") as file:
        for begin in range(0, size, 16 * MIB):
            file.write(os.urandom(min(16 * MIB, size - begin)))
    path.chmod(0o644)


def make_files(folder, count, folders):
    """From nothing to some hundred KiB, most of them small. Returns their names in `folder`."""
    dice = random.Random(1)
    names = [f"folder{i % folders:02}/file{i:04}" for i in range(count)]
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        make_file(path, int(dice.expovariate(1 / MEAN_FILE_BYTES)))
    return names


def all_different(out, source, names, keeps_folders):
    wrong = [what for name in names
             if (what := difference(out / (name if keeps_folders else name.rpartition("/")[2]),
                                    source / name))]
    return f"{len(wrong)} of {len(names)} files: {wrong[0]} and so on" if wrong else None
