"""Disks that fail: exit 6, a message that names the path, never a wrong file under the final name,
and when the fault is gone the same command goes on with what could be kept."""

import os
import pathlib
import shutil
import unittest

from disks import DiskCase, administer, cut_off, loop_device, make_image, mounted, often
from harness import Case, KIB, MIB, json_lines, wait_until

SIZE, SEED = 24 * MIB, 3
FILES = [("a.bin", SIZE, SEED)]
# Eight seconds for the whole file, in the run that meets the fault; the next one is fast.
SLOW = [{"on": "RETR", "session": [1, 4], "rate": 768 * KIB}]


class FaultCase:
    """Of a Case that downloads a.bin."""

    def status(self, disk, key):
        """A count of bytes; 0 when there is nothing yet."""
        result = self.run_it("status", "--json", disk / "a.bin")
        return json_lines(result.out)[0][key] if result.code == 0 else 0

    def fails(self, server, disk, *says):
        return self.assert_failed(self.run_it(server.url("a.bin"), "-d", disk), disk, *says)

    def assert_failed(self, result, disk, *says):
        self.assertEqual(result.code, 6, result.err)
        for text in (str(disk / "a.bin"), *says):
            self.assertIn(text, result.err)
        self.assertFalse((disk / "a.bin").exists())
        return result

    def goes_on(self, server, disk, with_bytes=0):
        """The same command again, now that the fault is gone."""
        line, = json_lines(self.get(server.url("a.bin"), "-d", disk, "--json").out)
        self.assertGreaterEqual(line["resumed_bytes"], with_bytes)
        self.assertLessEqual(line["resumed_bytes"] + line["fetched_bytes"], 1.01 * SIZE)
        self.assert_generated(disk / "a.bin", SIZE, SEED)

    def assert_empty(self, disk):
        self.assertEqual([name for name in os.listdir(disk) if name.startswith("a.bin")], [])


class NoRoom(FaultCase, DiskCase):
    def test_at_the_start(self):
        server = self.server(files=FILES)
        disk = self.mount(make_image(self.folder / "image", 40 * MIB))
        (disk / "other").write_bytes(bytes(20 * MIB))
        self.fails(server, disk, "No space left", "Free some space")
        self.assertEqual(server.commands("RETR"), [])
        self.assert_empty(disk)
        (disk / "other").unlink()
        self.goes_on(server, disk)

    def test_in_the_middle(self):
        server = self.server(files=FILES)
        # Nothing can be reserved on ext3.
        disk = self.mount(make_image(self.folder / "image", 40 * MIB, "ext3"))
        (disk / "other").write_bytes(bytes(20 * MIB))
        self.fails(server, disk, "No space left", "Free some space")
        done = self.status(disk, "done_bytes")
        self.assertGreater(done, MIB)
        (disk / "other").unlink()
        self.goes_on(server, disk, with_bytes=done)

    def test_below_the_file_system(self):
        """A thin disk that has less than it promised: writes succeed, flushing them does not."""
        server = self.server(files=FILES)
        below = self.memory_disk(12 * MIB, "below")
        image = make_image(below / "image", 64 * MIB)
        with mounted(image, self.folder / "disk") as disk:
            self.fails(server, disk)
        administer("mount", "-o", f"remount,size={64 * MIB}", below)
        self.goes_on(server, self.mount(image))

    def test_below_the_file_system_that_stays_mounted(self):
        """What could not be written is still in memory, and the kernel calls it clean: only what is
        written again reaches the disk."""
        server = self.server(files=FILES)
        below = self.memory_disk(12 * MIB, "below")
        image = make_image(below / "image", 64 * MIB)
        with mounted(image, self.folder / "disk") as disk:
            self.fails(server, disk)
            administer("mount", "-o", f"remount,size={80 * MIB}", below)
            self.goes_on(server, disk)
            with open(disk / "a.bin", "rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            self.assert_generated(disk / "a.bin", SIZE, SEED)

    def test_of_a_quota(self):
        try:
            image = make_image(self.folder / "image", 128 * MIB, "btrfs")
            disk = self.mount(image)
            administer("btrfs", "quota", "enable", disk)
            administer("btrfs", "qgroup", "limit", str(16 * MIB), disk)
        except OSError as error:
            raise unittest.SkipTest(f"no file system with quotas here: {error}")
        server = self.server(files=FILES)
        self.fails(server, disk, "quota", "Free some space")
        self.assert_empty(disk)
        administer("btrfs", "qgroup", "limit", "none", disk)
        self.goes_on(server, disk)


class Broken(FaultCase, DiskCase):
    """In the middle of a download, after the first checkpoint."""

    def break_it(self, fault):
        """Gives the server, the image and what was durable before fault(disk)."""
        server = self.server(SLOW, FILES)
        image = make_image(self.folder / "image", 64 * MIB)
        with mounted(image, self.folder / "disk", "loop,errors=remount-ro") as disk:
            running = self.start(server.url("a.bin"), "-d", disk, *often())
            durable = wait_until(lambda: self.status(disk, "durable_bytes"), "a checkpoint")
            fault(disk)
            result = self.assert_failed(running.wait(), disk)
        return server, image, durable, result

    def test_becomes_read_only(self):
        def error(disk):
            trigger = f"/sys/fs/ext4/{loop_device(disk)}/trigger_fs_error"
            pathlib.Path(trigger).write_text("a test")

        server, image, durable, result = self.break_it(error)
        self.assertIn("Read-only", result.err)
        self.goes_on(server, self.mount(image), with_bytes=durable)

    def test_has_io_errors(self):
        server, image, durable, result = self.break_it(
            lambda disk: cut_off(disk, 4 * MIB))
        self.assertIn("Input/output error", result.err)
        self.goes_on(server, self.mount(image), with_bytes=durable)


class Folder(FaultCase, Case):
    def test_is_removed(self):
        server = self.server(SLOW, FILES)
        disk = self.folder / "disk"
        running = self.start(server.url("a.bin"), "-d", disk, *often())
        wait_until(lambda: self.status(disk, "done_bytes"), "the first bytes")
        shutil.rmtree(disk)
        self.assert_failed(running.wait(), disk, "has been removed")
        self.goes_on(server, disk)


class LargerThanAllowed(FaultCase, Case):
    LIMIT = ["prlimit", f"--fsize={8 * MIB}"]

    def test_known_before(self):
        server = self.server(files=FILES)
        result = self.run_it(server.url("a.bin"), "-d", self.folder, prefix=self.LIMIT)
        self.assert_failed(result, self.folder, "ulimit -f")
        self.assertEqual(server.commands("RETR"), [])
        self.assert_empty(self.folder)
        self.goes_on(server, self.folder)

    def test_found_out(self):
        server = self.server([{"on": ["SIZE", "MLST"], "reply": "500 ?"}], FILES)
        result = self.run_it(server.url("a.bin"), "-d", self.folder, prefix=self.LIMIT)
        self.assert_failed(result, self.folder, "ulimit -f")
        self.goes_on(server, self.folder)
