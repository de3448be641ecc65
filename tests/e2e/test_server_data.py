"""The scripted server: what it can do wrong with data connections and offsets."""

import socket

from ftp_client import Client, Stopwatch, read_all, read_exactly
from harness import Case, MIB, generated

SMALL = ("a.bin", 100_000, 7)
CONTENT = generated(100_000, 7)
BIG = ("big.bin", 64 * MIB)


class Passive(Case):
    def client(self, rule):
        return self.enterContext(Client(self.server([rule], [SMALL])))

    def test_wrong_host(self):
        client = self.client({"on": "PASV", "pasv_host": "10.9.8.7"})
        self.assertIn("(10,9,8,7,", client.ask("PASV"))

    def test_refused_epsv(self):
        client = self.client({"on": "EPSV", "reply": "500 EPSV?"})
        self.assertEqual(client.ask("EPSV"), "500 EPSV?")
        self.assertTrue(client.ask("PASV").startswith("227"))

    def test_dead_port(self):
        client = self.client({"on": "EPSV", "times": 1, "dead_port": True})
        port = client.passive_port()
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        self.assertEqual(client.retrieve("a.bin")[0], CONTENT)

    def test_late_accept(self):
        client = self.client({"on": "EPSV", "accept_delay_ms": 200})
        with Stopwatch() as watch:
            self.assertEqual(client.retrieve("a.bin")[0], CONTENT)
        self.assertGreaterEqual(watch.seconds, 0.19)


class Data(Case):
    def client(self, rule, files=(SMALL,), **settings):
        self.scripted = self.server(settings | {"rules": [{"on": ["RETR", "NLST"]} | rule]}, files)
        return self.enterContext(Client(self.scripted))

    def test_cuts(self):
        client = self.client({"cut_after": 1000})
        data, reply = client.retrieve("a.bin", rest=500)
        self.assertEqual((data, reply[:3]), (CONTENT[500:1500], "426"))
        client = self.client({"cut_at": 1000})
        self.assertEqual(client.retrieve("a.bin", rest=500)[0], CONTENT[500:1000])
        self.assertEqual(client.retrieve("a.bin", rest=2000)[0], CONTENT[2000:])
        self.assertEqual([t["ended"] for t in self.scripted.transfers()], ["cut", "complete"])

    def test_cut_with_another_reply(self):
        client = self.client({"cut_after": 1000, "end_reply": "226 all fine"})
        data, reply = client.retrieve("a.bin")
        self.assertEqual((len(data), reply), (1000, "226 all fine"))
        client = self.client({"cut_after": 1000, "end_reply": ""})
        with client.connect_data() as data:
            client.ask("RETR a.bin")
            self.assertEqual(len(read_all(data)), 1000)
        self.assertTrue(client.silent_for(0.1))

    def test_cut_with_a_reset(self):
        client = self.client({"cut_after": 1000, "cut_with_rst": True})
        with client.connect_data() as data:
            client.ask("RETR a.bin")
            with self.assertRaises(ConnectionResetError):
                while read_all(data):
                    pass

    def test_cut_and_the_control_connection_too(self):
        client = self.client({"cut_after": 1000, "end_reply": "", "close_after": "fin"})
        with client.connect_data() as data:
            client.ask("RETR a.bin")
            self.assertEqual(len(read_all(data)), 1000)
        self.assertEqual(client.ended(), "fin")

    def test_stall_for_ever(self):
        for key in ("stall_after", "stall_at"):
            client = self.client({key: 1000})
            with client.connect_data() as data:
                client.ask("RETR a.bin")
                self.assertEqual(read_exactly(data, 1000), CONTENT[:1000])
                data.settimeout(0.1)
                with self.assertRaises(TimeoutError):
                    data.recv(1)
            self.assertTrue(client.read().startswith("426"))

    def test_stall_for_a_time(self):
        client = self.client({"stall_after": 1000, "stall_ms": 200})
        with Stopwatch() as watch:
            self.assertEqual(client.retrieve("a.bin")[0], CONTENT)
        self.assertGreaterEqual(watch.seconds, 0.19)

    def test_rate_of_one_connection(self):
        client = self.client({"rate": 200_000, "session": 1})
        with Stopwatch() as watch:
            self.assertEqual(client.retrieve("a.bin")[0], CONTENT)
        self.assertTrue(0.35 < watch.seconds < 2, watch.seconds)

    def test_rate_of_the_server(self):
        client = self.client({}, rate=200_000)
        other = self.enterContext(Client(self.scripted))
        with client.connect_data() as first, other.connect_data() as second, Stopwatch() as watch:
            client.send("RETR a.bin")
            other.send("RETR a.bin")
            self.assertEqual([read_all(first), read_all(second)], [CONTENT, CONTENT])
        self.assertTrue(0.8 < watch.seconds < 3, watch.seconds)

    def test_extra_bytes(self):
        client = self.client({"extra_bytes": 300_000})
        self.assertEqual(client.retrieve("a.bin")[0], CONTENT + b"X" * 300_000)
        self.assertEqual(client.retrieve("a.bin", rest=99_999)[0], CONTENT[-1:] + b"X" * 300_000)

    def test_garbage(self):
        client = self.client({"garbage_from": 60_000})
        inverted = bytes(byte ^ 0xFF for byte in CONTENT)
        self.assertEqual(client.retrieve("a.bin")[0], CONTENT[:60_000] + inverted[60_000:])
        self.assertEqual(client.retrieve("a.bin", rest=70_000)[0], inverted[70_000:])

    def test_start_and_end_replies(self):
        client = self.client({"start_reply": "125 here", "end_reply": "250 there"})
        with client.connect_data() as data:
            self.assertEqual(client.ask("RETR a.bin"), "125 here")
            read_all(data)
        self.assertEqual(client.read(), "250 there")
        client = self.client({"start_reply": "", "end_reply": ""})
        with client.connect_data() as data:
            client.send("RETR a.bin")
            self.assertEqual(read_all(data), CONTENT)
        self.assertTrue(client.silent_for(0.1))

    def test_end_first(self):
        client = self.client({"end_first": True, "stall_after": 10}, [BIG])
        with client.connect_data():
            self.assertEqual([client.ask("RETR big.bin")[:3], client.read()[:3]], ["150", "226"])

    def test_end_first_is_said_once(self):
        client = self.client({"end_first": True})
        self.assertEqual(client.retrieve("a.bin")[0], CONTENT)
        self.assertTrue(client.ask("NOOP").startswith("200"))

    def test_late_end(self):
        client = self.client({"end_delay_ms": 200})
        with client.connect_data() as data:
            client.ask("RETR a.bin")
            read_all(data)
            with Stopwatch() as watch:
                self.assertTrue(client.read().startswith("226"))
        self.assertGreaterEqual(watch.seconds, 0.15)

    def test_listings_can_be_cut_too(self):
        client = self.client({"cut_after": 3})
        data, reply = client.retrieve("", verb="NLST")
        self.assertEqual((data, reply[:3]), (b"a.b", "426"))


class EarlyClose(Case):
    def close_early(self, rule):
        client = self.enterContext(Client(self.server([{"on": "RETR"} | rule], [BIG])))
        with client.connect_data() as data:
            client.ask("RETR big.bin")
            read_exactly(data, 1000)
        return client

    def test_other_replies(self):
        for reply in ("226 ok", "451 local error", "150 4.6 seconds (measured here)"):
            self.assertEqual(self.close_early({"abort_reply": reply}).read(), reply)

    def test_no_reply(self):
        client = self.close_early({"abort_reply": ""})
        self.assertTrue(client.silent_for(0.1))
        self.assertTrue(client.ask("NOOP").startswith("200"))

    def test_the_control_connection_ends(self):
        client = self.close_early({"abort_reply": "", "abort_close": "fin"})
        self.assertEqual(client.ended(), "fin")
        self.assertEqual(self.close_early({"abort_reply": "", "abort_close": "rst"}).ended(), "rst")

    def test_stays_when_the_client_does_not_close(self):
        server = self.server([{"on": "RETR", "abort_close": "fin"}], [SMALL])
        with Client(server) as client:
            client.retrieve("a.bin")
            self.assertTrue(client.ask("NOOP").startswith("200"))


class Offsets(Case):
    def client(self, rule):
        self.scripted = self.server([{"on": "RETR"} | rule], [SMALL])
        return self.enterContext(Client(self.scripted))

    def test_ignored(self):
        client = self.client({"rest_ignored": True})
        self.assertEqual(client.retrieve("a.bin", rest=500)[0], CONTENT)
        end = self.scripted.wait_for("data_close")[0]
        self.assertEqual((end["rest"], end["offset"]), (500, 0))

    def test_shifted(self):
        for shift, begin in [(8, 508), (-8, 492), (-1000, 0)]:
            client = self.client({"rest_shift": shift})
            self.assertEqual(client.retrieve("a.bin", rest=500)[0], CONTENT[begin:])

    def test_wrapped(self):
        client = self.client({"rest_modulo": 65_536})
        self.assertEqual(client.retrieve("a.bin", rest=70_000)[0], CONTENT[4464:])

    def test_kept(self):
        client = self.client({"rest_kept": True})
        client.retrieve("a.bin", rest=500)
        self.assertEqual(client.retrieve("a.bin")[0], CONTENT[500:])
