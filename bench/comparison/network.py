"""A client's and a server's network namespace, and the link between them.

The link is tc netem where the kernel has it and can do what is asked (it knows no limit for each
flow), else bench/wan_link. It is made for each run, so that no run meets the queue, the counters
or the draws of the one before.
"""

import dataclasses
import errno
import fcntl
import json
import pathlib
import select
import subprocess

CLIENT, SERVER = "ftpull-cl", "ftpull-sv"
CLIENT_IP, SERVER_IP = "10.77.0.1", "10.77.0.2"
DEVICE = "wan0"
MTU = 1500
CONGESTION = "cubic"  # what nearly all servers use
HEADER_BYTES = 52  # IPv4 and TCP with time stamps
HEADERS = MTU / (MTU - HEADER_BYTES)  # how much more crosses the link than the content
LOCK = pathlib.Path("/run/ftpull-compare.lock")
START_TIMEOUT_S = 5


class Unusable(Exception):
    """Something that a comparison needs is not there; says what to do."""


@dataclasses.dataclass(frozen=True)
class Link:
    delay_ms: float  # one way
    rate_mbit: float
    flow_mbit: float = 0
    uneven: bool = False  # flows of 0.1 to 1.0 of flow_mbit
    loss_percent: float = 0
    queue_kib: int = 4096

    def ideal_s(self, size):
        return size * 8 / (self.rate_mbit * 1e6)

    def __str__(self):
        flow = ""
        if self.flow_mbit:
            least = f"{self.flow_mbit / 10:g} to " if self.uneven else ""
            flow = f", {least}{self.flow_mbit:g} Mbit/s a flow"
        loss = f", {self.loss_percent:g} % lost each way" if self.loss_percent else ""
        return (f"{self.delay_ms:g} ms one way, {self.rate_mbit:g} Mbit/s{flow}{loss}, "
                f"queue {self.queue_kib} KiB")


def ip(*words, check=True):
    result = subprocess.run(["ip", *words], stdin=subprocess.DEVNULL, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if check and result.returncode != 0:
        raise Unusable(f"ip {' '.join(words)}: {result.stderr.strip()}")
    return result.stdout


def inside(namespace, *command):
    """The command line that runs a command in a namespace."""
    return [*(["nsenter", f"--net=/run/netns/{namespace}"] if namespace else []), *command]


def set_up_tcp(namespace):
    # What one run learned of the path is not for the next one.
    done = subprocess.run(inside(namespace, "sysctl", "-qw", "net.ipv4.tcp_no_metrics_save=1",
                                 f"net.ipv4.tcp_congestion_control={CONGESTION}"))
    if done.returncode != 0:
        raise Unusable(f"the kernel has no {CONGESTION} for namespaces; type: sysctl -w "
                       f"net.ipv4.tcp_allowed_congestion_control='reno {CONGESTION}'")


class Namespaces:
    """Both of them, from entering the `with` block to leaving it. One comparison at a time."""

    def __init__(self, wan_link):
        self.wan_link = wan_link  # the program
        self._netem = None

    def __enter__(self):
        self._lock = open(LOCK, "w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno != errno.EWOULDBLOCK:
                raise
            raise Unusable("another comparison is running; wait for it to end") from None
        self._remove()  # left by one that was killed
        try:
            for name in (CLIENT, SERVER):
                ip("netns", "add", name)
                ip("-n", name, "link", "set", "lo", "up")
                set_up_tcp(name)
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_):
        self._remove()
        self._lock.close()

    @staticmethod
    def _remove():
        for name in (CLIENT, SERVER):
            ip("netns", "del", name, check=False)

    def netem_works(self):
        if self._netem is None:
            try:
                with NetemLink(Link(delay_ms=1, rate_mbit=100)):
                    self._netem = True
            except Unusable:
                self._netem = False
        return self._netem

    def kind(self, link):
        return "tc netem" if not link.flow_mbit and self.netem_works() else "wan_link"

    def connect(self, link, seed):
        """The link, for a `with` block. By the seed packets are lost and flows get their shares."""
        if self.kind(link) == "tc netem":
            return NetemLink(link)
        return UserSpaceLink(self.wan_link, link, seed)


def received():
    """(bytes, packets) that the client's interface has received."""
    (device,) = json.loads(ip("-n", CLIENT, "-s", "-j", "link", "show", DEVICE))
    counts = device["stats64"]["rx"]
    return counts["bytes"], counts["packets"]


class UserSpaceLink:
    def __init__(self, program, link, seed):
        self.command = [
            program, CLIENT, CLIENT_IP, SERVER, SERVER_IP, "--delay-ms", link.delay_ms,
            "--rate-mbit", link.rate_mbit, "--flow-mbit", link.flow_mbit, "--queue-kib",
            link.queue_kib, "--loss", link.loss_percent, "--mtu", MTU,
            "--uneven", int(link.uneven), "--seed", seed]
        self.counts = ""

    def __enter__(self):
        self._process = subprocess.Popen(
            list(map(str, self.command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            text=True, start_new_session=True)  # Ctrl-C is for us: it shall print its counts
        ready, _, _ = select.select([self._process.stdout], [], [], START_TIMEOUT_S)
        if not ready or self._process.stdout.readline() != "ready\n":
            self._process.kill()
            self._process.wait()
            raise Unusable("the link did not start (see above)")
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self.counts, _ = self._process.communicate(timeout=START_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class NetemLink:
    """A pair of virtual devices; each delays, limits and loses what it sends."""

    def __init__(self, link):
        self.link = link
        self.counts = ""

    def __enter__(self):
        # Devices that send packets of 64 KiB would lose 64 KiB at a time.
        ip("link", "add", DEVICE, "netns", CLIENT, "gso_max_segs", "1", "type", "veth",
           "peer", "name", DEVICE, "netns", SERVER, "gso_max_segs", "1")
        try:
            for name, address in ((CLIENT, CLIENT_IP), (SERVER, SERVER_IP)):
                ip("-n", name, "address", "add", f"{address}/30", "dev", DEVICE)
                ip("-n", name, "link", "set", DEVICE, "mtu", str(MTU), "up")
                self._shape(name)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _shape(self, namespace):
        link = self.link
        # Its limit counts packets, those that are delayed too.
        under_way_kib = link.delay_ms * link.rate_mbit / 8
        packets = int((link.queue_kib + under_way_kib) * 1024 / MTU)
        command = ["tc", "-n", namespace, "qdisc", "add", "dev", DEVICE, "root", "netem",
                   "delay", f"{link.delay_ms}ms", "rate", f"{link.rate_mbit}mbit",
                   "loss", f"{link.loss_percent}%", "limit", str(packets)]
        result = subprocess.run(command, text=True, stderr=subprocess.PIPE)
        if result.returncode != 0:
            raise Unusable(f"{' '.join(command)}: {result.stderr.strip()}")

    def __exit__(self, *_):
        ip("-n", CLIENT, "link", "del", DEVICE, check=False)
