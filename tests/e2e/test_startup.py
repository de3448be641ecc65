"""How soon the first byte comes: what is sent ahead, and servers that do not bear it.

Numbers such as B20 are those of the list of server behaviours that the code refers to.
"""

import re
import unittest

from harness import Case, MIB, make_file
from servers.vsftpd import Vsftpd

SIZE = 8 * MIB
FILE = ("a.bin", SIZE, 3)
BURST = ["TYPE", "OPTS", "SIZE", "MDTM", "EPSV"]


def bursts(trace, session):
    """What `-v` says that a session sent, as lists of verbs that went out before a reply came."""
    found, speaking = [], False
    for who, line in re.findall(r"\[(\d+)\] ([<>] .*)", trace):
        if int(who) != session:
            continue
        if line[0] == ">":
            if not speaking:
                found.append([])
            found[-1].append(line.split()[1])
        speaking = line[0] == ">"
    return found


def system_calls(strace_output):
    """(name, descriptor, rest of the line) in the order in which they returned."""
    begun = {}
    for line in strace_output.splitlines():
        pid, _, call = line.partition(" ")
        call = call.lstrip()
        if call.endswith("<unfinished ...>"):
            begun[pid] = call.removesuffix("<unfinished ...>")
            continue
        if call.startswith("<..."):
            call = begun.pop(pid, "") + call.partition("resumed>")[2]
        match = re.match(r"(\w+)\((\d+), (.*)", call)
        if match and "EAGAIN" not in call:
            yield match[1], int(match[2]), match[3]


def round_trips(calls, port, session):
    """From the beginning of the connect to the first data byte of the nth session.

    Each time that something is waited for on the control connection is one; so is the data
    connect, but for when REST is answered meanwhile, and the way from RETR to the first byte.
    """
    controls = [fd for name, fd, rest in calls if name == "connect" and f"htons({port})" in rest]
    control = controls[session - 1]
    trips, waits, rest_sent = 1, True, False
    for name, fd, rest in calls:
        if fd != control:
            continue
        if name == "sendto":
            if rest.startswith('"RETR'):
                return trips + (1 if rest_sent else 2)
            rest_sent = rest_sent or rest.startswith('"REST')
            waits = True
        elif name == "recvfrom" and waits:
            trips += 1
            waits = False
    raise AssertionError("no RETR was sent")


def as_user(url):
    """With a name one session logs in before the others, which then know how it went."""
    return url.replace("ftp://", "ftp://ftp:x@")


class RoundTrips(Case):
    def calls(self, server, *args):
        output = self.folder / "strace"
        self.get(as_user(server.url("a.bin")), *args, prefix=(
            "strace", "-f", "-e", "trace=connect,sendto,recvfrom", "-s", "200", "-o", output))
        return list(system_calls(output.read_text()))

    def check(self, server):
        calls = self.calls(server, "-n", "2", "--limit-rate", "16M")
        self.assertEqual(round_trips(calls, server.port, 1), 7)
        self.assertEqual(round_trips(calls, server.port, 2), 4)
        lines = [rest for name, _, rest in calls if name == "sendto" and "TYPE" in rest]
        self.assertTrue(lines[0].startswith(r'"TYPE I\r\nOPTS UTF8 ON\r\nSIZE a.bin\r\n'), lines)
        self.assertTrue(lines[1].startswith('"USER '), lines)

    def test_a_new_host_takes_seven_and_a_known_one_four(self):
        server = self.server(None, [FILE])
        self.check(server)
        self.assert_generated("a.bin", SIZE, 3)

    def test_the_same_with_a_real_server(self):
        server = self.serve(Vsftpd, no_anon_password="NO")
        make_file(server.root / "a.bin", SIZE, 3)
        self.check(server)
        self.assert_generated("a.bin", SIZE, 3)


class Startup(Case):
    def fetch(self, rules, *args, files=(FILE,), name="a.bin", **how):
        self.scripted = self.server(rules, files)
        result = self.get(as_user(self.scripted.url(name)), "-v", *args, **how)
        self.trace = result.out + result.err
        return result

    def assert_right(self, rules, *args, **how):
        self.fetch(rules, *args, **how)
        self.assert_generated("a.bin", SIZE, 3)

    def assert_one_by_one(self, session):
        self.assertTrue(bursts(self.trace, session))
        self.assertEqual([b for b in bursts(self.trace, session) if len(b) > 1], [])


class WhatIsSent(Startup):
    def test_a_first_session_waits_for_its_login(self):
        self.assert_right(None, "-n", "1")
        self.assertEqual(bursts(self.trace, 1)[:3], [["USER"], ["PASS"], BURST])

    def test_one_later_session_tries_the_whole_way(self):
        self.assert_right([{"on": "RETR", "rate": 4 * MIB}], "-n", "4")
        whole = [s for s in (2, 3, 4)
                 if bursts(self.trace, s)[0] == ["USER", "PASS", "FEAT"] + BURST]
        self.assertEqual(whole, [2])
        self.assertEqual(self.scripted.commands("FEAT"), ["FEAT"])

    def test_once_epsv_was_refused_pasv_is_sent_ahead(self):
        self.assert_right([{"on": "EPSV", "reply": "500 ?"},
                           {"on": "RETR", "session": 2, "close_before": "fin"},
                           {"on": "RETR", "rate": 2 * MIB}], "-n", "2")
        self.assertEqual(bursts(self.trace, 3)[0], ["USER", "PASS"] + BURST[:-1] + ["PASV"])

    def test_a_dry_run_prepares_no_data_connection(self):
        self.fetch(None, "--dry-run")
        self.assertEqual(self.scripted.commands("SIZE"), ["SIZE a.bin"])
        self.assertEqual(self.scripted.commands("EPSV") + self.scripted.commands("PASV"), [])

    def test_at_the_end_the_facts_are_asked_for_anew(self):
        self.assert_right(None, "-n", "1")
        self.assertEqual(self.scripted.commands()[-4:],
                         ["RETR a.bin", "SIZE a.bin", "MDTM a.bin", "QUIT"])

    def test_utf8_is_agreed_on_before_a_name_that_needs_it(self):
        self.fetch(None, files=[("ä.bin", 1000, 3)], name="%C3%A4.bin")
        verbs = [line.split()[0] for line in self.scripted.commands()]
        self.assertLess(verbs.index("OPTS"), verbs.index("SIZE"))
        self.assert_generated("ä.bin", 1000, 3)

    def test_any_answer_to_utf8_will_do(self):  # B11
        for reply in ("200 Always in UTF8 mode.", "202 UTF8 is on", "500 ?", "501 no", "502 no",
                      "504 no", "451 no", "211 what you like"):
            with self.subTest(reply):
                self.assert_right([{"on": "OPTS", "reply": reply}], "-n", "2", "--restart")
                self.assertIn("OPTS UTF8 ON", self.scripted.commands())

    def test_utf8_is_not_asked_for_where_it_is_not_offered(self):  # B11, L10
        # A first run does not know what is offered before it has asked.
        server = self.server({"features": ["SIZE"], "rules": [{"on": "RETR", "rate": 4 * MIB}]},
                             [FILE])
        self.get(as_user(server.url("a.bin")), "-n", "2")
        asked = len(server.commands("OPTS"))
        self.assertEqual(len(server.commands("FEAT")), 1)
        self.get(as_user(server.url("a.bin")), "-n", "2", "--restart")
        self.assertEqual(len(server.commands("OPTS")), asked)
        self.assert_generated("a.bin", SIZE, 3)

    def test_a_name_that_is_not_utf8_goes_out_as_it_is(self):  # L9, L10
        self.fetch(None, files=[("caf\udce9.bin", 1000, 3)], name="caf%E9.bin")
        self.assertIn("OPTS UTF8 ON", self.scripted.commands())
        self.assertIn("RETR caf\xe9.bin", self.scripted.commands())
        self.assert_generated("caf\udce9.bin", 1000, 3)

    def test_how_the_byte_255_is_to_be_sent_is_found_out_once(self):  # L2
        # The scripted server takes every byte as it is.
        files = [("\udcff.bin", 1000, 3), ("b\udcff.bin", 2 * MIB, 5)]
        server = self.server(None, files)
        self.get(server.url("%FF.bin"), server.url("b%FF.bin"), "-n", "1")
        for name, size, seed in files:
            self.assert_generated(name, size, seed)
        asked = [line for line in server.commands() if line.split()[0] in ("SIZE", "RETR")]
        self.assertEqual(asked[:3], ["SIZE \xff\xff.bin", "SIZE \xff.bin", "SIZE bin"])
        self.assertNotIn("\xff\xff", "".join(asked[1:]))

    def test_a_slow_answer_is_waited_for(self):
        self.assert_right([{"on": ["greeting", "FEAT", "SIZE", "EPSV"], "delay_ms": 800}],
                          "-n", "1")
        self.assertEqual(self.scripted.sessions(), 1)


class ServersThatDoNotBearIt(Startup):
    """The connection is made once more, one line at a time, and so are those after it."""

    def assert_started_over(self, rules, session, *args):
        slow = {"on": "RETR", "session": 1, "rate": 4 * MIB}
        self.assert_right([*rules, slow], "-n", "2", *args)
        self.assertIn("lines sent ahead went wrong", self.trace)
        self.assertTrue(self.scripted.commands("TYPE", session + 1))
        return bursts(self.trace, session)

    def test_a_lost_line_of_the_burst(self):  # B20
        for verb in BURST:
            with self.subTest(verb):
                self.assert_started_over([{"on": verb, "session": 1, "silent": True}], 1,
                                         "--restart")
                self.assert_one_by_one(2)

    def test_all_lines_after_the_first_are_lost(self):  # B20
        lost = {"on": ["PASS", "FEAT", "TYPE", "OPTS", "SIZE", "MDTM", "EPSV"], "session": 2,
                "silent": True}
        slow = {"on": "RETR", "rate": 512 << 10}
        self.assert_right([lost, slow], "-n", "2", timeout=60)
        self.assertIn("RETR a.bin", self.scripted.commands(session=3))

    def test_a_lost_line_of_the_login(self):  # B20
        no_name = {"on": "PASS", "session": 2, "reply": "503 Login with USER first."}
        for verb in ("USER", "PASS"):
            with self.subTest(verb):
                self.assert_started_over([{"on": verb, "session": 2, "silent": True}, no_name], 2,
                                         "--restart")

    def test_331_in_place_of_the_greeting(self):  # K6
        self.assert_started_over([{"on": "greeting", "session": 2, "reply": "331 who?"}], 2)

    def test_it_hangs_up(self):
        for rule in ({"on": "greeting", "session": 2, "close_before": "rst", "delay_ms": 50},
                     {"on": "greeting", "session": 2, "close_before": "fin"},
                     {"on": "PASS", "session": 2, "close_after": "fin"}):
            with self.subTest(rule):
                self.assert_started_over([rule], 2, "--restart")

    def test_it_hangs_up_on_the_burst(self):
        for how in ({"close_before": "rst"}, {"close_before": "fin"},
                    {"reply": "421 one at a time", "close_after": "fin"}):
            with self.subTest(how):
                self.assert_started_over([{"on": "TYPE", "session": 1} | how], 1, "--restart")
                self.assert_one_by_one(2)

    def test_a_surplus_reply(self):  # A11
        self.assert_started_over([{"on": "TYPE", "session": 1, "after": "200 and so on"}], 1)

    def test_a_greeting_that_is_known_for_it(self):  # K2
        self.assert_right([{"on": "greeting", "reply": "220 gw FTP server (MikroTik 6.40) ready"}],
                          "-n", "2")
        self.assertEqual(self.scripted.sessions(), 2)
        self.assert_one_by_one(1)
        self.assert_one_by_one(2)

    def test_size_is_refused_in_the_burst(self):
        for reply in ("500 ?", "550 no"):
            with self.subTest(reply):
                self.assert_right([{"on": "SIZE", "reply": reply}], "--restart", "-n", "1")
                self.assertEqual(self.scripted.sessions(), 1)

    def test_a_refused_login_is_not_repeated(self):
        slow = {"on": "RETR", "rate": 4 * MIB}
        for reply in ("530 Login incorrect.", "530 Sorry, the maximum number of clients (1)",
                      "421 Too many connections (1) from this IP"):
            with self.subTest(reply):
                self.assert_right([{"on": "PASS", "session": [2, None], "reply": reply,
                                    "close_after": "fin"}, slow], "-n", "2", "--restart")
                self.assertEqual(len(self.scripted.commands("PASS")), 2)


class Ranges(Startup):
    """RANG, where it is offered (F14, F15)."""

    FEATURES = ["EPSV", "MDTM", "REST STREAM", "SIZE", "RANG STREAM"]

    def assert_right(self, rules, *args, **how):
        super().assert_right({"features": self.FEATURES, "rules": rules}, "-n", "4", *args, **how)

    def test_ranges_end_by_themselves(self):
        self.assert_right([])
        ranges = [tuple(map(int, line.split()[1:])) for line in self.scripted.commands("RANG")]
        self.assertEqual([r for r in ranges if r[1] < r[0] or r[1] >= SIZE], [])
        self.assertTrue(ranges)
        # Which ranges are shortened later, and cut for that, is chance; without RANG all of those
        # that end before the file does are cut.
        inside = [t for t in self.scripted.transfers() if t["offset"] + t["bytes"] < SIZE]
        self.assertIn("complete", {t["ended"] for t in inside})

    def test_a_server_that_sends_on_is_cut(self):  # F15
        self.assert_right([{"on": "RETR", "rang_overshoots": True, "rate": 4 * MIB}])

    def test_a_refusal_is_remembered(self):
        self.assert_right([{"on": "RANG", "reply": "501 no"}, {"on": "RETR", "rate": 4 * MIB}])
        self.assertTrue(self.scripted.commands("REST"))
        self.assertLessEqual(len(self.scripted.commands("RANG")), 4)

    def test_a_range_that_retr_refuses_is_fetched_with_rest(self):
        refusal = {"on": "RETR", "times": 1, "rang": True, "reply": "554 invalid RANG argument"}
        self.assert_right([refusal])
        self.assertTrue(self.scripted.commands("REST"))

    def test_a_range_that_stands_is_undone(self):
        files = (FILE, ("b.bin", 1000, 5))
        server = self.server({"features": self.FEATURES,
                              "rules": [{"on": "RETR", "rest_kept": True}]}, files)
        self.get(server.url("a.bin"), server.url("b.bin"), "-n", "2")
        self.assert_generated("a.bin", SIZE, 3)
        self.assert_generated("b.bin", 1000, 5)


if __name__ == "__main__":
    unittest.main()
