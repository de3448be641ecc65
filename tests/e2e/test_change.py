"""Remote files that change, on disk and over the wire, with every policy."""

import os
import signal

from harness import Case, MIB, json_lines, make_file, wait_until

SIZE = 16 * MIB
SLOW = {"rate": 16 * MIB}


class Change(Case):
    def setUp(self):
        super().setUp()
        self.root = self.folder / "root"
        self.root.mkdir()
        self.remote = self.root / "a.log"

    def put(self, content, mtime):
        """At once, so that the server never sees half of it."""
        new = self.root / "new"
        new.write_bytes(content)
        os.utime(new, (mtime, mtime))
        new.rename(self.remote)

    def content(self, size, seed):
        return make_file(self.folder / f".content-{seed}", size, seed).read_bytes()

    def served(self, size=SIZE, seed=3):
        self.before = self.content(size, seed)
        self.put(self.before, 1_000_000_000)
        return self.server(SLOW, root=self.root)

    def interrupt(self, server):
        running = self.start(server.url("a.log"))

        def enough():
            result = self.run_it("status", "--json", "a.log")
            return result.code == 0 and json_lines(result.out)[0]["done_bytes"] >= SIZE // 4
        wait_until(enough, "a quarter of the file")
        running.send_signal(signal.SIGKILL)
        running.wait()

    def fetch(self, server, *args, code=0):
        line, = json_lines(self.get(server.url("a.log"), "--json", *args, code=code).out)
        return line

    def assert_is(self, content):
        self.assertEqual((self.folder / "a.log").read_bytes(), content)
        self.assert_nothing_unfinished(self.folder / "a.log")

    def grow(self):
        grown = self.before + self.content(5 * MIB + 7, 9)
        self.put(grown, 1_100_000_000)
        return grown

    def test_a_changed_file_is_fetched_anew_when_that_is_wanted(self):
        server = self.served()
        self.interrupt(server)
        after = self.content(SIZE + 5, 4)
        self.put(after, 1_100_000_000)
        self.assertEqual(self.fetch(server, "--on-change", "refetch")["resumed_bytes"], 0)
        self.assert_is(after)
        self.assertEqual(list(self.folder.glob("*.old-*")), [])

    def test_a_file_that_changes_meanwhile_is_fetched_anew_when_that_is_wanted(self):
        server = self.served()
        after = self.content(SIZE, 4)
        running = self.start(server.url("a.log"), "--on-change", "refetch")
        server.wait_for("data_open", 1)
        self.put(after, 1_100_000_000)
        result = running.wait()
        self.assertEqual(result.code, 0, result.err)
        self.assertIn("fetching it anew", result.err)
        self.assert_is(after)

    def test_a_file_that_changes_meanwhile_is_never_spliced(self):
        server = self.served()
        running = self.start(server.url("a.log"), "-n", "1", "--json")
        server.wait_for("data_open", 1)
        os.utime(self.remote, (1_100_000_000, 1_100_000_000))
        result = running.wait()
        self.assertEqual(result.code, 7, result.err)
        line, = json_lines(result.out)
        self.assertEqual(line["error"]["kind"], "changed")
        self.assertIn("a.log.part.old-1", line["error"]["message"])
        self.assertTrue((self.folder / "a.log.part.old-1").exists())
        self.assertFalse((self.folder / "a.log").exists())

    def test_a_file_that_keeps_changing_is_given_up(self):
        server = self.served()
        running = self.start(server.url("a.log"), "--on-change", "refetch", "-n", "1")
        for change in range(4):
            server.wait_for("data_open", change + 1)
            self.put(self.before, 1_100_000_000 + change)
        result = running.wait()
        self.assertEqual(result.code, 7, result.err)
        self.assertEqual(len(server.transfers()), 4)
        self.assert_nothing_unfinished(self.folder / "a.log")

    def test_an_unfinished_log_that_has_grown_is_gone_on_with(self):
        server = self.served()
        self.interrupt(server)
        grown = self.grow()
        line = self.fetch(server, "--on-change", "append")
        self.assertGreater(line["resumed_bytes"], SIZE // 8)
        self.assert_is(grown)

    def test_a_finished_log_that_has_grown_is_gone_on_with(self):
        server = self.served()
        self.fetch(server)
        grown = self.grow()
        refused = self.get(server.url("a.log"), code=2)
        self.assertIn("--on-change", refused.err)
        line = self.fetch(server, "--on-change", "append")
        self.assertGreater(line["resumed_bytes"], SIZE - MIB)
        self.assert_is(grown)
        self.assertEqual(self.fetch(server, "--on-change", "append")["status"], "already_there")

    def test_a_log_that_was_rotated_is_not_taken_for_one_that_has_grown(self):
        server = self.served()
        self.fetch(server)
        self.put(self.content(SIZE + MIB, 8), 1_100_000_000)
        line = self.fetch(server, "--on-change", "append", code=7)
        self.assertEqual(line["error"]["kind"], "changed")
        self.assertEqual((self.folder / "a.log").read_bytes(), self.before)
