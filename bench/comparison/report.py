"""Medians and spread, as a Markdown table, an SVG and raw JSON."""

import dataclasses
import datetime
import json
import os
import platform
import statistics

from .network import CONGESTION, HEADER_BYTES, HEADERS
from .scenarios import MIB, amount, files

# Beyond this the machine, and not the program, is what was measured.
NOISE = 0.15


@dataclasses.dataclass
class Summary:
    """All counted runs of one program in one scenario. Times are those of the right runs, or of all
    when there is none."""
    program: str
    runs: list

    def __post_init__(self):
        self.right = [run for run in self.runs if run.right]
        self.timed = self.right or [run for run in self.runs if run.wall_s]

    def of(self, number):
        """(median, least, most) of number(run); None where there is nothing."""
        values = [number(run) for run in self.timed if number(run) is not None]
        return (statistics.median(values), min(values), max(values)) if values else None

    @property
    def wall(self):
        return self.of(lambda run: run.wall_s)

    @property
    def noisy(self):
        wall = self.wall
        return wall is not None and wall[2] - wall[1] > NOISE * wall[0]

    @property
    def verdict(self):
        if len(self.right) == len(self.runs):
            return f"{len(self.runs)} right"
        wrong = [run.verdict for run in self.runs if not run.right]
        counted = f"{len(self.right)} of {len(self.runs)} right; " if len(self.runs) > 1 else ""
        return f"**{counted}{'; '.join(sorted(set(wrong)))}**"


def summaries(scenario, runs):
    mine = [run for run in runs if run.scenario == scenario.name and run.round > 0]
    names = dict.fromkeys(run.program for run in mine)
    return [Summary(name, [run for run in mine if run.program == name]) for name in names]


def ratio(run, received):
    return None if received is None or not run.size else received / run.size


def content_bytes(run):
    """What was received without the headers of its packets."""
    if run.received_bytes is None:
        return None
    return run.received_bytes - run.received_packets * HEADER_BYTES


def spread(values, digits=2):
    if values is None:
        return "–"
    median, least, most = (f"{value:.{digits}f}" for value in values)
    return median if least == most else f"{median} ({least}..{most})"


def machine(executables, namespaces, options):
    """The lines that say what was measured with, before any number."""
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":")[1].strip() for line in info if "model name" in line), "?")
    with open("/proc/meminfo") as info:
        gib = int(info.readline().split()[1]) / (1 << 20)
    with open("/etc/os-release") as release:
        system = next(line.split("=")[1].strip().strip('"') for line in release
                      if line.startswith("PRETTY_NAME"))
    versions = [executables.version(name) for name in
                ("ftpull", "lftp", "aria2c", "axel", "curl", "rclone") if executables.path(name)]
    return [
        f"{datetime.date.today()}, {model}, {os.cpu_count()} cores, {gib:.0f} GiB, {system}, "
        f"kernel {platform.release()}; {', '.join(versions)}; server vsftpd.",
        f"Load of the machine before: {os.getloadavg()[0]:.1f}. "
        f"{'All' if options.full else 'Shortened'} work, in turns: each round runs every program "
        "once. Medians, in brackets least and most; the warm-up is not counted. Every file is "
        "compared with its source. Client and server share the machine; TCP is "
        f"{CONGESTION} on links, the kernel's default on loopback.",
    ]


def describe(scenario, runs, options, namespaces):
    how_much = amount(scenario, options)
    work = f"{how_much.size / MIB:g} MiB"
    if scenario.files:
        size = next((run.size for run in runs if run.scenario == scenario.name and run.size), 0)
        work = (f"{files(scenario, options)} files in {scenario.folders} folders, "
                f"{size / 1e6:.1f} MB")
    rounds = f"{how_much.rounds} round" + ("s" if how_much.rounds > 1 else "")
    if not scenario.link:
        return f"{work}, {rounds}."
    text = f"{work}, {rounds}; {scenario.link}, by {namespaces.kind(scenario.link)}."
    if how_much.size:
        ideal = scenario.link.ideal_s(how_much.size)
        text += f" Ideal {ideal:.2f} s, with headers {ideal * HEADERS:.2f} s."
    return text


COLUMNS = ["", "wall s", "user s", "system s", "received ÷ size", "without headers",
           "sessions, most / at the end", "files"]


def row(summary):
    most = summary.of(lambda run: run.most_sessions)
    last = summary.of(lambda run: run.last_sessions)
    return [summary.program + (" ~" if summary.noisy else ""), spread(summary.wall),
            spread(summary.of(lambda run: run.user_s)),
            spread(summary.of(lambda run: run.system_s)),
            spread(summary.of(lambda run: ratio(run, run.received_bytes)), 3),
            spread(summary.of(lambda run: ratio(run, content_bytes(run))), 3),
            f"{most[0]:g} / {last[0]:g}" if most else "–", summary.verdict]


def table(found):
    rows = [COLUMNS, ["---"] * len(COLUMNS), *(row(summary) for summary in found)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def section(scenario, runs, options, namespaces):
    found = summaries(scenario, runs)
    text = (f"### {scenario.name}: {scenario.title}\n\n"
            f"{describe(scenario, runs, options, namespaces)}\n\n{table(found)}")
    if any(summary.noisy for summary in found):
        text += f"\n\n~: the rounds differ by more than {NOISE:.0%}."
    return text


def write_json(path, facts, runs):
    path.write_text(json.dumps(
        {"machine": facts, "runs": [dataclasses.asdict(run) for run in runs]}, indent=1) + "\n")


def write_svg(path, scenarios, runs, options):
    """Bars of the wall times with their spread, a picture for each scenario. False without
    matplotlib."""
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "ftpull"  # the same numbers make the same file
    from matplotlib import pyplot
    drawn = [(scenario, found) for scenario in scenarios
             if (found := [s for s in summaries(scenario, runs) if s.wall])]
    if not drawn:
        return True
    heights = [1.2 + 0.32 * len(found) for _, found in drawn]
    figure, axes = pyplot.subplots(len(drawn), 1, figsize=(9, sum(heights)), squeeze=False,
                                   height_ratios=heights, layout="constrained")
    for axis, (scenario, found) in zip(axes[:, 0], drawn):
        draw(axis, scenario, found, options)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return True


def colour(summary):
    if not summary.right:
        return "#b03a2e"
    if summary.program.startswith("ftpull"):
        return "#1f6f8b"
    return "#bbbbbb" if summary.program.startswith("floor") else "#d9a441"


def draw(axis, scenario, found, options):
    names = [summary.program + ("" if summary.right else " (not right)") for summary in found]
    walls = [summary.wall for summary in found]
    medians = [wall[0] for wall in walls]
    colours = [colour(summary) for summary in found]
    axis.barh(names, medians, color=colours,
              xerr=[[wall[0] - wall[1] for wall in walls], [wall[2] - wall[0] for wall in walls]])
    axis.invert_yaxis()
    axis.set_title(scenario.title, loc="left", fontsize=10)
    axis.set_xlabel("s, wall")
    size = amount(scenario, options).size
    if scenario.link and size:
        axis.axvline(scenario.link.ideal_s(size) * HEADERS, color="black", linestyle=":")
        axis.set_xlabel("s, wall; dotted: ideal, with headers")
