"""The scripted server: what it can do wrong on the control connection."""

from ftp_client import Client, Stopwatch, read_all, read_exactly
from harness import Case, KIB, MIB, generated

SMALL = ("a.bin", 100_000, 7)
CONTENT = generated(100_000, 7)


class Replies(Case):
    def client(self, script, login=True, files=(SMALL,)):
        return self.enterContext(Client(self.server(script, files), login))

    def test_reply_in_place_of_the_command(self):
        client = self.client([{"on": "SIZE", "reply": "500 ?"}, {"on": "REST", "reply": "502 no"},
                              {"on": ["MDTM", "FEAT"], "reply": "550-a\r\n550 b"}])
        self.assertEqual(client.ask("SIZE a.bin"), "500 ?")
        self.assertEqual(client.ask("MDTM a.bin"), "550-a\n550 b")
        self.assertEqual(client.ask("FEAT"), "550-a\n550 b")
        self.assertEqual(client.retrieve("a.bin", rest=5)[0], CONTENT)

    def test_any_byte(self):
        client = self.client([{"on": "NOOP", "reply": "200 \u0000\u00ff\u0001\n"}])
        self.assertEqual(client.ask("NOOP"), "200 \x00\xff\x01")

    def test_refused_retr_closes_the_data_port(self):
        client = self.client([{"on": "RETR", "times": 1, "reply": "550 No such file"}])
        with client.connect_data() as data:
            client.ask("REST 7")
            self.assertEqual(client.ask("RETR a.bin"), "550 No such file")
            self.assertEqual(read_all(data), b"")
        self.assertEqual(client.retrieve("a.bin")[0], CONTENT)

    def test_perform_with_another_reply(self):
        client = self.client([{"on": "REST", "reply": "200 fine", "perform": True}])
        self.assertEqual(client.ask("REST 90000"), "200 fine")
        self.assertEqual(client.retrieve("a.bin")[0], CONTENT[90_000:])

    def test_silent(self):
        client = self.client([{"on": "NOOP", "silent": True}])
        client.send("NOOP")
        self.assertTrue(client.silent_for(0.1))
        self.assertTrue(client.ask("SYST").startswith("215"))

    def test_text_before_and_after(self):
        client = self.client([{"on": "NOOP", "before": "120 wait", "after": "226 again"}])
        self.assertEqual([client.ask("NOOP")[:3], client.read(), client.read()],
                         ["120", "200 NOOP ok.", "226 again"])

    def test_greetings(self):
        client = self.client([{"on": "greeting", "before": "120 wait"}], login=False)
        self.assertEqual([client.read(), client.read()[:3]], ["120 wait", "220"])
        client = self.client([{"on": "greeting", "reply": "230 already in"}], login=False)
        self.assertEqual(client.read(), "230 already in")
        self.assertTrue(client.ask("SIZE a.bin").startswith("213"))
        client = self.client([{"on": "greeting", "reply": "421 too many", "close_after": "fin"}],
                             login=False)
        self.assertEqual([client.read(), client.ended()], ["421 too many", "fin"])

    def test_logged_in_after_user(self):
        client = self.client([{"on": "USER", "reply": "230 welcome"}], login=False)
        client.read()
        client.ask("USER x")
        self.assertTrue(client.ask("SIZE a.bin").startswith("213"))

    def test_delay(self):
        client = self.client([{"on": "NOOP", "delay_ms": 200}])
        with Stopwatch() as watch:
            client.ask("NOOP")
        self.assertGreaterEqual(watch.seconds, 0.19)

    def test_bytewise(self):
        client = self.client([{"on": "NOOP", "reply": "200 " + "x" * 14, "bytewise_ms": 10}])
        with Stopwatch() as watch:
            self.assertEqual(client.ask("NOOP"), "200 " + "x" * 14)
        self.assertGreaterEqual(watch.seconds, 0.18)
        client = self.client([{"on": "NOOP", "bytewise_ms": 0}])
        self.assertEqual(client.ask("NOOP"), "200 NOOP ok.")

    def test_close_before_and_after(self):
        for how in ("fin", "rst"):
            client = self.client([{"on": "NOOP", "close_before": how}])
            client.send("NOOP")
            self.assertEqual(client.ended(), how)
            client = self.client([{"on": "NOOP", "close_after": how}])
            client.send("NOOP")
            if how == "fin":
                self.assertTrue(client.read().startswith("200"))
            else:  # a reset may overtake the reply
                try:
                    client.read()
                except ConnectionResetError:
                    continue
            self.assertEqual(client.ended(), how)

    def test_floods_only_as_fast_as_it_is_read(self):
        for text in ("220-banner\r\n", "no line end "):
            server = self.server([{"on": "greeting", "flood": text}])
            with Client(server, login=False) as client:
                got = read_exactly(client.control, 4 * MIB)
                self.assertTrue(got.startswith(text.encode() * 100))
                status = open(f"/proc/{server.process.pid}/status").read()
                resident = int(status.split("VmRSS:")[1].split()[0]) * KIB
                self.assertLess(resident, 64 * MIB)
            server.wait_for("close")

    def test_features(self):
        client = self.client({"features": ["SIZE", "MDTM"]})
        self.assertEqual(client.ask("FEAT"), "211-Features:\n SIZE\n MDTM\n211 End")

    def test_login(self):
        script = {"user": "bob", "password": "secret", "account": "a1"}
        client = self.client(script, login=False)
        client.read()
        for user, password, reply in [("anonymous", "x", "530"), ("bob", "x", "530"),
                                      ("bob", "secret", "332")]:
            client.ask(f"USER {user}")
            self.assertTrue(client.ask(f"PASS {password}").startswith(reply))
        self.assertTrue(client.ask("ACCT wrong").startswith("530"))
        self.assertTrue(client.ask("ACCT a1").startswith("230"))
        self.assertTrue(client.ask("PWD").startswith("257"))
