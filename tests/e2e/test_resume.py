"""Interrupted downloads go on where they stood; what is there is not fetched again."""

import os
import random
import signal

from harness import Case, MIB, json_lines, make_file, same, wait_until
from servers.vsftpd import Vsftpd

SIZE = 64 * MIB
FILE = ("a.bin", SIZE, 3)
SLOW = {"rate": 32 * MIB}  # two seconds for the whole file


class Resume(Case):
    def interrupt(self, server, number, at=SIZE // 4, *args):
        """Stops it with a signal when so many bytes have come; gives the Result."""
        running = self.start(server.url("a.bin"), "-n", "4", *args)
        self.wait_for_part(at)
        running.send_signal(number)
        return running.wait()

    def wait_for_part(self, at):
        """Blocks on disk say nothing in a preallocated file, so the program itself is asked."""
        def enough():
            result = self.run_it("status", "--json", "a.bin")
            return result.code == 0 and json_lines(result.out)[0]["done_bytes"] >= at
        wait_until(enough, f"{at} bytes of a.bin")

    def go_on(self, server, *args, **how):
        line, = json_lines(self.get(server.url("a.bin"), "-n", "4", "--json", *args, **how).out)
        self.assert_generated("a.bin", SIZE, 3)
        return line

    def all_sent(self, server):
        server.wait_for("close", server.sessions())
        return server.bytes_sent()

    def test_after_kill(self):
        server = self.server(SLOW, [FILE])
        self.assertEqual(self.interrupt(server, signal.SIGKILL).code, -signal.SIGKILL)
        self.assertFalse((self.folder / "a.bin").exists())
        line = self.go_on(server)
        self.assertGreaterEqual(line["resumed_bytes"], SIZE // 4)
        self.assertLessEqual(line["resumed_bytes"] + line["fetched_bytes"], 1.05 * SIZE)
        self.assertLessEqual(self.all_sent(server), 1.15 * SIZE)  # what was under way is lost

    def test_after_ctrl_c(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                server = self.server(SLOW, [FILE])
                result = self.interrupt(server, number)
                self.assertEqual(result.code, 130)
                self.assertTrue((self.folder / "a.bin.part").exists())
                self.assertGreater(self.go_on(server)["resumed_bytes"], 0)
                (self.folder / "a.bin").unlink()

    def test_no_quit_while_a_transfer_is_under_way(self):  # D18
        server = self.server(SLOW, [FILE])
        self.interrupt(server, signal.SIGINT)
        server.wait_for("close", server.sessions())
        self.go_on(server)
        server.wait_for("close", server.sessions())
        self.assertTrue(server.commands("QUIT"))
        for session in range(1, server.sessions() + 1):
            in_transfer = False
            for event in server.events(session=session):
                if event["event"] in ("data_open", "data_close"):
                    in_transfer = event["event"] == "data_open"
                self.assertFalse(in_transfer and event.get("line") == "QUIT", session)

    def test_json_names_the_files_that_were_not_begun(self):
        server = self.server(SLOW, [FILE, ("b.bin", 5)])
        running = self.start(server.url("a.bin"), server.url("b.bin"), "--json")
        self.wait_for_part(MIB)
        running.send_signal(signal.SIGINT)
        result = running.wait()
        self.assertEqual(result.code, 130)
        # In the order in which they ended.
        said = [(line["path"], line["error"]["kind"]) for line in json_lines(result.out)]
        self.assertEqual(sorted(said), [("a.bin", "interrupted"), ("b.bin", "interrupted")])

    def test_with_another_number_of_connections(self):
        server = self.server(SLOW, [FILE])
        self.interrupt(server, signal.SIGKILL)
        line, = json_lines(self.get(server.url("a.bin"), "-n", "7", "--json").out)
        self.assertGreaterEqual(line["resumed_bytes"], SIZE // 4)
        self.assert_generated("a.bin", SIZE, 3)

    def test_restart_forgets(self):
        server = self.server(SLOW, [FILE])
        self.interrupt(server, signal.SIGKILL)
        self.assertEqual(self.go_on(server, "--restart")["resumed_bytes"], 0)

    def changed(self):
        """A server whose file is another one since the interruption."""
        root = self.folder / "root"
        root.mkdir()
        make_file(root / "a.bin", SIZE, 5)
        server = self.server(SLOW, root=root)
        self.interrupt(server, signal.SIGKILL)
        make_file(root / "a.bin", SIZE, 3)
        os.utime(root / "a.bin", (1, 1))
        return server

    def test_a_file_that_changed_is_not_spliced(self):
        server = self.changed()
        result = self.get(server.url("a.bin"), code=7)
        self.assertIn("a.bin.part.old-1", result.err)
        self.assertIn("--on-change refetch", result.err)
        self.assertEqual((self.folder / "a.bin.part.old-1").stat().st_size, SIZE)
        self.assert_nothing_unfinished(self.folder / "a.bin")
        self.assertFalse((self.folder / "a.bin").exists())
        self.assertEqual(self.go_on(server)["resumed_bytes"], 0)

    def test_status_tells_how_far_it_is(self):
        server = self.server(SLOW, [FILE])
        self.interrupt(server, signal.SIGKILL)
        line, = json_lines(self.get("status", "--json", "a.bin").out)
        self.assertEqual((line["size"], line["in_use"]), (SIZE, False))
        self.assertTrue(SIZE // 4 <= line["done_bytes"] < SIZE)
        text = self.get("status", "a.bin.part").out
        self.assertIn("ftpull get", text)
        self.get("status", "no-such-file", code=5)

    def test_two_at_once(self):
        server = self.server({"rate": 8 * MIB}, [FILE])
        first = self.start(server.url("a.bin"))
        self.wait_for_part(MIB)
        second = self.get(server.url("a.bin"), code=6)
        self.assertIn("a.bin", second.err)
        self.assertTrue(first.kill_after(0))
        first.wait()

    def test_a_damaged_journal_is_set_aside(self):
        server = self.server(SLOW, [FILE])
        self.interrupt(server, signal.SIGKILL)
        with open(self.folder / "a.bin.part.journal", "r+b") as journal:
            journal.write(b"\0" * 64)
        self.assertEqual(self.go_on(server)["resumed_bytes"], 0)

    def test_a_part_without_its_journal_is_not_trusted(self):
        server = self.server(SLOW, [FILE])
        (self.folder / "a.bin.part").write_bytes(b"x" * 1000)
        self.assertEqual(self.go_on(server)["resumed_bytes"], 0)


class RealServer(Case):
    def test_ten_kills_in_a_row(self):
        size = 512 * MIB
        seed = int(os.environ.get("FTPULL_TEST_SEED", random.randrange(1 << 32)))
        moments = random.Random(seed)
        # 64 MiB a second: the kills come within 6 seconds, the file would take 8.
        server = self.serve(Vsftpd, rate_bytes=8 * MIB)
        source = make_file(server.root / "big.bin", size)
        for kill in range(10):
            running = self.start(server.url("big.bin"), "-n", "8")
            alive = running.kill_after(moments.uniform(0.1, 0.6))
            running.wait()
            self.assertTrue(alive, f"ended before kill {kill + 1}, FTPULL_TEST_SEED={seed}")
        self.get(server.url("big.bin"), "-n", "8", timeout=180)
        self.assertTrue(same(source, self.folder / "big.bin"), f"FTPULL_TEST_SEED={seed}")
        self.assert_nothing_unfinished(self.folder / "big.bin")
        self.wait_until_logged(server)
        self.assertLessEqual(server.bytes_sent(), 1.05 * size, f"FTPULL_TEST_SEED={seed}")

    def wait_until_logged(self, server):
        """Every byte of the file is in the log, so every transfer that ended before is too."""
        size = (self.folder / "big.bin").stat().st_size
        wait_until(lambda: server.bytes_sent() >= size, "the whole file in xferlog")
