"""Listings that no honest server sends: nothing outside the mirror is written, each thing that is
not taken is named, memory is bounded, and it ends by itself."""

import os
import shutil
import signal

from harness import KIB, MIB
from trees import MirrorCase, entries, write

FACTS = "type=file;size=5;modify=20240102030405; "
FOLDER = "type=dir;modify=20240102030405; "
UNIX = "-rw-r--r--    1 ftp      ftp             5 Jan 02  2024 "
# Whatever name is asked for, it is sent.
SENDS_ALL = [{"on": "RETR", "file_size": 5}, {"on": "SIZE", "reply": "213 5"}]
NO_MLSD = {"on": ["MLSD", "MLST"], "reply": "500 ?"}
# What the program itself takes, and its threads.
USUAL_RSS = 40 * MIB


class HostileCase(MirrorCase):
    def setUp(self):
        super().setUp()
        self.parent = self.folder / "parent"
        self.copy = self.parent / "copy"
        for path in ("etc/passwd", "beside/passwd", "passwd"):
            write(self.parent / path, "not yours")
        self.copy.mkdir()
        self.sentinels = self.outside()

    def outside(self):
        return {path: (kind, (self.parent / path).read_bytes() if kind[0] == "file" else b"")
                for path, kind in entries(self.parent).items()
                if path != "copy" and not path.startswith("copy/")}

    def fetch(self, *lines, rules=(), verb="MLSD", args=(), code=1, retries=0):
        """Mirrors a folder that is listed so, into one where nothing is."""
        shutil.rmtree(self.copy)
        self.copy.mkdir()
        listing = {"on": verb, "path": "/", "listing": list(lines)}
        self.served = self.server([*rules, listing, *SENDS_ALL])
        result = self.run_it("mirror", "--host-cache", "none", "--retries", retries, *args,
                             self.served.url(""), self.copy)
        self.assertEqual(result.code, code, result.out + result.err)
        self.assert_safe(result)
        return result

    def assert_safe(self, result):
        self.assertEqual(self.outside(), self.sentinels)
        said = result.out + result.err
        bad = [c for c in said if (c < " " and c not in "\n\r") or "\x7f" <= c < "\xa0"]
        self.assertEqual(bad, [], said)


class Names(HostileCase):
    CLIMBING = ["../../etc/x", "../etc/passwd", "/etc/passwd", "../passwd", "sub/../../passwd",
                "..//beside/passwd", f"/{'x' * 100}"]

    def test_that_lead_out_are_refused(self):
        for name in self.CLIMBING:
            with self.subTest(name):
                result = self.fetch(FACTS + name, FACTS + "good")
                self.assertEqual(self.files(), ["good"])
                self.assertIn("1 line of the listing of the folder cannot be used", result.err)
                self.assertIn(name, result.err)
                self.assertEqual(self.served.commands("RETR"), ["RETR good"])

    def test_the_same_in_the_form_of_ls(self):
        for name in self.CLIMBING:
            with self.subTest(name):
                self.fetch(UNIX + name, UNIX + "good", rules=[NO_MLSD], verb="LIST")
                self.assertEqual(self.files(), ["good"])

    def test_folders_that_lead_out_are_not_entered(self):
        inside = {"on": "MLSD", "nth": [2, None], "listing": FACTS + "passwd"}
        for name in ("../etc", "/etc", "../../etc", "sub/../../etc"):
            with self.subTest(name):
                self.fetch(FOLDER + name, FACTS + "good", rules=[inside])
                self.assertEqual(self.files(), ["good"])
                self.assertEqual(len(self.served.commands("MLSD")), 1)

    def test_the_folder_itself_and_the_one_above(self):
        self.fetch("type=cdir;modify=20240102030405; .", "type=pdir;modify=20240102030405; ..",
                   FOLDER + ".", FOLDER + "..", FACTS + "good", code=0)
        self.assertEqual(self.files(), ["good"])
        # As files they are no more.
        self.fetch(FACTS + "..", FACTS + ".", FACTS + "good", code=0)
        self.assertEqual(self.files(), ["good"])

    def test_nul(self):
        self.fetch(FACTS + "a\0b", FACTS + "good")
        self.assertEqual(self.files(), ["good"])

    def test_control_characters_and_terminal_escapes(self):
        names = ["a\tb", "\x1b[2J\x1b[H", "bell\x07", "\x7f", "a\x08b", "\x1b]0;title\x07"]
        result = self.fetch(*(FACTS + name for name in names), FACTS + "good")
        self.assertEqual(self.files(), ["good"])
        self.assertEqual(result.err.count("its name has control characters"), len(names))

    def test_escapes_in_what_the_server_says(self):
        refusal = {"on": "RETR", "path": "/good", "reply": "550 \x1b[31mno\x07 such\x9bthing"}
        self.fetch(FACTS + "good", rules=[refusal])

    def test_too_long_for_a_file_system(self):
        result = self.fetch(FACTS + "x" * 256, FACTS + "y" * 255)
        self.assertEqual(self.files(), ["y" * 255])
        self.assertIn("its name is longer than local file systems take", result.err)

    def test_a_mebibyte_long(self):
        result = self.fetch(FACTS + "x" * MIB, FACTS + "good")
        self.assertEqual(self.files(), ["good"])
        self.assertIn("1 line of the listing of the folder cannot be used", result.err)
        self.assertLess(len(result.err), 8 * KIB)
        self.assertLess(result.peak_rss_bytes, USUAL_RSS)

    def test_a_line_without_an_end(self):
        line = {"on": "MLSD", "path": "/", "listing": "x" * MIB + "\n", "cut_after": MIB,
                "end_reply": "226 done"}
        self.fetch(rules=[line], code=3)
        self.assertEqual(self.files(), [])

    def test_that_differ_in_case(self):
        self.fetch(FACTS + "name", FACTS + "NAME", code=0)
        self.assertEqual(self.files(), ["NAME", "name"])

    def test_twice_the_same(self):
        self.fetch(FACTS + "name", FACTS + "name", code=0)
        self.assertEqual(self.files(), ["name"])
        self.fetch(FACTS + "name", FOLDER + "name",
                   rules=[{"on": "MLSD", "path": "/name", "listing": FACTS + "passwd"}])

    def test_of_our_own_files(self):
        result = self.fetch(FOLDER + ".ftpull-mirror", FACTS + "good",
                            rules=[{"on": "MLSD", "path": "/.ftpull-mirror",
                                    "listing": FACTS + "index"}])
        self.assertEqual(self.files(), ["good"])
        self.assertIn("its name is that of a file of ftpull's own", result.err)

    def test_a_folder_that_is_a_link_here(self):
        os.symlink(self.parent / "beside", self.copy / "sub")
        self.fetch(FOLDER + "sub", rules=[{"on": "MLSD", "path": "/sub",
                                           "listing": FACTS + "passwd"}], code=0)
        self.assertEqual(self.files(), ["sub/passwd"])
        self.assertFalse((self.copy / "sub").is_symlink())

    def test_a_link_first_and_then_a_folder_of_its_name(self):
        """What is below that name must not go where the link leads."""
        link = "lrwxrwxrwx 1 ftp ftp 9 Jan 02  2024 sub -> good/../../beside"
        folder = "drwxr-xr-x 1 ftp ftp 9 Jan 02  2024 sub"
        for lines in ((link, folder), (folder, link)):
            with self.subTest(lines):
                result = self.run_it(
                    "mirror", "--retries", "0", self.server([
                        NO_MLSD, {"on": "LIST", "path": "/", "nth": 1, "listing": list(lines)},
                        {"on": "LIST", "listing": UNIX + "passwd"},
                        {"on": "CWD", "reply": "250 ok"}, *SENDS_ALL]).url(""), self.copy)
                self.assert_safe(result)


class Listings(HostileCase):
    def test_cut_short(self):
        """Never taken for the whole, nor for an empty folder."""
        lines = [f"{FACTS}f{number}" for number in range(9)]
        for how in ({"end_reply": "426 cut"}, {"end_reply": "451 disk"},
                    {"end_reply": "", "close_after": "rst"}, {"cut_with_rst": True}):
            for at in (0, 100, 101):
                with self.subTest(how=how, at=at):
                    rule = {"on": "MLSD", "path": "/sub", "cut_after": at, "listing": lines} | how
                    result = self.fetch(FOLDER + "sub", FACTS + "good", rules=[rule])
                    self.assertIn("sub/", result.err)
                    self.assertIn("1 folder could not be listed", result.err)
                    self.assertEqual(self.files(), ["good"])

    def test_cut_short_once(self):
        lines = [f"{FACTS}f{number}" for number in range(9)]
        self.fetch(*lines, rules=[{"on": "MLSD", "times": 1, "cut_after": 100}],
                   retries=1, code=0)
        self.assertEqual(len(self.files()), 9)

    def test_rubbish(self):
        for text in ("what is this", "\xff\xfe\0\0", "HTTP/1.1 200 OK"):
            with self.subTest(text):
                result = self.fetch(text, text, code=3)
                self.assertIn("is in no form that is known", result.err)
                self.assertEqual(self.files(), [])

    def test_ten_million_entries(self):
        """More than a folder may have."""
        rule = {"on": "MLSD", "path": "/", "listing_count": 10_000_000}
        result = self.fetch("type=file;size=0; f%d", rules=[rule], code=3)
        self.assertIn("the folder has more than 1500000 entries", result.err)
        self.assertEqual(entries(self.copy), {})
        self.assertLess(result.peak_rss_bytes, 1200 * MIB)

    def test_ten_million_lines_that_cannot_be_used(self):
        rule = {"on": "MLSD", "path": "/", "listing_count": 10_000_000}
        result = self.fetch("type=file;size=0; ../%d", rules=[rule])
        self.assertIn("10000000 lines of the listing of the folder cannot be used", result.err)
        self.assertLess(result.peak_rss_bytes, USUAL_RSS)

    def test_sizes_that_are_none(self):
        line = "type=file;size={};modify=20240102030405; file".format
        for size in ("-1", "0x10", "1e9"):
            with self.subTest(size):
                result = self.fetch(line(size), FACTS + "good")
                self.assertIn(line(size), result.err)
                self.assertEqual(self.files(), ["good"])

    def test_sizes_beyond_all_disks(self):
        """What SIZE says then, and RETR sends, is what counts."""
        line = "type=file;size={};modify=20240102030405; file".format
        for size in (10 ** 23, (1 << 63) - 1):
            with self.subTest(size):
                self.fetch(line(size), FACTS + "good", code=0)
                self.assertEqual((self.copy / "file").stat().st_size, 5)
        self.fetch(line(size), rules=[{"on": "SIZE", "reply": f"213 {size}"}])
        self.assertNotIn("file", self.files())

    def test_times_that_are_none(self):
        for time in ("00000000000000", "99999999999999", "20240231250000", "x"):
            with self.subTest(time):
                result = self.fetch(f"type=file;size=5;modify={time}; file", FACTS + "good")
                self.assertIn(f"modify={time}; file", result.err)
                self.assertEqual(self.files(), ["good"])


class Loops(HostileCase):
    def loop(self, *lines, rules=(), **how):
        """Each folder, wherever it is, is listed so."""
        every = {"on": "MLSD", "listing": list(lines)}
        return self.fetch(rules=[*rules, every], **how)

    def test_a_folder_that_is_the_one_above_again(self):
        result = self.loop(FOLDER + "loop", FACTS + "file")
        self.assertIn("loop/: ", result.err)
        self.assertIn("is one of the folders above it again, through a link", result.err)
        self.assertLess(len(self.served.commands("MLSD")), 10)
        self.assertIn("file", self.files())

    def test_several_in_each(self):
        self.loop(*(f"{FOLDER}loop{i}" for i in range(10)), FACTS + "file")
        self.assertLess(len(self.served.commands("MLSD")), 200)

    def test_of_a_link_on_disk(self):
        self.write("a/b/file", "a/other")
        os.symlink("..", self.remote / "a/b/up")
        result = self.run_it("mirror", self.server(root=self.remote).url(""), self.copy)
        self.assertEqual(result.code, 1)
        self.assertIn("is one of the folders above it again, through a link", result.err)
        self.assertTrue({"a/b/file", "a/other"} <= set(self.files()))
        self.assert_safe(result)

    def test_folders_without_an_end(self):
        """No two are alike, so no loop can be seen."""
        rules = [{"on": "MLSD", "nth": n, "listing": f"{FOLDER}d{n}"} for n in range(1, 200)]
        result = self.fetch(rules=rules, args=["-n", "1"])
        self.assertIn("is more than 100 folders deep", result.err)
        self.assertLessEqual(len(self.served.commands("MLSD")), 101)

    def test_a_tree_that_grows_without_an_end_can_be_stopped(self):
        """Broad, and each folder unlike all others: only its depth is bounded."""
        rules = [{"on": "MLSD", "nth": n, "listing": f"{FOLDER}d%d", "listing_count": 50 + n}
                 for n in range(1, 500)]
        served = self.server(rules)
        running = self.start("mirror", served.url(""), self.copy)
        served.wait_for("data_close", 200)
        running.send_signal(signal.SIGINT)
        result = running.wait(20)
        self.assertEqual(result.code, 130, result.err)
        self.assertLess(result.peak_rss_bytes, 2 * USUAL_RSS)
        self.assert_safe(result)


class Contents(HostileCase):
    def test_more_than_was_listed(self):
        for size in (6, 50, 2 * MIB, 1 << 40):
            with self.subTest(size):
                result = self.fetch(FACTS + "file", FACTS + "good",
                                    rules=[{"on": "RETR", "path": "/file", "file_size": size}])
                self.assertEqual(self.files(), ["good"])
                self.assertIn("the server sends more than the 5 bytes that it announced",
                              result.err)
                self.assertLess(result.peak_rss_bytes, USUAL_RSS)

    def test_less_than_was_listed(self):
        result = self.fetch(FACTS + "file", FACTS + "good",
                            rules=[{"on": "RETR", "path": "/file", "file_size": 3}])
        self.assertNotIn("file", self.files())
        self.assertIn("the data ended 2 bytes before the end", result.err)
