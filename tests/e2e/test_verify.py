"""ftpull verify: finds what the disk has lost, and fetches only that again."""

import signal

from harness import Case, MIB, json_lines, wait_until

SIZE = 32 * MIB
FILE = ("a.bin", SIZE, 3)


class Verify(Case):
    def damage(self, name, *places):
        with open(self.folder / name, "r+b") as file:
            for place in places:
                file.seek(place)
                byte = file.read(1)
                file.seek(place)
                file.write(bytes([byte[0] ^ 1]))

    def fetched(self):
        server = self.server(files=[FILE])
        self.get(server.url("a.bin"), "--keep-digests")
        self.assert_generated("a.bin", SIZE, 3)
        return server

    def unfinished(self):
        server = self.server({"rate": 16 * MIB}, files=[FILE])
        running = self.start(server.url("a.bin"))

        def enough():
            result = self.run_it("status", "--json", "a.bin")
            return result.code == 0 and json_lines(result.out)[0]["done_bytes"] >= SIZE // 4
        wait_until(enough, "a quarter of the file")
        running.send_signal(signal.SIGKILL)
        running.wait()
        return server

    def damage_part(self):
        """In its first whole segment, whose begin is returned."""
        line, = json_lines(self.get("status", "--json", "a.bin").out)
        begin = line["map"].index("#") * line["segment_bytes"]
        self.damage("a.bin.part", begin + 100)
        return begin

    def verify(self, *args, code=0):
        line, = json_lines(self.get("verify", "--json", *args, code=code).out)
        return line

    def test_a_sound_file(self):
        self.fetched()
        line = self.verify("a.bin")
        self.assertEqual((line["ok"], line["checked_bytes"], line["bad"]), (True, SIZE, []))

    def test_bad_ranges_are_named_and_repaired(self):
        server = self.fetched()
        self.damage("a.bin", 5 * MIB, 5 * MIB + 300_000, SIZE - 1)
        line = self.verify("a.bin", code=7)
        self.assertEqual(line["bad"], [{"begin": 5 * MIB, "end": 5 * MIB + 512 * 1024},
                                       {"begin": SIZE - 256 * 1024, "end": SIZE}])
        repair = self.verify("--repair", server.url("a.bin"), "a.bin")["repair"]
        self.assertEqual(repair["fetched_bytes"], 768 * 1024)
        self.assert_generated("a.bin", SIZE, 3)
        self.assertTrue(self.verify("a.bin")["ok"])

    def test_a_killed_repair_is_an_unfinished_download(self):
        server = self.fetched()
        slow = self.server({"rate": 512 * 1024}, files=[FILE])
        self.damage("a.bin", *range(0, SIZE, MIB))
        running = self.start("verify", "--repair", slow.url("a.bin"), "a.bin")
        slow.wait_for("data_open", 1)
        running.send_signal(signal.SIGKILL)
        running.wait()
        self.assertFalse((self.folder / "a.bin").exists())
        self.get(slow.url("a.bin"), timeout=120)
        self.assert_generated("a.bin", SIZE, 3)
        self.assertTrue(self.verify("a.bin")["ok"])
        del server

    def test_what_is_not_the_same_repairs_nothing(self):
        self.fetched()
        other = self.server(files=[("a.bin", SIZE, 4)])
        for place in (5 * MIB, 100):
            self.damage("a.bin", place)
            before = (self.folder / "a.bin").read_bytes()
            line = self.verify("--repair", other.url("a.bin"), "a.bin", code=7)
            self.assertEqual(line["repair"]["error"]["kind"], "changed")
            self.assertEqual((self.folder / "a.bin").read_bytes(), before)
        self.assert_nothing_unfinished(self.folder / "a.bin")
        shorter = self.server(files=[("a.bin", SIZE - 1, 3)])
        self.get("verify", "--repair", shorter.url("a.bin"), "a.bin", code=7)

    def test_an_unfinished_download(self):
        server = self.unfinished()
        self.assertTrue(self.verify("a.bin")["ok"])
        begin = self.damage_part()
        self.assertEqual(self.verify("a.bin", code=7)["bad"],
                         [{"begin": begin, "end": begin + 256 * 1024}])
        self.get("verify", "--repair", server.url("a.bin"), "a.bin")
        self.assert_generated("a.bin", SIZE, 3)

    def test_a_server_that_cannot_start_inside_a_file_repairs_nothing(self):
        self.fetched()
        self.damage("a.bin", 5 * MIB)
        other = self.server([{"on": "REST", "reply": "502 no"}], files=[FILE])
        self.get("verify", "--repair", other.url("a.bin"), "a.bin", code=7)
        self.assertEqual(len(self.verify("a.bin", code=7)["bad"]), 1)

    def test_a_download_from_elsewhere_is_not_repaired(self):
        server = self.unfinished()
        self.damage_part()
        mirror = self.server(files=[FILE])
        result = self.get("verify", "--repair", mirror.url("a.bin"), "a.bin", code=2)
        self.assertIn(server.url("a.bin"), result.err)
        self.assertTrue((self.folder / "a.bin.part").exists())

    def test_digests_that_are_lost_are_missed(self):
        self.fetched()
        digests = self.folder / "a.bin.digests"
        content = bytearray(digests.read_bytes())
        content[-80:] = bytes(80)
        digests.write_bytes(content)
        line = self.verify("a.bin", code=7)
        self.assertEqual(line["error"]["kind"], "corrupt")

    def test_a_repair_that_was_killed_is_not_lost_when_the_server_has_the_file_no_more(self):
        server = self.server({"rate": 16 * MIB}, files=[("a.bin", 200 * 1024, 3)])
        self.get(server.url("a.bin"), "--keep-digests")
        self.damage("a.bin", 100)
        slow = self.server({"rate": 64 * 1024}, files=[("a.bin", 200 * 1024, 3)])
        running = self.start("verify", "--repair", slow.url("a.bin"), "a.bin")
        slow.wait_for("data_open", 1)
        running.send_signal(signal.SIGKILL)
        running.wait()
        gone = self.server([{"on": "RETR", "reply": "550 No such file."}],
                           files=[("a.bin", 200 * 1024, 3)])
        self.run_it(gone.url("a.bin"), "--retries", "0")
        self.assertTrue(any((self.folder / name).exists() and
                            (self.folder / name).stat().st_size == 200 * 1024
                            for name in ("a.bin", "a.bin.part", "a.bin.part.old-1")))

    def test_without_digests(self):
        server = self.server(files=[FILE])
        self.get(server.url("a.bin"))
        self.assertIn("--keep-digests", self.get("verify", "a.bin", code=5).err)

    def test_digests_of_a_file_of_unknown_size(self):
        server = self.server([{"on": "SIZE", "reply": "500 What?"}], files=[FILE])
        self.get(server.url("a.bin"), "--keep-digests")
        self.assertTrue(self.verify("a.bin")["ok"])
