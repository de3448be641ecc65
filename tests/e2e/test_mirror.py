"""ftpull mirror as a command: what it says and ends with, interruptions, disks that refuse."""

import os
import random
import re
import shlex
import signal
import stat
import subprocess
import unittest

from disks import DiskCase
from harness import FTPULL, KIB, MIB, json_lines, make_file, wait_until
from servers.vsftpd import Vsftpd
from trees import TIME, MirrorCase, differences, entries, write


class Statement(MirrorCase):
    def setUp(self):
        super().setUp()
        self.write("a", "sub/b", "sub/deep/c")
        self.served = self.server(root=self.remote)

    def say(self, *args, code=0, served=None):
        return self.get("mirror", *args, (served or self.served).url(""), self.copy, code=code)

    def test_complete(self):
        result = self.say()
        self.assertEqual(result.out, "")
        lines = result.err.splitlines()
        self.assertEqual(lines[0], "listed 3 folders, 3 files (40 B)")
        self.assertEqual(lines[1], "fetched 3 files (40 B), kept 0 files (0 B)")
        self.assertRegex(lines[2], r"^in .* files a second, \d+ connections?$")
        self.assertEqual(lines[3], f"complete: {self.copy} is what {self.served.url('')} has")
        self.assertEqual(len(lines), 4)

    def test_nothing_to_do(self):
        self.say()
        lines = self.say().err.splitlines()
        self.assertEqual(lines[1], "fetched 0 files (0 B), kept 3 files (40 B)")
        self.assertIn("complete: ", lines[3])

    def test_not_complete(self):
        rules = [{"on": "RETR", "path": "/a", "delay_ms": 50, "reply": "550 Permission denied."},
                 {"on": "MLSD", "path": "/sub/deep", "reply": "550 Permission denied."},
                 {"on": "RETR", "path": "/sub/b", "reply": "451 disk"}]
        result = self.say("--retries", "0", code=1, served=self.server(rules, root=self.remote))
        for said in ("1 denied, 1 failed, 1 folder not listed",
                     "fetch a;", "send sub/b;", "sub/deep/: ", "Permission denied",
                     "not complete: 1 file failed, 1 file denied by the server, 1 folder could "
                     "not be listed; type the same command again: it fetches only what is missing"):
            self.assertIn(said, result.err)

    def test_of_a_great_many_failures_the_first_fifty(self):
        self.write(*(f"many/{number}" for number in range(70)))
        rules = [{"on": "RETR", "reply": "550 no"}]
        result = self.say(code=1, served=self.server(rules, root=self.remote))
        self.assertEqual(result.err.count("ftpull: ") - len(["and 23 more", "not complete"]), 50)
        self.assertIn("and 23 more", result.err)

    def test_json(self):
        items = json_lines(self.say("--json").out)
        self.assertEqual({item["path"]: (item["type"], item["status"]) for item in items[:-1]},
                         {"a": ("file", "fetched"), "sub": ("dir", "made"),
                          "sub/b": ("file", "fetched"), "sub/deep": ("dir", "made"),
                          "sub/deep/c": ("file", "fetched")})
        b = next(item for item in items if item.get("path") == "sub/b")
        self.assertEqual((b["size"], b["mtime"], b["error"]),
                         (len("this is sub/b"), "2023-11-14T22:13:20Z", None))
        self.assertEqual({key: items[-1][key] for key in ("summary", "complete", "fetched")},
                         {"summary": True, "complete": True, "fetched": 3})

    def test_quiet(self):
        result = self.say("-q")
        self.assertEqual((result.out, result.err), ("", ""))

    def test_dry_run_writes_nothing(self):
        result = self.say("--dry-run")
        self.assertEqual(sorted(result.out.splitlines()),
                         ["fetch a (9 B)", "fetch sub/b (13 B)", "fetch sub/deep/c (18 B)",
                          "make sub/", "make sub/deep/"])
        for line in ("would fetch 3 files (0 B)", "dry run: nothing was written"):
            self.assertIn(line, result.err)
        self.assertFalse(self.copy.exists())
        self.assertEqual(self.served.commands("RETR"), [])
        self.copy.mkdir()
        write(self.copy / "a", "another")
        before = entries(self.copy)
        items = json_lines(self.say("--dry-run", "--json").out)
        self.assertTrue(all(item["dry_run"] for item in items))
        self.assertEqual({i["path"]: i["replaces"] for i in items[:-1] if i["type"] == "file"},
                         {"a": True, "sub/b": False, "sub/deep/c": False})
        self.assertEqual(entries(self.copy), before)

    def test_the_usual_folder(self):
        self.get("mirror", self.served.url("sub/"))
        self.assertEqual(sorted(entries(self.folder / "sub")), ["b", "deep", "deep/c"])

    def test_a_file_is_no_folder(self):
        write(self.copy, "a file")
        result = self.say(code=6)
        self.assertIn(f"{self.copy}: Not a directory", result.err)
        self.assertEqual(self.copy.read_text(), "a file")
        self.assertEqual(self.served.sessions(), 0)

    def test_a_folder_that_is_not_there(self):
        result = self.get("mirror", self.served.url("missing/"), self.copy, code=5)
        self.assertIn("missing", result.err)

    def test_a_login_that_is_refused(self):
        served = self.server({"user": "me", "password": "x"}, root=self.remote)
        self.say(code=4, served=served)

    def test_an_empty_tree(self):
        empty = self.folder / "empty"
        empty.mkdir()
        self.assertIn("complete: ", self.say(served=self.server(root=empty)).err)
        self.assertEqual(entries(self.copy), {})

    def test_who_reads_no_more_has_no_more_fetched(self):
        self.write(*(f"many/{number}" for number in range(3000)))
        command = shlex.join([FTPULL, "mirror", "--json", "--limit-rate", "10K",
                              self.served.url(""), str(self.copy)])
        subprocess.run(f"{command} 2>/dev/null | head -3", shell=True, check=True, timeout=30,
                       stdout=subprocess.DEVNULL)
        wait_until(lambda: len(self.served.events("close")) == self.served.sessions(), "its end")
        self.assertLess(len(self.served.commands("RETR")), 3000)

    def test_two_into_one_folder(self):
        slow = self.server([{"on": "RETR", "stall_after": 0}], root=self.remote)
        first = self.start("mirror", slow.url(""), self.copy)
        slow.wait_for("data_open", 2)
        result = self.say(code=6)
        self.assertIn("another ftpull mirrors into this folder", result.err)
        first.send_signal(signal.SIGINT)
        self.assertEqual(first.wait(20).code, 130)
        self.say()
        self.assert_same()


class Speed(MirrorCase):
    def test_connections(self):
        self.write(*(f"{number}" for number in range(60)))
        served = self.server([{"on": "RETR", "delay_ms": 5}], root=self.remote)
        self.mirror(served, "-n", "3")
        self.assertEqual(served.sessions(), 3)
        self.assert_same()

    def test_limit(self):
        for number in range(20):
            write(self.remote / f"{number}", bytes(50 * KIB))
        served = self.server(root=self.remote)
        result = self.get("mirror", "--limit-rate", "500K", served.url(""), self.copy)
        self.assertGreater(result.seconds, 1000 / 500 * 0.6)
        self.assert_same()

    def test_large_and_small_side_by_side(self):
        make_file(self.remote / "large", 12 * MIB, 7)
        self.write(*(f"small/{number}" for number in range(200)))
        served = self.server({"rate": 16 * MIB}, root=self.remote)
        summary = self.mirror(served)
        self.assertEqual(summary["fetched_bytes"], summary["bytes"])
        large = [transfer for transfer in served.transfers() if transfer["file"] == "/large"]
        self.assertGreater(len(large), 1)


class Again(MirrorCase):
    def test_loop(self):
        self.write("a")
        served = self.server(root=self.remote)
        running = self.start("mirror", "--loop", "1s", served.url(""), self.copy)
        wait_until(lambda: (self.copy / "a").exists(), "the first run")
        self.write("b")
        wait_until(lambda: (self.copy / "b").exists(), "the second run")
        running.send_signal(signal.SIGINT)
        result = running.wait(20)
        self.assertEqual(result.code, 130, result.err)
        self.assertIn("again in 1", result.err)
        self.assert_same()

    def test_loop_survives_a_failure(self):
        self.write("a")
        served = self.server([{"on": "MLSD", "nth": 1, "reply": "550 not now"}],
                             root=self.remote)
        running = self.start("mirror", "--loop", "1s", served.url(""), self.copy)
        wait_until(lambda: (self.copy / "a").exists(), "the second run")
        running.send_signal(signal.SIGINT)
        self.assertEqual(running.wait(20).code, 130)

    def test_a_server_that_dies_and_the_command_again(self):
        self.write(*(f"{number}" for number in range(40)))
        rules = [{"on": "RETR", "nth": [20, None], "close_before": "rst"},
                 {"on": "greeting", "session": [20, None], "close_before": "rst"}]
        result = self.run_it("mirror", "--retries", "0", "-n", "2", "--connect-interval", "0",
                             self.server(rules, root=self.remote).url(""), self.copy)
        self.assertEqual(result.code, 3)
        self.assertRegex(result.err, r"\(gave up after \d attempts?\)")
        got = set(self.files())
        self.assertGreater(len(got), 10)
        self.assertIn(f"fetched {len(got)} files", result.err)
        summary = self.mirror(self.server(root=self.remote))
        self.assertEqual(summary["fetched"], 40 - len(got))
        self.assert_same()

    def test_interrupted_and_again(self):
        for number in range(300):
            write(self.remote / f"sub/{number}", bytes(number * 40))
        make_file(self.remote / "large", 8 * MIB, 7)
        served = self.server({"rate": 4 * MIB, "rules": [{"on": "RETR", "delay_ms": 5}]},
                             root=self.remote)
        running = self.start("mirror", served.url(""), self.copy)
        served.wait_for("data_close", 100)
        running.send_signal(signal.SIGINT)
        result = running.wait(20)
        self.assertEqual(result.code, 130, result.err)
        self.assertIn("To go on, run the same command again", result.err)
        there = [path for path in self.files() if path.startswith("sub/")]
        self.assertGreater(len(there), 0)
        for path in there:
            self.assertEqual((self.copy / path).stat().st_size,
                             (self.remote / path).stat().st_size)
        summary = self.mirror(self.server(root=self.remote))
        self.assertGreaterEqual(summary["kept"], len(there))
        self.assert_same()
        self.assertLessEqual(summary["fetched_bytes"] + summary["kept_bytes"],
                             summary["bytes"])


class Killed(MirrorCase):
    """With -9, at random moments, until it ends by itself."""

    RATE = 8 * MIB

    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("FTPULL_TEST_SEED", random.randrange(1 << 32)))
        self.random = random.Random(self.seed)
        self.served = self.serve(Vsftpd, rate_bytes=self.RATE, trans_chunk_size=8 * KIB)
        self.remote = self.served.root
        for number in range(400):
            path = f"f{number % 7}/{number}"
            write(self.remote / path, self.random.randbytes(self.random.randrange(20 * KIB)))
        for number in range(2):
            make_file(self.remote / f"large{number}", 24 * MIB + 12345, number + 1)
            os.utime(self.remote / f"large{number}", (TIME, TIME))

    def test_until_it_is_done(self):
        kills = 0
        while True:
            running = self.start("mirror", "-n", "4", self.served.url(""), self.copy)
            running.kill_after(self.random.uniform(0.05, 1.0))
            result = running.wait()
            where = f"kill {kills + 1}, FTPULL_TEST_SEED={self.seed}"
            if result.code != -signal.SIGKILL:
                break
            kills += 1
            self.assertLess(kills, 60, where)
            self.assert_nothing_wrong(where)
        self.assertEqual(result.code, 0, f"{where}\n{result.err}")
        self.assertGreater(kills, 1, where)
        self.assertEqual(differences(self.copy, self.remote), {}, where)
        subprocess.run(["diff", "-r", self.remote, self.copy], check=True)
        self.served.wait_until_idle()
        size = sum(kind[1] for kind in entries(self.remote).values() if kind[0] == "file")
        # What is under way when it is killed: of each session what the server's kernel has taken.
        under_way = kills * 4 * 128 * KIB
        self.assertLessEqual(self.received(), 1.05 * size + under_way, where)

    def received(self):
        """Without listings."""
        return sum(count for path, count, _ in self.served.transfers())

    def assert_nothing_wrong(self, where):
        """What has its name is whole."""
        if not self.copy.exists():
            return
        for path, kind in entries(self.copy).items():
            if kind[0] == "file" and (self.remote / path).exists():
                self.assertEqual((self.copy / path).read_bytes(),
                                 (self.remote / path).read_bytes(), f"{path}, {where}")


class Folder(MirrorCase):
    def test_that_may_not_be_written(self):
        self.copy.mkdir()
        self.write("a", "sub/b")
        served = self.server(root=self.remote)
        self.copy.chmod(0o555)
        self.addCleanup(self.copy.chmod, 0o755)
        how = {}
        if os.geteuid() == 0:
            if not os.path.exists("/usr/bin/setpriv"):
                raise unittest.SkipTest("root may write everywhere")
            how = {"prefix": ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"]}
        result = self.run_it("mirror", served.url(""), self.copy, **how)
        self.assertEqual(result.code, 6, result.err)
        self.assertIn("Permission denied", result.err)
        self.assertEqual(entries(self.copy), {})

    def test_modes(self):
        """As the umask says; and nobody else sees what is unfinished."""
        self.write("a", "sub/b")
        self.mirror(self.server(root=self.remote), prefix=["sh", "-c", 'umask 027; "$@"', "sh"])
        self.assertEqual(stat.S_IMODE((self.copy / "sub/b").stat().st_mode), 0o640)
        self.assertEqual(stat.S_IMODE((self.copy / "sub").stat().st_mode), 0o750)


class NoRoom(MirrorCase, DiskCase):
    def setUp(self):
        super().setUp()
        for number in range(60):
            write(self.remote / f"{number}", bytes(100 * KIB))
        self.copy = self.memory_disk(4 * MIB)

    def test_small_files(self):
        served = self.server(root=self.remote)
        summary = self.mirror(served, code=6)
        self.assertIn("No space left", summary["err"])
        for path, kind in entries(self.copy).items():
            if kind[0] == "file" and not path.startswith(".ftpull-mirror"):
                self.assertEqual(kind[1], 100 * KIB, path)
        subprocess.run(["mount", "-o", f"remount,size={16 * MIB}", self.copy], check=True)
        self.mirror(served)
        self.assert_same()

    def test_a_large_file(self):
        """Only that one cannot be had."""
        make_file(self.remote / "large", 8 * MIB, 7)
        for number in range(30, 60):
            (self.remote / f"{number}").unlink()
        served = self.server(root=self.remote)
        result = self.run_it("mirror", served.url(""), self.copy)
        self.assertIn(result.code, (1, 6))
        self.assertIn("No space left", result.err)
        subprocess.run(["mount", "-o", f"remount,size={16 * MIB}", self.copy], check=True)
        self.mirror(served)
        self.assert_same()
