"""What ftpull mirror takes of a tree, what it removes here, and what it leaves alone."""

import os
import time

from harness import json_lines
from servers.vsftpd import Vsftpd
from trees import TIME, MirrorCase, differences, entries, write

DAY_S = 86400


class Rules(MirrorCase):
    def setUp(self):
        super().setUp()
        self.write("a.h5", "a.iso", "notes.txt", "sub/b.h5", "sub/b.iso", "sub/deep/c.h5",
                   "sub/deep/c.iso", "tmp/d.h5", "sub/tmp/e.h5", "build")
        self.everything = sorted(path for path, kind in entries(self.remote).items()
                                 if kind[0] == "file")
        self.served = self.server(root=self.remote)

    def taken(self, *args):
        summary = self.mirror(self.served, *args)
        self.assertTrue(summary["complete"])
        return self.files()

    def but(self, *paths):
        return sorted(set(self.everything) - set(paths))

    def test_a_name_is_left_out_in_all_folders(self):
        self.assertEqual(self.taken("--exclude", "*.iso"),
                         self.but("a.iso", "sub/b.iso", "sub/deep/c.iso"))

    def test_of_a_folder_all_that_is_below(self):
        self.assertEqual(self.taken("--exclude", "tmp/"), self.but("tmp/d.h5", "sub/tmp/e.h5"))
        self.assertFalse((self.copy / "tmp").exists())
        self.assertEqual([c for c in self.served.commands("MLSD") if "tmp" in c], [])

    def test_a_pattern_for_folders_takes_no_file(self):
        self.assertEqual(self.taken("--exclude", "build/"), self.everything)

    def test_from_the_top(self):
        self.assertEqual(self.taken("--exclude", "/tmp/"), self.but("tmp/d.h5"))

    def test_a_star_matches_no_slash(self):
        self.assertEqual(self.taken("--exclude", "sub/*.iso"), self.but("sub/b.iso"))

    def test_two_stars_match_slashes(self):
        self.assertEqual(self.taken("--exclude", "sub/**.iso"),
                         self.but("sub/b.iso", "sub/deep/c.iso"))

    def test_an_include_leaves_all_others_out(self):
        self.assertEqual(self.taken("--include", "*.h5"),
                         ["a.h5", "sub/b.h5", "sub/deep/c.h5", "sub/tmp/e.h5", "tmp/d.h5"])

    def test_the_first_that_matches_decides(self):
        self.assertEqual(self.taken("--include", "b.iso", "--exclude", "*.iso", "--include", "*"),
                         self.but("a.iso", "sub/deep/c.iso"))

    def test_the_same_in_another_order(self):
        self.assertEqual(self.taken("--exclude", "*.iso", "--include", "b.iso", "--include", "*"),
                         self.but("a.iso", "sub/b.iso", "sub/deep/c.iso"))

    def test_rules_from_a_file_stand_where_it_is_named(self):
        write(self.folder / "rules", "# no temporary files\n\n- tmp/\n+ *.h5\n")
        self.assertEqual(self.taken("--exclude", "c.*", "--filter-from", self.folder / "rules",
                                    "--include", "notes.txt"),
                         ["a.h5", "notes.txt", "sub/b.h5"])

    def test_rules_that_are_none_are_refused_before_anybody_is_connected_to(self):
        write(self.folder / "rules", "- tmp/\n*.h5\n")
        for args in (("--filter-from", self.folder / "rules"), ("--include", "[a"),
                     ("--filter-from", self.folder / "missing")):
            result = self.get("mirror", *args, self.served.url(""), self.copy, code=2)
            self.assertIn(str(args[1]), result.err)
        self.assertEqual(self.served.sessions(), 0)

    def test_depth(self):
        self.assertEqual(self.taken("--depth", "1"), ["a.h5", "a.iso", "build", "notes.txt"])
        self.assertEqual(self.taken("--depth", "2"),
                         self.but("sub/deep/c.h5", "sub/deep/c.iso", "sub/tmp/e.h5"))

    def test_what_is_left_out_is_counted(self):
        self.assertEqual(self.mirror(self.served, "--exclude", "*.iso")["left_out"], 3)


class Bounds(MirrorCase):
    def test_size(self):
        for size in (0, 999, 1024, 1025, 2048, 2049):
            write(self.remote / f"{size}", bytes(size))
        served = self.server(root=self.remote)
        self.mirror(served, "--min-size", "1K", "--max-size", "2K")
        self.assertEqual(self.files(), ["1024", "1025", "2048"])

    def test_newer_than_a_moment(self):
        for seconds in (-1, 0, 1):
            self.write(f"{seconds}", time=TIME + seconds)
        served = self.server(root=self.remote)
        self.mirror(served, "--newer-than", "2023-11-14T22:13:20Z")
        self.assertEqual(self.files(), ["1"])

    def test_newer_than_an_age(self):
        now = time.time()
        self.write("old", time=now - 8 * DAY_S)
        self.write("new", time=now - 6 * DAY_S)
        served = self.server(root=self.remote)
        self.mirror(served, "--newer-than", "7d")
        self.assertEqual(self.files(), ["new"])


class Changed(MirrorCase):
    """The second time."""

    def setUp(self):
        super().setUp()
        self.write("same", "other", "sub/gone", "sub/new", "away/file")
        self.served = self.server(root=self.remote)
        self.mirror(self.served)
        self.assert_same()

    def test_nothing_is_fetched_twice(self):
        before = len(self.served.commands("RETR"))
        summary = self.mirror(self.served)
        self.assertEqual((summary["fetched"], summary["kept"]), (0, 5))
        self.assertEqual(len(self.served.commands("RETR")), before)

    def test_another_size_and_another_time(self):
        write(self.remote / "other", "is longer than it was")
        write(self.remote / "sub/new", "this is sub/NEW", time=TIME + 1)
        summary = self.mirror(self.served)
        self.assertEqual(self.statuses(summary), {"other": "fetched", "sub/new": "fetched"})
        self.assertTrue(all(item["replaces"] for item in summary["items"]
                            if item["status"] == "fetched"))
        self.assert_same()

    def test_what_is_gone_there_stays_here(self):
        (self.remote / "sub/gone").unlink()
        summary = self.mirror(self.served)
        self.assertEqual((summary["removed"], summary["complete"]), (0, True))
        self.assertTrue((self.copy / "sub/gone").exists())

    def test_a_file_becomes_a_folder(self):
        (self.remote / "other").unlink()
        self.write("other/inside")
        self.mirror(self.served)
        self.assert_same()

    def test_a_folder_that_has_something_in_it_is_not_replaced(self):
        (self.remote / "away/file").unlink()
        (self.remote / "away").rmdir()
        self.write("away")
        summary = self.mirror(self.served, code=1)
        self.assertEqual(self.statuses(summary), {"away": "refused"})
        self.assertIn("a folder has its name here: move it away", summary["err"])
        self.assertTrue((self.copy / "away/file").exists())

    def test_times_off(self):
        write(self.remote / "same", "this is same", time=TIME + 5)
        summary = self.mirror(self.served, "--times", "off")
        self.assertEqual((summary["fetched"], summary["kept"]), (0, 5))
        begin = time.time() - 2
        self.write("later")
        self.mirror(self.served, "--times", "off")
        self.assertGreater((self.copy / "later").stat().st_mtime, begin)


class Removed(MirrorCase):
    def setUp(self):
        super().setUp()
        self.write("kept", "gone", "sub/kept", "sub/gone", "old/a", "old/b/c")
        self.served = self.server(root=self.remote)
        self.mirror(self.served)
        for path in ("gone", "sub/gone", "old/a", "old/b/c"):
            (self.remote / path).unlink()
        (self.remote / "old/b").rmdir()
        (self.remote / "old").rmdir()

    def test_what_the_server_does_not_have(self):
        summary = self.mirror(self.served, "--delete")
        self.assertEqual(set(self.statuses(summary, "removed")),
                         {"gone", "sub/gone", "old", "old/a", "old/b", "old/b/c"})
        self.assertEqual(summary["removed"], 6)
        self.assert_same()

    def test_a_dry_run_names_the_same(self):
        before = entries(self.copy)
        summary = self.mirror(self.served, "--delete", "--dry-run")
        self.assertEqual(set(self.statuses(summary, "removed")),
                         {"gone", "sub/gone", "old", "old/a", "old/b", "old/b/c"})
        self.assertTrue(summary["dry_run"])
        self.assertEqual(entries(self.copy), before)

    def test_rules_keep_things(self):
        self.mirror(self.served, "--delete", "--exclude", "/old/b/", "--exclude", "/gone")
        self.assertEqual(self.files(), ["gone", "kept", "old/b/c", "sub/kept"])

    def test_not_more_than_is_allowed(self):
        before = entries(self.copy)
        summary = self.mirror(self.served, "--delete", "--max-delete", "5", code=1)
        self.assertIn("6 files and folders would have been, and --max-delete allows 5",
                      summary["err"])
        self.assertEqual((entries(self.copy), summary["complete"]), (before, True))
        self.mirror(self.served, "--delete", "--max-delete", "6")
        self.assert_same()

    def test_never_all_that_is_here(self):
        empty = self.folder / "empty"
        empty.mkdir()
        before = entries(self.copy)
        summary = self.mirror(self.server(root=empty), "--delete", code=1)
        self.assertIn("nothing was removed", summary["err"])
        self.assertEqual(entries(self.copy), before)

    def test_not_after_a_listing_with_gaps(self):
        before = entries(self.copy)
        for rule in ({"reply": "550 no"}, {"cut_after": 10, "end_reply": "451 disk"},
                     {"cut_after": 10, "end_reply": "226 done"},
                     {"listing": ["type=file;size=9;modify=20240102030405; kept", "what is this"]}):
            with self.subTest(rule):
                served = self.server([{"on": "MLSD", "path": "/sub"} | rule], root=self.remote)
                summary = self.mirror(served, "--delete", "--retries", "0", code=1)
                self.assertIn("nothing was removed", summary["err"])
                self.assertTrue(set(before) <= set(entries(self.copy)))

    def test_into_the_trash(self):
        trash = self.folder / "trash"
        self.mirror(self.served, "--delete", "--trash", trash)
        self.assert_same()
        self.assertEqual({path for path, kind in entries(trash).items() if kind[0] == "file"},
                         {"gone", "sub/gone", "old/a", "old/b/c"})
        self.assertEqual((trash / "old/b/c").read_text(), "this is old/b/c")

    def test_the_trash_keeps_what_it_has(self):
        trash = self.folder / "trash"
        write(trash / "gone", "an earlier one")
        self.mirror(self.served, "--delete", "--trash", trash)
        self.assertEqual((trash / "gone").read_text(), "an earlier one")
        self.assertEqual((trash / "gone.1").read_text(), "this is gone")

    def test_a_trash_in_the_mirror_is_refused(self):
        before = entries(self.copy)
        summary = self.mirror(self.served, "--delete", "--trash", self.copy / "trash", code=2)
        self.assertIn("the trash is in the folder that is mirrored into", summary["err"])
        self.assertEqual(entries(self.copy), before)


class Links(MirrorCase):
    """vsftpd tells in its listings where links lead."""

    def setUp(self):
        super().setUp()
        self.served = self.serve(Vsftpd)
        self.remote = self.served.root
        self.write("file", "sub/inside")
        os.symlink("file", self.remote / "link")
        os.symlink("../file", self.remote / "sub/up")
        os.symlink("sub", self.remote / "folder")
        self.outside = write(self.folder / "outside", "not yours")

    def test_are_made_as_they_are(self):
        summary = self.mirror(self.served)
        self.assertEqual((summary["links"], summary["complete"]), (3, True))
        self.assertEqual(differences(self.copy, self.remote), {})
        self.assertEqual(self.statuses(self.mirror(self.served)), {})

    def test_a_link_that_leads_elsewhere_now_is_made_anew(self):
        self.mirror(self.served)
        (self.remote / "link").unlink()
        os.symlink("sub/inside", self.remote / "link")
        self.mirror(self.served)
        self.assertEqual(os.readlink(self.copy / "link"), "sub/inside")

    def test_are_skipped(self):
        self.assertEqual(self.mirror(self.served, "--links", "skip")["left_out"], 3)
        self.assertEqual(self.files(), ["file", "sub/inside"])

    def test_are_followed(self):
        self.mirror(self.served, "--links", "follow")
        self.assertEqual(self.files(), ["file", "folder/inside", "folder/up", "link", "sub/inside",
                                        "sub/up"])
        self.assertEqual((self.copy / "link").read_text(), "this is file")
        self.assertEqual((self.copy / "folder/inside").read_text(), "this is sub/inside")
        self.assertFalse(any(kind[0] == "link" for kind in entries(self.copy).values()))
        self.assertEqual(self.statuses(self.mirror(self.served, "--links", "follow")), {})

    def test_never_out_of_the_tree(self):
        os.symlink("/etc", self.remote / "absolute")
        os.symlink("../../outside", self.remote / "sub/climbs")
        for how in ("copy", "follow"):
            with self.subTest(how):
                summary = self.mirror(self.served, "--links", how, code=1)
                refused = {"absolute", "sub/climbs"}
                # The folder is there twice then.
                refused |= {"folder/climbs"} if how == "follow" else set()
                self.assertEqual(set(self.statuses(summary, "refused")), refused)
                self.assertIn("it is a link out of the tree, to /etc", summary["err"])
                self.assertFalse(os.path.lexists(self.copy / "absolute"))
                self.assertFalse(os.path.lexists(self.copy / "sub/climbs"))

    def test_that_lead_into_themselves(self):
        os.symlink(".", self.remote / "self")
        os.symlink("..", self.remote / "sub/parent")
        summary = self.mirror(self.served, "--links", "follow", code=1)
        self.assertTrue({"self", "sub/parent"} <= set(self.statuses(summary, "refused")), summary)
        self.assertIn("it is a link to a folder that it is in itself", summary["err"])
        self.assertTrue((self.copy / "folder/inside").exists())

    def test_that_lead_nowhere(self):
        os.symlink("missing", self.remote / "broken")
        self.assertTrue(self.mirror(self.served)["complete"])
        self.assertEqual(os.readlink(self.copy / "broken"), "missing")
        (self.copy / "broken").unlink()
        summary = self.mirror(self.served, "--links", "follow", code=1)
        self.assertEqual(self.statuses(summary, "denied"), {"broken": "denied"})

    def test_a_local_link_is_never_written_through(self):
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        self.copy.mkdir()
        os.symlink(elsewhere, self.copy / "sub")
        os.symlink(self.outside, self.copy / "file")
        self.mirror(self.served)
        self.assertEqual(differences(self.copy, self.remote), {})
        self.assertEqual((list(elsewhere.iterdir()), self.outside.read_text()), ([], "not yours"))

    def test_permissions(self):
        (self.remote / "file").chmod(0o604)
        (self.remote / "sub/inside").chmod(0o644)
        self.mirror(self.served, "--permissions")
        self.assertEqual((self.copy / "file").stat().st_mode & 0o7777, 0o604)
        (self.remote / "file").chmod(0o754)
        summary = self.mirror(self.served, "--permissions")
        self.assertEqual(summary["fetched"], 0)
        self.assertEqual((self.copy / "file").stat().st_mode & 0o7777, 0o754)


class Manifest(MirrorCase):
    def setUp(self):
        super().setUp()
        self.write("a", "sub/b", "sub/c")
        self.served = self.server(root=self.remote)
        self.manifest = self.folder / "m.jsonl"
        self.mirror(self.served, "--manifest", self.manifest)

    def verify(self, code):
        result = self.get("verify", "--manifest", self.manifest, self.copy, code=code)
        return result.out + result.err

    def spoil(self, path, content):
        """With the size and the time that it had."""
        before = (self.copy / path).stat()
        write(self.copy / path, content, before.st_mtime)
        self.assertEqual((self.copy / path).stat().st_size, before.st_size)

    def test_what_is_in_it(self):
        lines = json_lines(self.manifest.read_text())
        files = {line["path"]: line for line in lines if "path" in line}
        self.assertEqual(sorted(files), ["a", "sub/b", "sub/c"])
        self.assertEqual(files["sub/b"]["size"], len("this is sub/b"))
        self.assertEqual(len(files["sub/b"]["xxh3_128"]), 32)

    def test_verify_without_the_server(self):
        self.served.stop()
        self.assertIn("all 3 files are as the manifest says", self.verify(0))
        self.spoil("sub/b", "THIS is sub/b")
        (self.copy / "sub/c").unlink()
        write(self.copy / "a", "longer than it was")
        said = self.verify(7)
        for line in ("sub/b: has other content", "sub/c: missing", "a: has another size"):
            self.assertIn(line, said)
        self.assertIn("3 of 3 files are not as the manifest says", said)

    def test_checksum_fetches_what_is_spoilt(self):
        self.spoil("sub/b", "THIS is sub/b")
        self.assertEqual(self.mirror(self.served, "--manifest", self.manifest)["fetched"], 0)
        summary = self.mirror(self.served, "--manifest", self.manifest, "--checksum")
        self.assertEqual(self.statuses(summary), {"sub/b": "fetched"})
        self.assert_same()
        self.verify(0)

    def test_the_second_time_it_still_has_all_digests(self):
        self.write("new")
        self.mirror(self.served, "--manifest", self.manifest)
        self.assertIn("all 4 files are as the manifest says", self.verify(0))

    def test_within_the_mirror_it_is_not_removed(self):
        inside = self.copy / "m.jsonl"
        self.mirror(self.served, "--manifest", inside)
        self.mirror(self.served, "--manifest", inside, "--delete")
        self.assert_same(but=["m.jsonl"])
        self.assertTrue(inside.exists())

    def test_a_dry_run_writes_none(self):
        before = self.manifest.read_bytes()
        self.write("new")
        self.mirror(self.served, "--manifest", self.manifest, "--dry-run")
        self.assertEqual(self.manifest.read_bytes(), before)

    def test_one_that_is_none(self):
        self.manifest.write_text("rubbish\n")
        self.verify(7)
        self.manifest.unlink()
        self.verify(5)
