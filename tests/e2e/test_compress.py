"""--compress with a server that can (ProFTPD), one that cannot, and one that only says so."""

from harness import Case, MIB, json_lines
from servers.proftpd import ProFtpd
from servers.vsftpd import Vsftpd

# Words of which a few hundred kB are sent, in place of 24 MB.
TEXT = b"".join(b"%d and the same words as before\n" % number for number in range(600_000))


class Compress(Case):
    def serve_text(self, **how):
        server = self.serve(ProFtpd, deflate=True, **how)
        (server.root / "a.txt").write_bytes(TEXT)
        return server

    def assert_text(self, name="a.txt"):
        self.assertEqual((self.folder / name).read_bytes(), TEXT)
        self.assert_nothing_unfinished(self.folder / name)

    def test_ranges_count_plain_bytes(self):  # N1, N3, N6
        for number in ("1", "4", "auto"):
            with self.subTest(number):
                server = self.serve_text()
                self.get("-n", number, "--compress", "-o", number, server.url("a.txt"))
                self.assert_text(number)
                server.wait_until_idle()
                plain = sum(transfer[0] for transfer in server.deflated())
                sent = sum(transfer[1] for transfer in server.deflated())
                self.assertGreaterEqual(plain, len(TEXT))
                self.assertLess(sent, plain / 3)

    def test_without_the_option_nothing_is_compressed(self):  # N4
        server = self.serve_text()
        self.get(server.url("a.txt"))
        self.assert_text()
        server.wait_until_idle()
        self.assertEqual(server.deflated(), [])

    def test_a_killed_one_goes_on_with_or_without(self):
        for name, first, then in (("with", ["--compress"], []), ("without", [], ["--compress"])):
            with self.subTest(name):
                server = self.serve_text()
                what = ["-n", "4", server.url("a.txt"), "-o", name]
                run = self.start(*what, *first, "--limit-rate", f"{8 * MIB}")
                self.assertTrue(run.kill_after(1.2))
                run.wait()
                line, = json_lines(self.get(*what, *then, "--json").out)
                self.assertGreater(line["resumed_bytes"], 0)
                self.assert_text(name)

    def test_an_empty_file_and_a_listing(self):
        server = self.serve_text()
        (server.root / "empty").touch()
        self.get("--compress", server.url("empty"))
        self.assertEqual((self.folder / "empty").read_bytes(), b"")
        names = self.get("ls", "--compress", server.url("")).out
        self.assertEqual(names, "a.txt\nempty\n")
        server.wait_until_idle()
        self.assertTrue(server.deflated())

    def test_where_it_is_not_offered_nothing_changes(self):  # N8
        server = self.serve(Vsftpd)
        (server.root / "a.txt").write_bytes(TEXT)
        result = self.get("-v", "--compress", server.url("a.txt"))
        self.assertNotIn("MODE Z", result.err)
        self.assert_text()

    def test_who_agrees_and_does_not_do_it_is_taken_at_its_deed(self):  # N5
        server = self.server([{"on": "FEAT", "reply": "211-Features:\r\n MODE Z\r\n211 End"},
                              {"on": "MODE", "reply": "200 OK"}], [("a.bin", 20 * MIB, 3)])
        self.get("-n", "4", "--compress", server.url("a.bin"))
        self.assert_generated("a.bin", 20 * MIB, 3)
        self.assertLessEqual(len(server.commands("MODE")), 8)
