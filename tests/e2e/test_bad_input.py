"""Bad input: the right exit code, a message that says what to do, and nothing touched."""

import os
import subprocess
import unittest

from harness import Case, MIB, free_port

FILE = ("a.bin", 5 * MIB)


class Servers(Case):
    def test_missing_file(self):
        server = self.server(files=[FILE])
        result = self.get(server.url("no.bin"), code=5)
        self.assertIn("550", result.err)
        self.assertIn("no.bin", result.err)
        self.assertIn("Check the spelling", result.err)
        self.assertEqual(self.left_behind(), [])

    def test_the_servers_words_are_repeated(self):
        server = self.server([{"on": ["SIZE", "RETR", "MLST"], "reply": "550 Moved to mars"}])
        self.assertIn("Moved to mars", self.get(server.url("a.bin"), code=5).err)

    def test_wrong_host(self):
        result = self.get("ftp://no-such-host.invalid/a", "--retries", "1", code=3)
        self.assertIn("no-such-host.invalid", result.err)

    def test_closed_port_says_how_many_attempts(self):
        result = self.get(f"ftp://127.0.0.1:{free_port()}/a", "--retries", "1", code=3)
        self.assertRegex(result.err, r"\b(2|two) (times|attempts|tries)|1 retr")
        self.assertIn("Check the host and the port", result.err)

    def test_a_server_that_says_nothing(self):
        server = self.server([{"on": "greeting", "silent": True}])
        result = self.get(server.url("a"), "--retries", "0", "--timeout", "1", code=3)
        self.assertIn("raise --timeout", result.err)

    def test_wrong_password_is_not_tried_again(self):
        server = self.server({"user": "bob", "password": "right"}, [FILE])
        result = self.get(server.url("a.bin", "bob", "wrong"), "-n", "4", code=4)
        self.assertIn("Login incorrect", result.err)
        self.assertNotIn("wrong", result.err.replace("wrong password", ""))
        self.assertEqual(len(server.commands("PASS")), 1)

    def test_no_password_is_said_before_the_server_is_asked(self):
        server = self.server({"user": "bob", "password": "p"}, [FILE])
        url = server.url("a.bin").replace("ftp://", "ftp://bob@")
        self.assertIn("--password-file", self.get(url, code=2).err)
        self.assertEqual(server.sessions(), 0)

    def test_account_wanted(self):
        server = self.server({"user": "bob", "password": "p", "account": "a"}, [FILE])
        self.get(server.url("a.bin", "bob", "p"), code=4)

    def test_one_of_two_fails(self):
        server = self.server(files=[FILE])
        result = self.get(server.url("no.bin"), server.url("a.bin"), code=1)
        self.assert_generated("a.bin", 5 * MIB)
        self.assertIn("no.bin", result.err)

    def left_behind(self):
        return [name for name in os.listdir(self.folder) if name.startswith("no.bin")]


class CommandLine(Case):
    def usage(self, *args, says=()):
        result = self.get(*args, code=2)
        for word in says:
            self.assertIn(word, result.err)

    def test_folder(self):
        server = self.server(files=[("d/x", 5)])
        self.usage(server.url("d/"), says=["is a folder", "ftpull ls"])
        self.usage(server.url(""), says=["is a folder", "ftpull ls"])

    def test_two_urls_with_one_output(self):
        self.usage("ftp://127.0.0.1/a", "ftp://127.0.0.1/b", "-o", "x", says=["-o", "-d"])

    def test_unknown_option_names_the_nearest(self):
        self.usage("--conections", "4", "ftp://127.0.0.1/a", says=["--connections"])

    def test_bad_values(self):
        for args in (["-n", "0"], ["-n", "x"], ["--limit-rate", "fast"], ["--retries", "-1"],
                     ["--timeout", ""], ["--segment-size", "3"]):
            with self.subTest(args):
                self.usage(*args, "ftp://127.0.0.1/a", says=[args[0].lstrip("-")])

    def test_bad_urls(self):
        for url in ("http://127.0.0.1/a", "ftp://127.0.0.1/a%0d%0aDELE%20b", "ftp:///a",
                    "ftp://127.0.0.1:0/a", "ftp://127.0.0.1:99999/a", "ftp://127.0.0.1/a%00"):
            with self.subTest(url):
                self.usage(url)

    def test_nothing_to_do(self):
        self.usage()
        self.usage("-i", "no-such-list")


class Outputs(Case):
    def test_complete_already(self):
        server = self.server(files=[FILE])
        self.get(server.url("a.bin"))
        transfers = len(server.commands("RETR"))
        result = self.get(server.url("a.bin"))
        self.assertIn("already there", result.out + result.err)
        self.assertEqual(len(server.commands("RETR")), transfers)

    def test_another_file_is_not_touched(self):
        server = self.server(files=[FILE])
        (self.folder / "a.bin").write_bytes(b"mine")
        result = self.get(server.url("a.bin"), code=2)
        self.assertIn("--restart", result.err)
        self.assertEqual(result.err.count("a.bin"), 1)
        self.assertEqual((self.folder / "a.bin").read_bytes(), b"mine")
        self.assertEqual(server.commands("RETR"), [])

    def test_another_time_is_not_the_same_file(self):
        server = self.server(files=[FILE])
        self.get(server.url("a.bin"))
        os.utime(self.folder / "a.bin", (1, 1))
        self.get(server.url("a.bin"), code=2)

    def test_restart_replaces_it(self):
        server = self.server(files=[FILE])
        (self.folder / "a.bin").write_bytes(b"mine")
        self.get(server.url("a.bin"), "--restart")
        self.assert_generated("a.bin", 5 * MIB)

    def test_output_that_is_a_folder(self):
        server = self.server(files=[FILE])
        (self.folder / "d").mkdir()
        self.get(server.url("a.bin"), "-o", "d", code=2)

    def test_folder_of_the_output_is_missing(self):
        server = self.server(files=[FILE])
        self.get(server.url("a.bin"), "-o", "no/such/file", code=6)


class ClosedStreams(Case):
    """Started with some of 0, 1 and 2 closed, as a careless parent does."""

    def closed(self, redirections, *args, **how):
        prefix = ["sh", "-c", f'exec "$0" "$@" {redirections}']
        return self.get(*args, prefix=prefix, **how)

    def test_nobody_listens(self):
        server = self.server(files=[FILE])
        self.closed("<&- >&- 2>&-", server.url("a.bin"))
        self.assert_generated("a.bin", *FILE[1:])

    def test_json_has_nowhere_to_go(self):
        server = self.server(files=[FILE])
        result = self.closed(">&-", server.url("a.bin"), "--json", code=6)
        self.assertIn("standard output cannot be written", result.err)
        self.assert_generated("a.bin", *FILE[1:])


class FullDisk(Case):
    def setUp(self):
        super().setUp()
        self.disk = self.folder / "small"
        self.disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(self.disk)]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
            raise unittest.SkipTest("a small disk cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", str(self.disk)], check=True)

    def test_is_noticed_before_anything_is_fetched(self):
        server = self.server(files=[("a.bin", 64 * MIB)])
        result = self.get(server.url("a.bin"), "-d", str(self.disk), code=6)
        self.assertIn(str(self.disk), result.err)
        self.assertEqual(server.commands("RETR"), [])
        self.assertFalse((self.disk / "a.bin").exists())

    def test_of_a_file_of_unknown_size_keeps_what_came(self):
        server = self.server([{"on": ["SIZE", "MLST"], "reply": "500 ?"}], [("a.bin", 64 * MIB)])
        self.get(server.url("a.bin"), "-d", str(self.disk), code=6)
        self.assertFalse((self.disk / "a.bin").exists())
        self.assertTrue((self.disk / "a.bin.part").exists())
