"""When the program asks the kernel to put things on stable storage."""

import shutil
import unittest

from harness import Case, MIB

SIZE = 16 * MIB
FILE = ("a.bin", SIZE, 3)
SLOW = {"rate": 8 * MIB}  # two seconds for the whole file


@unittest.skipUnless(shutil.which("strace"), "strace is not installed")
class Durability(Case):
    def flushes(self, *args):
        """How often each file was flushed before the file got its name, and after."""
        server = self.server(SLOW, [FILE])
        trace = self.folder / "trace"
        self.get(server.url("a.bin"), *args,
                 prefix=("strace", "-f", "-y", "-e", "trace=fdatasync,renameat2", "-o", trace))
        self.assert_generated("a.bin", SIZE, 3)
        lines = trace.read_text().splitlines()
        named = next(i for i, line in enumerate(lines) if "renameat2(" in line)
        return [line for line in lines[:named] if "fdatasync(" in line and "a.bin.part>" in line]

    def test_nothing_is_flushed_before_the_end(self):
        self.assertEqual(len(self.flushes("--durability", "none")), 1)

    def test_a_checkpoint_comes_at_every_interval(self):
        count = len(self.flushes("--checkpoint-interval", "0.25"))
        self.assertTrue(5 <= count <= 12, count)

    def test_without_an_interval_it_is_five_seconds(self):
        self.assertEqual(len(self.flushes()), 1)

    def test_each_segment_is_flushed(self):
        # Up to four segments end at the same time.
        self.assertGreaterEqual(len(self.flushes("--durability", "segment")), 64 // 4)
