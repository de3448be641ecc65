"""The scripted server by itself: good without a script; its rules and caps."""

import ftplib
import io
import os
import signal
import socket
import subprocess

from ftp_client import Client, read_all, read_exactly, reset
from harness import Case, GIB, MIB, Server, TEST_SERVER, generated, make_file

SMALL = ("a.bin", 100_000, 7)
CONTENT = generated(100_000, 7)
BIG = ("big.bin", 64 * MIB)


class WithoutScript(Case):
    def ftp(self, server):
        ftp = ftplib.FTP(timeout=10)
        ftp.connect(server.address, server.port)
        ftp.login()
        self.addCleanup(ftp.close)
        return ftp

    def fetch(self, ftp, path, rest=None):
        data = io.BytesIO()
        ftp.retrbinary(f"RETR {path}", data.write, rest=rest)
        return data.getvalue()

    def test_generated_files_hold_what_the_readme_says(self):
        ftp = self.ftp(self.server(files=[SMALL]))
        self.assertEqual(self.fetch(ftp, "a.bin"), CONTENT)
        self.assertEqual(self.fetch(ftp, "a.bin", rest=12_345), CONTENT[12_345:])
        self.assertEqual(self.fetch(ftp, "a.bin", rest=100_000), b"")
        self.assertEqual(make_file(self.folder / "copy", 100_000, 7).read_bytes(), CONTENT)

    def test_serves_a_folder(self):
        (self.folder / "sub").mkdir()
        (self.folder / "sub/x").write_bytes(b"hello")
        os.utime(self.folder / "sub/x", (1_600_000_000, 1_600_000_000))
        ftp = self.ftp(self.server(root=self.folder, files=[("gen/y", 5)]))
        self.assertEqual(sorted(ftp.nlst()), ["gen", "sub"])
        self.assertEqual(self.fetch(ftp, "/sub/x"), b"hello")
        ftp.cwd("sub")
        self.assertEqual(ftp.pwd(), "/sub")
        self.assertEqual(ftp.size("x"), 5)
        self.assertEqual(ftp.sendcmd("MDTM x"), "213 20200913122640")
        self.assertEqual(list(ftp.mlsd()),
                         [("x", {"type": "file", "size": "5", "modify": "20200913122640"})])
        self.assertIn("size=5", ftp.sendcmd("MLST x"))
        lines = []
        ftp.retrlines("LIST", lines.append)
        self.assertEqual(len(lines), 1)
        self.assertRegex(lines[0], r"^-rw.* 5 Sep 13  2020 x$")
        ftp.sendcmd("CDUP")
        self.assertEqual(ftp.pwd(), "/")
        self.assertEqual(ftp.nlst("gen"), ["y"])

    def test_nothing_outside_the_root(self):
        inside = self.folder / "root"
        inside.mkdir()
        (self.folder / "secret").write_bytes(b"no")
        (inside / "x").write_bytes(b"yes")
        (inside / "link").symlink_to(self.folder / "secret")
        with Client(self.server(root=inside)) as client:
            for path in ("../secret", "/../secret", "../x", "link"):
                self.assertTrue(client.ask(f"SIZE {path}").startswith("550"), path)
                self.assertTrue(client.retrieve(path)[1].startswith("550"), path)

    def test_small_commands(self):
        with Client(self.server(files=[SMALL])) as client:
            for line, reply in [
                    ("SYST", "215"), ("FEAT", "211"), ("TYPE I", "200"), ("TYPE A", "200"),
                    ("TYPE E", "504"), ("MODE S", "200"), ("MODE Z", "504"), ("STRU F", "200"),
                    ("NOOP", "200"), ("noop", "200"), ("OPTS UTF8 ON", "200"), ("ABOR", "225"),
                    ("XYZZY", "502"), ("REST x", "501"), ("RETR a.bin", "425"), ("REST 5", "350"),
                    ("CWD nowhere", "550"), ("SIZE a.bin", "213"), ("QUIT", "221")]:
                self.assertTrue(client.ask(line).startswith(reply), line)
            self.assertEqual(client.ended(), "fin")

    def test_wants_a_login(self):
        with Client(self.server(files=[SMALL]), login=False) as client:
            self.assertTrue(client.read().startswith("220"))
            self.assertTrue(client.ask("SIZE a.bin").startswith("530"))
            client.ask("USER bob")
            self.assertTrue(client.ask("PASS x").startswith("530"))

    def test_pasv_names_the_port(self):
        server = self.server(files=[SMALL])
        with Client(server) as client:
            numbers = client.ask("PASV").split("(")[1].split(")")[0].split(",")
            self.assertEqual(numbers[:4], ["127", "0", "0", "1"])
            port = int(numbers[4]) * 256 + int(numbers[5])
            with socket.create_connection(("127.0.0.1", port)) as data:
                client.ask("RETR a.bin")
                self.assertEqual(read_all(data), CONTENT)

    def test_ipv6(self):
        with Client(self.server(files=[SMALL], listen="::1")) as client:
            self.assertTrue(client.ask("PASV").startswith("425"))
            self.assertEqual(client.retrieve("a.bin")[0], CONTENT)

    def test_early_close_gets_426_and_the_session_goes_on(self):
        server = self.server(files=[BIG])
        with Client(server) as client:
            for _ in range(2):
                data = client.connect_data()
                self.assertTrue(client.ask("RETR big.bin").startswith("150"))
                read_exactly(data, 1000)
                data.close()
                self.assertTrue(client.read().startswith("426"))
        ends = server.wait_for("data_close", 2)
        self.assertEqual([end["ended"] for end in ends], ["client_closed"] * 2)
        self.assertTrue(all(1000 <= end["bytes"] < 64 * MIB for end in ends), ends)

    def test_pipelined_commands_are_answered_in_order(self):
        with Client(self.server(files=[BIG])) as client:
            data = client.connect_data()
            client.send("RETR big.bin\r\nEPSV\r\nNOOP")
            self.assertTrue(client.read().startswith("150"))
            reset(data)
            self.assertEqual([client.read()[:3] for _ in range(3)], ["426", "229", "200"])

    def test_abor_ends_a_transfer(self):
        for script, replies in [(None, ["426", "226"]), ({"abor_waits": True}, ["426", "225"])]:
            with Client(self.server(script, files=[BIG])) as client:
                data = client.connect_data()
                client.ask("RETR big.bin")
                client.send("ABOR")
                if script:
                    self.assertTrue(client.silent_for(0.1))
                    data.close()
                self.assertEqual([client.read()[:3] for _ in range(2)], replies)
                data.close()

    def test_rest_beyond_the_end_is_refused(self):
        with Client(self.server(files=[SMALL])) as client:
            self.assertTrue(client.retrieve("a.bin", rest=100_001)[1].startswith("554"))
            self.assertEqual(client.retrieve("a.bin")[0], CONTENT)

    def test_offsets_beyond_4_gib(self):
        with Client(self.server(files=[("huge", 5 * GIB, 3)])) as client:
            at = 5 * GIB - 1000
            self.assertEqual(client.ask("SIZE huge"), f"213 {5 * GIB}")
            self.assertEqual(client.retrieve("huge", rest=at)[0], generated(1000, 3, at))

    def test_fifty_sessions_at_once(self):
        server = self.server(files=[SMALL])
        clients = [self.enterContext(Client(server)) for _ in range(50)]
        datas = [client.connect_data() for client in clients]
        for client in clients:
            client.send("RETR a.bin")
        for client, data in zip(clients, datas):
            self.assertEqual(read_all(data), CONTENT)
            data.close()
        self.assertEqual(server.sessions(), 50)

    def test_the_log_tells_it_all(self):
        server = self.server(files=[SMALL])
        with Client(server) as client:
            client.retrieve("a.bin", rest=40_000)
        server.wait_for("close")
        self.assertEqual(server.commands(),
                         ["USER anonymous", "PASS x@", "EPSV", "REST 40000", "RETR a.bin"])
        self.assertEqual(server.commands("REST"), ["REST 40000"])
        self.assertEqual(server.offsets(), [40_000])
        self.assertEqual(server.bytes_sent(), 60_000)
        self.assertEqual(server.bytes_sent(session=2), 0)
        end = server.transfers()[0]
        self.assertEqual((end["file"], end["ended"]), ("/a.bin", "complete"))
        self.assertEqual(server.events("close")[0]["by"], "client")
        self.assertTrue(server.replies()[0].startswith("220 "))

    def test_ends_with_its_standard_input_and_on_sigterm(self):
        server = Server(files=[BIG])
        with Client(server) as client, client.connect_data():
            client.ask("RETR big.bin")
            self.assertEqual(server.stop(), 0)
        server = self.server()
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(server.process.wait(5), 0)

    def test_usage_errors(self):
        for arguments in (["--bogus"], ["--port", "x"], ["--file", "a"], ["--root", "/nonexistent"],
                          ["--script-text", "{"],
                          ["--script-text", '{"rules": [{"on": "X", "bogus": 1}]}'],
                          ["--script-text", '{"rules": [{"reply": "x"}]}'],
                          ["--script-text", '{"max_sessions": "x"}']):
            done = subprocess.run([TEST_SERVER, *arguments], capture_output=True,
                                  stdin=subprocess.DEVNULL)
            self.assertEqual(done.returncode, 2, arguments)


class Matching(Case):
    def noops(self, rule, sessions=1, each=4):
        """Which NOOPs of which session got the script's reply: "x" it did, "." it did not."""
        server = self.server([{"on": "NOOP", "reply": "299 x"} | rule])
        clients = [self.enterContext(Client(server)) for _ in range(sessions)]
        return ["".join("x" if client.ask("NOOP") == "299 x" else "." for _ in range(each))
                for client in clients]

    def test_session(self):
        self.assertEqual(self.noops({"session": 2}, 3), ["....", "xxxx", "...."])
        self.assertEqual(self.noops({"session": [2, None]}, 3), ["....", "xxxx", "xxxx"])
        self.assertEqual(self.noops({"session": [1, 2]}, 3), ["xxxx", "xxxx", "...."])

    def test_nth_and_times(self):
        self.assertEqual(self.noops({"nth": 2}, 2), [".x..", "...."])
        self.assertEqual(self.noops({"nth": [3, None]}, 2), ["..xx", "xxxx"])
        self.assertEqual(self.noops({"nth_of_session": 2}, 2), [".x..", ".x.."])
        self.assertEqual(self.noops({"times": 3}, 2), ["xxx.", "...."])
        self.assertEqual(self.noops({"session": 2, "nth": 3}, 2), ["....", "..x."])

    def test_path_rest_and_star(self):
        server = self.server([{"on": "SIZE", "path": "/d/b", "reply": "299 b"},
                              {"on": "RETR", "rest": True, "reply": "550 not from there"},
                              {"on": "*", "reply": "298 all", "path": "/d/c"}],
                             [("d/a", 5), ("d/b", 5), ("d/c", 5)])
        with Client(server) as client:
            client.ask("CWD d")
            self.assertEqual([client.ask(f"SIZE {name}") for name in "abc"],
                             ["213 5", "299 b", "298 all"])
            self.assertEqual(client.retrieve("a", rest=2)[1], "550 not from there")
            self.assertEqual(client.retrieve("a")[0], generated(5))

    def test_rules_add_up_and_the_first_wins(self):
        server = self.server([{"on": "NOOP", "reply": "200 first"},
                              {"on": "NOOP", "reply": "200 second", "after": "200 more"}])
        with Client(server) as client:
            self.assertEqual([client.ask("NOOP"), client.read()], ["200 first", "200 more"])

    def test_size_that_changes(self):
        server = self.server([{"on": "SIZE", "nth": [2, None], "reply": "213 5"}], [SMALL])
        with Client(server) as client:
            self.assertEqual([client.ask("SIZE a.bin") for _ in range(3)],
                             ["213 100000", "213 5", "213 5"])


class Caps(Case):
    def test_sessions_at_the_greeting(self):
        server = self.server({"max_sessions": 2, "max_sessions_reply": "421 too many here"})
        first, _ = (self.enterContext(Client(server)) for _ in range(2))
        with Client(server, login=False) as third:
            self.assertEqual([third.read(), third.ended()], ["421 too many here", "fin"])
        first.ask("QUIT")
        server.wait_for("close", 2)
        with Client(server, login=False) as fourth:
            self.assertTrue(fourth.read().startswith("220"))

    def test_sessions_at_login(self):
        server = self.server({"max_sessions": 1, "max_sessions_at_login": True,
                              "max_sessions_reply": "530 maximum number"})
        with Client(server), Client(server, login=False) as second:
            second.read()
            second.ask("USER ftp")
            self.assertEqual([second.ask("PASS x"), second.ended()], ["530 maximum number", "fin"])
        server.wait_for("close", 2)
        with Client(server) as third:
            self.assertTrue(third.ask("PWD").startswith("257"))

    def test_transfers(self):
        server = self.server({"max_transfers": 1,
                              "rules": [{"on": "RETR", "stall_after": 10}]}, [BIG])
        second = self.enterContext(Client(server))
        with Client(server) as first, first.connect_data() as data:
            first.ask("RETR big.bin")
            self.assertTrue(second.retrieve("big.bin")[1].startswith("451"))
            data.close()
            first.read()
            with second.connect_data():
                self.assertTrue(second.ask("RETR big.bin").startswith("150"))
