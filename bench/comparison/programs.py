"""The programs that are compared: what to type for each, and how the versions are asked for.

A command line is made of a Job. Each program runs with an empty home, so that nobody's own settings
count; where a default would make it slower for no reason (aria2 splits at 20 MiB), the better
setting is given.
"""

import dataclasses
import pathlib
import shutil
import subprocess
from typing import Callable

from .network import Unusable


@dataclasses.dataclass(frozen=True)
class Job:
    programs: "Programs"
    address: str
    port: int
    path: str  # on the server
    out: pathlib.Path

    @property
    def url(self):
        return f"ftp://{self.address}:{self.port}/{self.path}"


@dataclasses.dataclass(frozen=True)
class Program:
    name: str
    command: Callable[[Job], list]
    executable: str
    once: bool = False  # so slow that one round must do
    known_host: bool = False  # finds the cache that the run before it in this round has left
    leaves_file: bool = True


class Programs:
    """Where the executables are. ftpull and floor are ours; peers come from PATH."""

    def __init__(self, build):
        self.ours = {"ftpull": build / "src/cli/ftpull", "floor": build / "bench/floor",
                     "wan_link": build / "bench/wan_link"}

    def path(self, name):
        if name in self.ours:
            return str(self.ours[name]) if self.ours[name].exists() else None
        return shutil.which(name)

    def need(self, name):
        found = self.path(name)
        if found is None:
            raise Unusable(f"{name} is not built; type: meson setup build-bench -Dbench=true "
                           "-Dtests=false && ninja -C build-bench" if name in self.ours else
                           f"{name} is not installed; type: bench/setup")
        return found

    def version(self, name):
        text = subprocess.run([self.path(name), "--version"], stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
        lines = [line for line in text.splitlines() if any(c.isdigit() for c in line)]
        return " ".join(lines[0].replace("|", " ").split()[:3]) if lines else "unknown"


def ftpull(label="ftpull", *options, **how):
    return Program(label, lambda job: [job.programs.need("ftpull"), "--quiet", *options, job.url,
                                       "-o", job.out], "ftpull", **how)


def lftp(n, **how):
    return Program(f"lftp pget -n {n}", lambda job: [
        "lftp", "-c", f"pget -c -n {n} {job.url} -o {job.out}"], "lftp", **how)


def aria2(n, **how):
    return Program(f"aria2 -x{n}", lambda job: [
        "aria2c", "--no-conf", "--quiet", "--continue", "--file-allocation=falloc", f"-x{n}",
        f"-s{n}", "-k1M", "-d", job.out.parent, "-o", job.out.name, job.url], "aria2c", **how)


def axel(n, **how):
    return Program(f"axel -n {n}", lambda job: ["axel", "-q", "-n", n, "-o", job.out, job.url],
                   "axel", **how)


def curl(**how):
    return Program("curl", lambda job: ["curl", "-sS", "-C", "-", "-o", job.out, job.url], "curl",
                   **how)


def floor(n, mode="pwrite", **how):
    label = f"floor, {n} connections" + (", discarded" if mode == "discard" else "")
    return Program(label, lambda job: [
        job.programs.need("floor"), job.address, job.port, job.path, job.out, n, mode], "floor",
        leaves_file=mode != "discard", **how)


def url_list(job, files):
    return "".join(f"{job.url}/{name}\n" for name in files)


def aria2_list(job, files):
    return "".join(f"{job.url}/{name}\n  out={name}\n" for name in files)


def curl_list(job, files):
    return "".join(f'url = "{job.url}/{name}"\noutput = "{job.out}/{name}"\n' for name in files)


@dataclasses.dataclass(frozen=True)
class ManyFiles:
    """As Program, for a folder: `job.path` is the one on the server, `job.out` the one here. Beside
    it stands the list "list" of those who cannot list a folder themselves, in their own words."""
    name: str
    command: Callable[[Job], list]
    executable: str
    make_list: Callable[[Job, list], str] | None = None
    keeps_folders: bool = True


def list_of(job):
    return job.out.parent / "list"


def many_files(n):
    mirror = f"mirror --parallel={n}"

    def ftpull_mirror(*options):
        return ManyFiles(" ".join(["ftpull mirror", *options]), lambda job: [
            job.programs.need("ftpull"), "mirror", "--quiet", *options, job.url, job.out], "ftpull")
    return [
        ftpull_mirror("-n", str(n)),
        ftpull_mirror("-n", str(n), "--active"),
        ftpull_mirror(),
        ManyFiles("ftpull -i (a list)", lambda job: [
            job.programs.need("ftpull"), "--quiet", "-n", n, "-i", list_of(job), "-d", job.out],
            "ftpull", url_list, keeps_folders=False),
        ManyFiles(f"lftp {mirror}", lambda job: [
            "lftp", "-c", f"open ftp://{job.address}:{job.port} && {mirror} {job.path} {job.out}"],
            "lftp"),
        ManyFiles(f"lftp {mirror}, sync-mode off", lambda job: [
            "lftp", "-c", "set ftp:sync-mode off; "
            f"open ftp://{job.address}:{job.port} && {mirror} {job.path} {job.out}"], "lftp"),
        ManyFiles(f"aria2 -j{n} (a list)", lambda job: [
            "aria2c", "--no-conf", "--quiet", f"-j{n}", "-d", job.out, "-i", list_of(job)],
            "aria2c", aria2_list),
        ManyFiles(f"curl -Z --parallel-max {n} (a list)", lambda job: [
            "curl", "-sS", "-Z", "--parallel-max", n, "--create-dirs", "-K", list_of(job)], "curl",
            curl_list),
        ManyFiles(f"rclone copy --transfers {n}", lambda job: [
            "rclone", "copy", "-q", "--transfers", n, "--checkers", n, f"--ftp-host={job.address}",
            f"--ftp-port={job.port}", "--ftp-user=anonymous", f"--ftp-pass={obscured('anonymous')}",
            f":ftp:{job.path}", job.out], "rclone"),
    ]


def obscured(password):
    return subprocess.run(["rclone", "obscure", password], text=True, check=True,
                          stdout=subprocess.PIPE).stdout.strip()
