"""Several files over one pool of sessions, how fast sessions are opened, what is kept of a host."""

import json
import os

from harness import Case, KIB, MIB

SMALL = [(f"s{i}.bin", 20 * KIB + i, i) for i in range(1, 31)]


class ManyFiles(Case):
    def test_small_files_come_side_by_side_over_few_sessions(self):
        slow = [{"on": "RETR", "delay_ms": 30}]
        server = self.server(slow, SMALL)
        result = self.get(*(server.url(name) for name, _, _ in SMALL))
        for name, size, seed in SMALL:
            self.assert_generated(name, size, seed)
        self.assertGreaterEqual(server.sessions(), 4)
        self.assertLessEqual(server.sessions(), 16)
        self.assertLess(result.seconds, 30 * len(SMALL) / 1000 + 1)

    def test_a_large_one_and_small_ones(self):
        server = self.server(None, [("big.bin", 20 * MIB, 99), *SMALL])
        self.get(server.url("big.bin"), *(server.url(name) for name, _, _ in SMALL))
        self.assert_generated("big.bin", 20 * MIB, 99)
        for name, size, seed in SMALL:
            self.assert_generated(name, size, seed)

    def test_one_that_is_missing_fails_alone(self):
        server = self.server(None, SMALL)
        urls = [server.url(name) for name, _, _ in SMALL]
        result = self.get(*urls[:10], server.url("missing"), *urls[10:], code=1)
        self.assertIn("missing", result.err)
        self.assertIn("1 of 31 files failed", result.err)
        for name, size, seed in SMALL:
            self.assert_generated(name, size, seed)


class Pace(Case):
    def opened(self, *args):
        # Four seconds in all: the last of eight is worth opening even when this machine is slow.
        server = self.server({"rate": 8 * MIB}, [("a.bin", 32 * MIB, 3)])
        self.get(server.url("a.bin"), "-n", "8", *args)
        self.assert_generated("a.bin", 32 * MIB, 3)
        return [event["t"] for event in server.events("open")]

    def test_after_four_one_each_interval(self):
        interval_s, late_s = 0.3, 0.25
        times = self.opened("--connect-interval", str(interval_s), "--restart")
        self.assertEqual(len(times), 8)
        for i in range(4, 8):
            # On a busy machine the server sees a connect, also the first, later than it was made.
            self.assertGreater(times[i] - times[0], interval_s * (i - 3) - late_s)

    def test_without_an_interval_all_at_once(self):
        times = self.opened("--connect-interval", "0", "--restart")
        self.assertEqual(len(times), 8)
        self.assertLess(times[7] - times[0], 0.3)


class Kept(Case):
    def test_what_a_server_allows_is_remembered(self):
        server = self.server({"rate": 8 * MIB, "max_sessions": 2}, [("a.bin", 8 * MIB, 3)])
        cache = self.folder / "cache" / "hosts.json"
        self.get(server.url("a.bin"), "--host-cache", cache)
        self.assert_generated("a.bin", 8 * MIB, 3)
        host, = json.loads(cache.read_text())["hosts"].values()
        self.assertEqual(host["cap"]["value"], 2)
        self.assertEqual(os.stat(cache).st_mode & 0o777, 0o600)
        refused = server.sessions()
        self.get(server.url("a.bin"), "--host-cache", cache, "--restart", "-o", "b.bin")
        self.assert_generated("b.bin", 8 * MIB, 3)
        self.assertEqual(server.sessions() - refused, 2)

    def test_nothing_is_kept_when_that_is_wished(self):
        server = self.server(None, [("a.bin", 1000, 3)])
        self.get(server.url("a.bin"), "--host-cache", "none",
                 env={"XDG_CACHE_HOME": str(self.folder / "cache")})
        self.assertFalse((self.folder / "cache").exists())

    def test_a_spoilt_cache_is_no_error(self):
        server = self.server(None, [("a.bin", 1000, 3)])
        cache = self.folder / "hosts.json"
        cache.write_bytes(b"\x00{nonsense")
        self.get(server.url("a.bin"), "--host-cache", cache)
        self.assert_generated("a.bin", 1000, 3)
