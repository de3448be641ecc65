"""Through a proxy: every connection goes there, those for data too."""

import socket

from harness import Case, MIB, json_lines, make_file, same
from servers.proxies import COMES_FROM, Microsocks, Tinyproxy
from servers.vsftpd import Vsftpd

FILE = ("a.bin", 24 * MIB, 5)
SESSIONS = 4
RATE = 48 * MIB  # bytes a second: time enough for all sessions to take part
PROXIES = (Microsocks, Tinyproxy)
# 127.0.0.1 as getaddrinfo() reads it, and nobody else: a name for ftpull, to be looked up.
NAME = "127.1"


class ThroughAProxy(Case):
    def remote(self, **script):
        return self.server({"rate": RATE, **script}, [FILE])

    def peers(self, server):
        """The addresses from which sessions came."""
        return {event["peer"].rsplit(":", 1)[0] for event in server.events("open")}

    def named(self, server):
        return server.url("a.bin").replace("127.0.0.1", NAME)

    def assert_all_went_through(self, server, proxy, host):
        server.wait_for("close", server.sessions())
        self.assertEqual(self.peers(server), {COMES_FROM})
        targets = proxy.targets()
        self.assertEqual({name for name, _ in targets}, {host})
        control = [port for _, port in targets if port == server.port]
        self.assertEqual(len(control), server.sessions())
        # A data connection that was made ahead may have brought nothing.
        self.assertGreaterEqual(len(targets) - len(control), len(server.events("data_open")))
        self.assertGreaterEqual(len(server.events("data_open")), SESSIONS)


class EveryProxy(ThroughAProxy):
    def test_control_and_data_go_through_it(self):
        for kind in PROXIES:
            with self.subTest(kind.name):
                server, proxy = self.remote(), self.serve(kind)
                result = self.get(self.named(server), "--proxy", proxy.url, "-n", SESSIONS,
                                  "--json", "-o", f"{kind.program}.bin")
                self.assertEqual(json_lines(result.out)[0]["connections"], SESSIONS)
                self.assert_generated(f"{kind.program}.bin", *FILE[1:])
                self.assert_all_went_through(server, proxy, NAME)

    def test_vsftpd_takes_data_connections_only_from_where_the_session_comes_from(self):
        for kind in PROXIES:
            with self.subTest(kind.name):
                server, proxy = self.serve(Vsftpd, rate_bytes=8 * MIB), self.serve(kind)
                source = make_file(server.root / "a.bin", 16 * MIB)
                self.get(server.url("a.bin"), "--proxy", proxy.url, "-n", SESSIONS,
                         "-o", f"{kind.program}.bin")
                self.assertTrue(same(source, self.folder / f"{kind.program}.bin"))
                self.assertIn(f" {COMES_FROM} ", server.xferlog.read_text())
                self.assertNotIn(" 127.0.0.1 ", server.xferlog.read_text())

    def test_pasv_leads_through_it_where_epsv_is_refused(self):
        for kind in PROXIES:
            with self.subTest(kind.name):
                server = self.remote(rules=[{"on": "EPSV", "reply": "500 ?"}])
                proxy = self.serve(kind)
                self.get(self.named(server), "--proxy", proxy.url, "-n", SESSIONS,
                         "-o", f"{kind.program}.bin")
                self.assert_generated(f"{kind.program}.bin", *FILE[1:])
                self.assert_all_went_through(server, proxy, NAME)

    def test_over_ipv6_beyond_it(self):
        for kind in PROXIES:
            with self.subTest(kind.name):
                # Their address to come from is one of IPv4.
                server = self.server({"rate": RATE}, [FILE], listen="::1")
                proxy = self.serve(kind, bind=False)
                self.get(server.url("a.bin"), "--proxy", proxy.url, "-n", SESSIONS,
                         "-o", f"{kind.program}.bin")
                self.assert_generated(f"{kind.program}.bin", *FILE[1:])
                server.wait_for("close", server.sessions())
                self.assertGreaterEqual(len(proxy.targets()), server.sessions() + SESSIONS)

    def test_user_and_password_let_us_in_and_are_shown_nowhere(self):
        for kind in PROXIES:
            with self.subTest(kind.name):
                server, proxy = self.remote(), self.serve(kind, user="me", password="hush-hush")
                result = self.get(server.url("a.bin"), "--proxy", proxy.url, "-n", SESSIONS, "-v",
                                  "--log-file", "log", "-o", f"{kind.program}.bin")
                self.assert_generated(f"{kind.program}.bin", *FILE[1:])
                self.assert_all_went_through(server, proxy, "127.0.0.1")
                shown = result.out + result.err + (self.folder / "log").read_text()
                self.assertIn(f" through {proxy.url_for(None, None)}", shown)
                self.assertNotIn("hush", shown)
                for file in self.folder.rglob("*.json*"):
                    self.assertNotIn("hush", file.read_text())

    def test_a_wrong_password_is_sent_once(self):
        for kind in PROXIES:
            with self.subTest(kind.name):
                server, proxy = self.remote(), self.serve(kind, user="me", password="right")
                result = self.get(server.url("a.bin"), "--proxy", proxy.url_for("me", "hush"),
                                  "--json", code=4)
                self.assertIn(f"the proxy {proxy.url_for(None, None)} refuses user and password",
                              result.err)
                self.assertNotIn("hush", result.out + result.err)
                self.assertEqual(server.events("open"), [])
                # microsocks says nothing of what it refuses.
                self.assertEqual(len(proxy.targets()), 1 if kind is Tinyproxy else 0)

    def test_no_password_says_where_to_write_it(self):
        for kind in PROXIES:
            with self.subTest(kind.name):
                server, proxy = self.remote(), self.serve(kind, user="me", password="right")
                result = self.get(server.url("a.bin"), "--proxy", proxy.url_for(None, None), code=4)
                self.assertIn("wants a user and a password. Write them", result.err)

    def test_a_server_that_cannot_be_reached_is_said_by_the_proxy(self):
        for kind in PROXIES:
            with self.subTest(kind.name), socket.socket() as closed:
                closed.bind(("127.0.0.1", 0))
                port = closed.getsockname()[1]
                proxy = self.serve(kind)
                result = self.get(f"ftp://127.0.0.1:{port}/a.bin", "--proxy", proxy.url,
                                  "--retries", "0", code=3)
                self.assertIn(f"the proxy {proxy.url} does not connect to 127.0.0.1:{port}: ",
                              result.err)


class Names(ThroughAProxy):
    def test_are_looked_up_here_for_socks5(self):
        server, proxy = self.remote(), self.serve(Microsocks)
        self.get(self.named(server), "--proxy", proxy.url_for(None, None, "socks5"),
                 "-n", SESSIONS)
        self.assert_generated("a.bin", *FILE[1:])
        self.assert_all_went_through(server, proxy, "127.0.0.1")


class Refusals(ThroughAProxy):
    def test_a_proxy_that_refuses_data_ports_says_whom_to_ask(self):
        server = self.remote()
        proxy = self.serve(Tinyproxy, connect_ports=[server.port])
        result = self.get(server.url("a.bin"), "--proxy", proxy.url, "--retries", "0", code=3)
        self.assertIn(f"the proxy {proxy.url} does not connect to 127.0.0.1:", result.err)
        self.assertIn("403", result.err)
        self.assertEqual(self.peers(server), {COMES_FROM})

    def test_a_proxy_that_does_not_run(self):
        server = self.remote()
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            url = f"socks5h://127.0.0.1:{closed.getsockname()[1]}"
            result = self.get(server.url("a.bin"), "--proxy", url, "--retries", "0", code=3)
        self.assertIn(f"the proxy {url}: cannot connect to ", result.err)
        self.assertEqual(server.events("open"), [])

    def test_a_proxy_whose_name_nobody_knows(self):
        url = f"http://{'x' * 64}:1080"  # longer than a label can be: nobody need be asked
        result = self.get("ftp://127.0.0.1/a.bin", "--proxy", url, "--retries", "0", code=3)
        self.assertIn(f"the proxy {url}: cannot find the host ", result.err)

    def test_a_proxy_that_is_silent_costs_the_time_for_a_connect(self):
        server = self.remote()
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            result = self.get(server.url("a.bin"), "--proxy", url, "--retries", "0",
                              "--connect-timeout", "1", code=3)
        self.assertIn(f"the proxy {url}: it did not answer in time", result.err)

    def test_what_speaks_ftp_is_no_proxy(self):
        server = self.remote()
        url = f"http://127.0.0.1:{server.port}"
        result = self.get(server.url("a.bin"), "--proxy", url, "--retries", "0", code=3)
        self.assertIn(f"the proxy {url} does not answer as HTTP", result.err)

    def test_nobody_can_connect_to_us_through_one(self):
        for mode in ("active", "eprt", "port"):
            result = self.get("ftp://127.0.0.1/a.bin", "--proxy", "h:1", "--data-mode", mode,
                              code=2)
            self.assertIn("through a proxy the server cannot connect to us. Leave --active out",
                          result.err)

    def test_a_url_that_is_none_is_a_wrong_command_line(self):
        for url in ("socks4://u:hush@h:1", "http://u:hush@h:x", "u:hush@"):
            result = self.get("ftp://127.0.0.1/a.bin", "--proxy", url, code=2)
            self.assertNotIn("hush", result.err)
            self.assertIn("Write socks5h://", result.err)


class Environment(ThroughAProxy):
    def fetch(self, server, *args, code=0, **environment):
        """The address from which the server was asked."""
        self.get(server.url("a.bin"), "--restart", *args, code=code,
                 env=environment)
        server.wait_for("close", server.sessions())
        return server.events("open")[-1]["peer"].rsplit(":", 1)[0]

    def test_names_the_proxy(self):
        server, socks, http = self.remote(), self.serve(Microsocks), self.serve(Tinyproxy)
        for environment in ({"ftp_proxy": socks.url}, {"FTP_PROXY": http.url},
                            {"all_proxy": socks.url}, {"ALL_PROXY": http.url},
                            {"ftp_proxy": f"127.0.0.1:{http.port}", "ALL_PROXY": "ftp://none"}):
            with self.subTest(environment):
                self.assertEqual(self.fetch(server, **environment), COMES_FROM)
        self.assertEqual(self.fetch(server, ftp_proxy=""), "127.0.0.1")
        self.assertEqual(self.fetch(server, http_proxy="http://none.invalid"), "127.0.0.1")

    def test_can_be_overruled(self):
        server, proxy = self.remote(), self.serve(Microsocks)
        dead = "socks5h://none.invalid"
        self.assertEqual(self.fetch(server, "--proxy", proxy.url, ftp_proxy=dead), COMES_FROM)
        self.assertEqual(self.fetch(server, "--proxy", "none", ftp_proxy=dead), "127.0.0.1")

    def test_takes_hosts_out(self):
        server, dead = self.remote(), "socks5h://none.invalid"
        for environment in ({"no_proxy": "127.0.0.1"}, {"NO_PROXY": "x, 127.0.0.0/8"},
                            {"no_proxy": "*"}):
            with self.subTest(environment):
                self.assertEqual(self.fetch(server, all_proxy=dead, **environment), "127.0.0.1")
                self.assertEqual(self.fetch(server, "--proxy", dead, **environment), "127.0.0.1")

    def test_with_something_else_is_a_wrong_command_line(self):
        result = self.get("ftp://127.0.0.1/a.bin", code=2,
                          env={"all_proxy": "socks4://u:hush@h"})
        self.assertIn('the proxy\'s scheme "socks4" is not supported', result.err)
        self.assertIn("--proxy none", result.err)
        self.assertNotIn("hush", result.err)
