"""The power fails while it downloads: what was on the disk is gone on with, and the file is right.

The disk is an ext4 file system in an image. What the program has flushed, and what the kernel chose
to write, is in the image; what is in memory only is not. So a copy of the image is what a power cut
leaves. It is mounted elsewhere, where ext4 replays its own journal, and the download goes on there
with another boot id.

To copy takes time, in which blocks of different moments would mix: the record of a flush with the
data before it, which no power cut leaves. Hence the program is stopped meanwhile, and every thread
has to stand still first: one within fdatasync ends that before. Nothing else commits, because of
the mount option commit=300.
"""

import ctypes
import os
import pathlib
import random
import signal
import subprocess
import time
import uuid

from disks import DiskCase, make_image, mounted, often
from harness import KIB, MIB, json_lines, wait_until

LIBC = ctypes.CDLL(None)
BOOT_ID = "/proc/sys/kernel/random/boot_id"
LARGE, SMALL, SEED = 64 * MIB, 3 * MIB, 7  # the files that are served
CUTS = 8
ROUNDS = 12


def thread_states(pid):
    """A letter for each thread: T is stopped, D waits for a disk within the kernel."""
    try:
        return [(task / "stat").read_text().rpartition(")")[2].split()[0]
                for task in pathlib.Path(f"/proc/{pid}/task").iterdir()]
    except (FileNotFoundError, ProcessLookupError):  # a thread has just ended
        return []


def write_pages(path, offset=0, length=0):
    """The kernel writes these to the disk, and nothing of what it knows about the file."""
    wait_before, write, wait_after = 1, 2, 4  # as in linux/fs.h
    with open(path, "rb") as file:
        LIBC.sync_file_range(file.fileno(), ctypes.c_int64(offset), ctypes.c_int64(length),
                             wait_before | write | wait_after)


class PowerCut(DiskCase):
    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("FTPULL_TEST_SEED", random.randrange(1 << 32)))
        self.random = random.Random(self.seed)

    def disk(self, size):
        """A disk on which nothing is flushed that the program does not flush."""
        self.image = make_image(self.folder / "image", size)
        return self.mount(self.image, options="loop,commit=300")

    def wait_for_flush(self, running):
        """Where orders matter most, the cut comes right after a flush; not all of them do."""
        end = time.monotonic() + self.random.choice([0, 0.5, 0.5])
        while time.monotonic() < end and "D" not in thread_states(running.pid):
            pass

    def cut(self, running, name):
        """A copy of the image as it is now."""
        running.send_signal(signal.SIGSTOP)
        wait_until(lambda: running.ended_after(0) or set(thread_states(running.pid)) == {"T"},
                   "every thread stands still")
        self.write_some_pages()
        copy = self.copy_image(name)
        running.send_signal(signal.SIGCONT)
        return copy

    def write_some_pages(self):
        """The kernel may write any page at any moment; here it writes a few."""
        for path in (self.folder / "disk").glob("*.part*"):
            if self.random.random() < 0.5:
                continue
            for _ in range(4):
                offset = self.random.randrange(path.stat().st_size or 1)
                write_pages(path, offset, self.random.randrange(8 * MIB))

    def copy_image(self, name):
        subprocess.run(["cp", "--sparse=auto", self.image, self.folder / name], check=True)
        return self.folder / name

    def status(self, path):
        result = self.run_it("status", "--json", path)
        return json_lines(result.out)[0] if result.code == 0 else None

    def go_on_after_reboot(self, *args):
        boot_id = self.folder / "boot_id"
        boot_id.write_text(f"{uuid.UUID(int=self.random.getrandbits(128))}\n")
        script = f'mount --bind {boot_id} {BOOT_ID} && exec "$@"'
        result = self.get(*args, "--json",
                          prefix=["unshare", "-m", "sh", "-c", script, "sh"])
        line, = json_lines(result.out)
        return line

    def test_while_it_downloads(self):
        # The first run is slow enough for all cuts to come into it, those after reboots are not.
        slow = {"on": "RETR", "session": [1, 4], "rate": 768 * KIB}
        server = self.server([slow], [("a.bin", LARGE, SEED)])
        disk = self.disk(160 * MIB)
        running = self.start(server.url("a.bin"), "-d", disk, "-n", "4", *often())
        wait_until(lambda: (self.status(disk / "a.bin") or {}).get("durable_bytes"),
                   "the first checkpoint")
        cuts = []
        for number in range(CUTS):
            durable = self.status(disk / "a.bin")["durable_bytes"]
            self.assertFalse(running.ended_after(self.random.uniform(0.1, 0.5)))
            self.wait_for_flush(running)
            cuts.append((durable, self.cut(running, f"cut-{number}")))
        durable = self.status(disk / "a.bin")["durable_bytes"]
        self.assertTrue(running.kill_after(self.random.uniform(0.1, 0.5)))
        running.wait()
        cuts.append((durable, self.copy_image("killed")))
        for durable, image in cuts:
            with (self.subTest(image.name, durable=durable, FTPULL_TEST_SEED=self.seed),
                  mounted(image, self.folder / "after") as after):
                line = self.go_on_after_reboot(server.url("a.bin"), "-d", after)
                self.assertGreaterEqual(line["resumed_bytes"], durable)
                # Else what was lost was taken, and the comparison of ranges had to find out.
                self.assertLessEqual(line["resumed_bytes"] + line["fetched_bytes"], 1.01 * LARGE)
                self.assert_generated(after / "a.bin", LARGE, SEED)
            image.unlink()

    def test_at_any_moment_of_a_small_file(self):
        server = self.server(files=[("a.bin", SMALL, SEED)])
        disk = self.disk(96 * MIB)
        seconds = self.get(server.url("a.bin"), "-o", disk / "first.bin").seconds
        for number in range(ROUNDS):
            name = f"{number}.bin"
            running = self.start(server.url("a.bin"), "-o", disk / name)
            moment_s = self.random.uniform(0, seconds)
            running.ended_after(moment_s)
            image = self.cut(running, "cut")
            self.assertEqual(running.wait().code, 0)
            with (self.subTest(number, moment_s=moment_s, FTPULL_TEST_SEED=self.seed),
                  mounted(image, self.folder / "after") as after):
                self.go_on_after_reboot(server.url("a.bin"), "-o", after / name)
                self.assert_generated(after / name, SMALL, SEED)
                self.assertEqual(list(after.glob(f"{name}.part*")), [], "was set aside")

    def test_a_file_that_has_its_name_stays(self):
        server = self.server(files=[("a.bin", SMALL, SEED)])
        disk = self.disk(32 * MIB)
        self.get(server.url("a.bin"), "-d", disk)
        after = self.mount(self.copy_image("cut"), "after")
        line = self.go_on_after_reboot(server.url("a.bin"), "-d", after)
        self.assertEqual(line["status"], "already_there")
        self.assert_generated(after / "a.bin", SMALL, SEED)

    def test_a_disk_that_was_pulled_out(self):
        """The boot is the same, and yet what was in memory only is gone."""
        slow = {"on": "RETR", "session": [1, 4], "rate": 4 * MIB}
        server = self.server([slow], [("a.bin", LARGE, SEED)])
        disk = self.disk(160 * MIB)
        running = self.start(server.url("a.bin"), "-d", disk, "-n", "4")
        wait_until(lambda: (self.status(disk / "a.bin") or {"done_bytes": 0})["done_bytes"] >=
                   LARGE // 4, "a quarter of the file")
        running.send_signal(signal.SIGSTOP)
        wait_until(lambda: set(thread_states(running.pid)) == {"T"}, "every thread stands still")
        status = self.status(disk / "a.bin")
        # The journal reaches the disk, and what was written last: all that a seam can see.
        write_pages(disk / "a.bin.part.journal")
        segment = status["segment_bytes"]
        for number, state in enumerate(status["map"]):
            if state == "+":
                write_pages(disk / "a.bin.part", (number - 1) * segment, 2 * segment)
        with open(disk / "other", "w") as other:  # commits what is known of all files
            os.fsync(other.fileno())
        image = self.copy_image("cut")
        running.kill_after(0)
        running.wait()
        after = self.mount(image, "after")
        self.get(server.url("a.bin"), "-d", after)
        self.assert_generated(after / "a.bin", LARGE, SEED)
