"""ftpull get: what a user does with it when all is well."""

import os
import re
import shutil
import statistics
import time
import unittest

from harness import Case, GIB, MIB, json_lines, make_file, same
from servers.vsftpd import Vsftpd

FILE = ("a.bin", 20 * MIB, 3)
GENERATED_TIME = 1704164645  # 2024-01-02 03:04:05 UTC


class OneFile(Case):
    def test_is_fetched_whole_with_the_servers_time(self):
        server = self.server(files=[FILE])
        self.get(server.url("a.bin"))
        self.assert_generated("a.bin", *FILE[1:])
        self.assertEqual(int((self.folder / "a.bin").stat().st_mtime), GENERATED_TIME)

    def test_each_session_starts_at_its_own_offset(self):
        server = self.server({"rate": 20 * MIB}, [FILE])
        self.get(server.url("a.bin"), "-n", "4")
        self.assert_generated("a.bin", *FILE[1:])
        server.wait_for("close", server.sessions())
        self.assertGreaterEqual(len(server.offsets()), 4)
        # What the server's kernel took counts as sent: up to 4 MiB that never left for each range
        # that was cut.
        self.assertLessEqual(server.bytes_sent(), 2.5 * FILE[1])

    def test_one_connection(self):
        server = self.server(files=[FILE])
        self.get(server.url("a.bin"), "-n", "1")
        self.assert_generated("a.bin", *FILE[1:])
        self.assertEqual(server.sessions(), 1)

    def test_get_may_be_said(self):
        server = self.server(files=[FILE])
        self.get("get", server.url("a.bin"))
        self.assert_generated("a.bin", *FILE[1:])

    def test_over_ipv6(self):
        server = self.server(files=[FILE], listen="::1")
        self.get(server.url("a.bin"), "-n", "2")
        self.assert_generated("a.bin", *FILE[1:])

    def test_with_a_login(self):
        server = self.server({"user": "bob", "password": "p@ss:word"}, [FILE])
        result = self.get(server.url("a.bin", "bob", "p%40ss%3aword"), "-v")
        self.assert_generated("a.bin", *FILE[1:])
        self.assertNotIn("p@ss", result.out + result.err)
        self.assertNotIn("p%40ss", result.out + result.err)

    def test_with_user_and_password_file(self):
        server = self.server({"user": "bob", "password": "secret"}, [FILE])
        (self.folder / "password").write_text("secret\n")
        (self.folder / "password").chmod(0o600)
        self.get(server.url("a.bin"), "--user", "bob", "--password-file", "password")
        self.assert_generated("a.bin", *FILE[1:])

    def test_names_with_blanks_and_folders(self):
        server = self.server(files=[("some dir/a b.bin", 5 * MIB)])
        self.get(server.url("some%20dir/a%20b.bin"))
        self.assert_generated("a b.bin", 5 * MIB)

    def test_absolute_path(self):
        server = self.server(files=[("d/x", 5000)])
        self.get(server.url("%2Fd/x"))
        self.assert_generated("x", 5000)
        self.assertIn("RETR /d/x", server.commands("RETR"))

    def test_limit_rate(self):
        server = self.server(files=[("a", 2 * MIB)])
        result = self.get(server.url("a"), "--limit-rate", "1M")
        self.assertTrue(1 < result.seconds < 10, result.seconds)


class Outputs(Case):
    def test_o_and_d(self):
        server = self.server(files=[("a", 5000)])
        self.get(server.url("a"), "-o", "other")
        self.assert_generated("other", 5000)
        self.get(server.url("a"), "-d", "sub/deeper")
        self.assert_generated("sub/deeper/a", 5000)

    def test_several_urls(self):
        server = self.server(files=[("a", 5000, 1), ("b", 3 * MIB, 2)])
        self.get(server.url("a"), server.url("b"))
        self.assert_generated("a", 5000, 1)
        self.assert_generated("b", 3 * MIB, 2)

    def test_urls_from_a_file_and_from_standard_input(self):
        server = self.server(files=[("a", 5000, 1), ("b", 6000, 2)])
        urls = f"{server.url('a')}\n\n{server.url('b')}\n"
        (self.folder / "urls").write_text(urls)
        self.get("-i", "urls", "-d", "one")
        self.get("-i", "-", "-d", "two", input=urls)
        for folder in ("one", "two"):
            self.assert_generated(f"{folder}/a", 5000, 1)
            self.assert_generated(f"{folder}/b", 6000, 2)

    def test_dry_run_writes_nothing(self):
        server = self.server(files=[("a", 5000)])
        before = sorted(os.listdir(self.folder))
        result = self.get(server.url("a"), "--dry-run", "--json")
        line, = json_lines(result.out)
        self.assertEqual((line["status"], line["bytes"]), ("dry_run", 5000))
        after = [name for name in sorted(os.listdir(self.folder)) if name != "cache"]
        self.assertEqual(after, before)
        self.assertEqual(server.commands("RETR"), [])

    def test_json(self):
        server = self.server(files=[FILE])
        line, = json_lines(self.get(server.url("a.bin"), "--json", "-n", "2").out)
        self.assertEqual(line["url"], server.url("a.bin"))
        self.assertTrue(line["path"].endswith("a.bin"))
        self.assertEqual((line["status"], line["bytes"]), ("fetched", FILE[1]))
        self.assertGreaterEqual(line["fetched_bytes"], FILE[1])
        self.assertEqual((line["resumed_bytes"], line["error"]), (0, None))
        self.assertRegex(line["xxh3_128"], "^[0-9a-f]{32}$")
        for key in ("seconds", "connections", "checksums"):
            self.assertIn(key, line)

    def test_json_of_a_failure(self):
        server = self.server()
        line, = json_lines(self.get(server.url("no"), "--json", code=5).out)
        self.assertEqual((line["status"], line["error"]["kind"]), ("failed", "not_found"))
        self.assertIn("550", line["error"]["reply"])

    def test_quiet_says_nothing(self):
        server = self.server(files=[("a", 5000)])
        result = self.get(server.url("a"), "-q")
        self.assertEqual((result.out, result.err), ("", ""))

    def test_progress_is_plain_lines_when_not_on_a_terminal(self):
        server = self.server({"rate": 4 * MIB}, [("a", 6 * MIB)])
        result = self.get(server.url("a"))
        self.assertNotIn("\r", result.err)
        self.assertNotIn("\x1b", result.out + result.err)

    def test_help(self):
        result = self.get("--help")
        for word in ("--connections", "--limit-rate", "--restart", "status"):
            self.assertIn(word, result.out)


class RealServer(Case):
    """The figures of the README: against vsftpd, not against a server of our own."""

    def test_a_gibibyte_over_eight_connections(self):
        server = self.serve(Vsftpd, log_ftp_protocol="YES", dual_log_enable="YES")
        source = make_file(server.root / "big.bin", GIB)
        self.get(server.url("big.bin"), "-n", "8", timeout=180)
        self.assertTrue(same(source, self.folder / "big.bin"))
        self.assert_nothing_unfinished(self.folder / "big.bin")

    def test_the_ends_of_ranges_cost_no_time(self):
        # A sender waits 200 ms before it uses less than a packet of window, and one of loopback is
        # 64 KiB.
        server = self.serve(Vsftpd)
        source = make_file(server.root / "a.bin", MIB)
        seconds = {"1": [], "4": []}
        for _ in range(5):
            for sessions, took in seconds.items():
                begun = time.monotonic()
                self.get(server.url("a.bin"), "-n", sessions, "--restart")
                took.append(time.monotonic() - begun)
                self.assertTrue(same(source, self.folder / "a.bin"))
                (self.folder / "a.bin").unlink()
        self.assertLess(statistics.median(seconds["4"]), 3 * statistics.median(seconds["1"]))

    def test_system_calls(self):
        if shutil.which("strace") is None:
            raise unittest.SkipTest("strace is not installed")
        size = 256 * MIB
        server = self.serve(Vsftpd, rate_bytes=16 * MIB)
        make_file(server.root / "big.bin", size)
        trace = self.folder / "trace"
        calls = "openat,fallocate,pwrite64,connect,write,writev,sendto,sendmsg"
        self.get(server.url("big.bin"), "-n", "8", timeout=180,
                 prefix=["strace", "-f", "-s", "200", "-o", trace, "-e", f"trace={calls}"])
        text = trace.read_text(errors="replace")
        # A call that another thread interrupts stands on two lines, its result on the second.
        opened = re.findall(r'openat\(.*"[^"]*big\.bin\.part", .*O_CREAT', text)
        self.assertEqual(len(opened), 1)
        part, = re.findall(rf"fallocate\((\d+), 0, 0, {size}", text)
        self.assertGreater(len(re.findall(rf"pwrite64\({part}, ", text)), size // MIB)
        others = re.findall(r"connect\(\d+, .*sin_port=htons\((\d+)\)", text)
        data_ports = {port for port in others if int(port) != server.port}
        self.assertGreaterEqual(len(data_ports), 8)
        offsets = set(re.findall(r"REST (\d+)\\r\\n", text))
        self.assertGreaterEqual(len(offsets | {"0"}), 8)

    def test_memory_does_not_depend_on_the_size(self):
        if shutil.disk_usage(self.folder).free < 6 * GIB:
            raise unittest.SkipTest("less than 6 GiB of disk are free")
        server = self.serve(Vsftpd)
        for size in (64 * MIB, GIB, 4 * GIB):
            with open(server.root / f"{size}.bin", "wb") as sparse:
                sparse.truncate(size)
            result = self.get(server.url(f"{size}.bin"), "-n", "8", timeout=300)
            self.assertEqual((self.folder / f"{size}.bin").stat().st_size, size)
            self.assertLessEqual(result.peak_rss_bytes, 40 * MIB, f"for {size} bytes")
            (self.folder / f"{size}.bin").unlink()
