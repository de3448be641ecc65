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
        self.damage("a.bin", 5 * MIB)
        other = self.server(files=[("a.bin", SIZE, 4)])
        line = self.verify("--repair", other.url("a.bin"), "a.bin", code=7)
        self.assertEqual(line["repair"]["error"]["kind"], "changed")
        self.assertEqual(self.verify("a.bin", code=7)["bad"][0]["begin"], 5 * MIB)
        self.assert_nothing_unfinished(self.folder / "a.bin")
        shorter = self.server(files=[("a.bin", SIZE - 1, 3)])
        self.get("verify", "--repair", shorter.url("a.bin"), "a.bin", code=7)

    def test_an_unfinished_download(self):
        server = self.unfinished()
        self.assertTrue(self.verify("a.bin")["ok"])
        self.damage("a.bin.part", 100)
        self.assertEqual(self.verify("a.bin", code=7)["bad"][0]["begin"], 0)
        self.get("verify", "--repair", server.url("a.bin"), "a.bin")
        self.assert_generated("a.bin", SIZE, 3)

    def test_a_server_that_cannot_start_inside_a_file_repairs_nothing(self):
        self.fetched()
        self.damage("a.bin", 5 * MIB)
        other = self.server([{"on": "REST", "reply": "502 no"}], files=[FILE])
        self.get("verify", "--repair", other.url("a.bin"), "a.bin", code=7)
        self.assertEqual(len(self.verify("a.bin", code=7)["bad"]), 1)

    def test_without_digests(self):
        server = self.server(files=[FILE])
        self.get(server.url("a.bin"))
        self.assertIn("--keep-digests", self.get("verify", "a.bin", code=5).err)

    def test_digests_of_a_file_of_unknown_size(self):
        server = self.server([{"on": "SIZE", "reply": "500 What?"}], files=[FILE])
        self.get(server.url("a.bin"), "--keep-digests")
        self.assertTrue(self.verify("a.bin")["ok"])
