"""Killed a hundred times at random moments: what is on disk is kept, and every file is right.

FTPULL_TEST_SEED repeats the choices of an earlier run, but not its moments to the microsecond.
"""

import os
import random
import signal

from harness import Case, KIB, MIB, json_lines, make_file, same
from servers.vsftpd import Vsftpd

KILLS = 100
CONNECTIONS = 4
# Bytes a second for each connection. Without a limit the server's kernel takes megabytes into the
# send buffer of every connection on loopback: they count as sent and never cross the wire.
RATE = 16 * MIB
# What a kill may cost for each connection: what the server has sent and the program has not yet
# written. On an idle machine it is two or three of the server's writes of 8 KiB.
CHUNK = 8 * KIB
UNDER_WAY = 96 * KIB
SIZES = (300 * KIB, 300 * KIB, 5 * MIB, 5 * MIB, 64 * MIB, 256 * MIB)
LATEST_KILL_S = 0.4


class Kills(Case):
    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("FTPULL_TEST_SEED", random.randrange(1 << 32)))
        self.random = random.Random(self.seed)
        self.remote = self.serve(Vsftpd, rate_bytes=RATE, trans_chunk_size=CHUNK)

    def test_a_hundred(self):
        kills, sizes = 0, []
        while kills < KILLS:
            # No size is whole segments, and every six files have all of SIZES.
            if len(sizes) % len(SIZES) == 0:
                round_of_sizes = self.random.sample(SIZES, len(SIZES))
            size = round_of_sizes[len(sizes) % len(SIZES)] + self.random.randrange(1, 100_000)
            sizes.append(size)
            kills += self.fetch_under_fire(f"{len(sizes)}.bin", size)
        self.remote.wait_until_idle()
        runs = kills + len(sizes)
        self.assertLessEqual(self.remote.bytes_sent(), sum(sizes) + runs * CONNECTIONS * UNDER_WAY,
                             f"{kills} kills, {sizes}, FTPULL_TEST_SEED={self.seed}")

    def fetch_under_fire(self, name, size):
        """Kills it again and again until it ends by itself. Returns how often."""
        source = make_file(self.remote.root / name, size, self.random.randrange(1, 1 << 32))
        # With large segments it is dear to forget those that are unfinished.
        segments = self.random.choice([(), ("--segment-size", "4M")])
        latest_s = min(LATEST_KILL_S, 0.1 + size / (CONNECTIONS * RATE))
        kills = done = 0
        while True:
            running = self.start(self.remote.url(name), "-n", CONNECTIONS, "--json", *segments)
            running.kill_after(self.random.uniform(0, latest_s))
            result = running.wait()
            where = f"{name}, {size} bytes, kill {kills + 1}, FTPULL_TEST_SEED={self.seed}"
            if result.code != -signal.SIGKILL:
                break
            kills += 1
            before, done = done, self.done_bytes(name, size)
            self.assertGreaterEqual(done, before, where)
            if done == before:  # else a machine too slow for any progress would kill for ever
                latest_s *= 1.5
        self.assertEqual(result.code, 0, f"{where}\n{result.err}")
        line, = json_lines(result.out)
        self.assertTrue(same(source, self.folder / name), where)
        self.assert_nothing_unfinished(self.folder / name)
        if line["status"] == "fetched":  # else the kill before came when the file had its name
            self.assertGreaterEqual(line["resumed_bytes"], done, where)
        (self.folder / name).unlink()
        source.unlink()
        return kills

    def done_bytes(self, name, size):
        """What the next run has to go on with."""
        if (self.folder / name).exists():
            return size
        result = self.run_it("status", "--json", name)
        # It may have died before it had a journal.
        return json_lines(result.out)[0]["done_bytes"] if result.code == 0 else 0
