"""Poor servers: it falls back and the file is right, or it says why and leaves no wrong file.

Numbers such as F3 are those of the list of server behaviours that the code refers to.
"""

import json

from harness import Case, KIB, MIB, generated, json_lines, wait_until

SIZE = 20 * MIB
FILE = ("a.bin", SIZE, 3)


class PoorServer(Case):
    def fetch(self, script, *args, files=(FILE,), **how):
        """Fetches a.bin over four connections; gives the JSON line."""
        self.scripted = self.server(script, files)
        result = self.get(self.scripted.url("a.bin"), "-n", "4", "--json", *args, **how)
        line, = json_lines(result.out)
        return line

    def assert_right(self, script, *args, **how):
        line = self.fetch(script, *args, **how)
        self.assert_generated("a.bin", SIZE, 3)
        return line

    def assert_not_wrong(self):
        """Whatever it said, a file under its final name is what the server has."""
        if (self.folder / "a.bin").exists():
            self.assert_generated("a.bin", SIZE, 3)


class WhatIsMissing(PoorServer):
    def test_no_size(self):  # G2
        line = self.assert_right([{"on": ["SIZE", "MLST"], "reply": "500 ?"}])
        self.assertEqual((line["connections"], line["bytes"]), (1, SIZE))

    def test_no_rest(self):  # F2
        line = self.assert_right([{"on": "REST", "reply": "502 no"}])
        self.assertEqual(line["connections"], 1)

    def test_rest_accepted_but_retr_refused_with_an_offset(self):  # F8, F12
        self.assert_right([{"on": "RETR", "rest": True, "reply": "451 Restart not permitted"}])

    def test_no_size_and_no_rest(self):
        self.assert_right([{"on": ["SIZE", "REST", "MDTM", "FEAT", "MLST"], "reply": "500 ?"}])

    def test_no_mdtm(self):  # G13
        self.assert_right([{"on": "MDTM", "reply": "550 no"}])

    def test_no_features(self):  # B10
        self.assert_right([{"on": "FEAT", "reply": "500 ?"}])

    def test_no_epsv(self):
        self.assert_right([{"on": "EPSV", "reply": "500 ?"}])
        self.assertTrue(self.scripted.commands("PASV"))

    def test_epsv_to_a_dead_port(self):
        self.assert_right([{"on": "EPSV", "dead_port": True}])

    def test_no_epsv_where_nothing_else_is_wanted(self):
        scripted = self.server([{"on": "EPSV", "reply": "500 ?"}], (FILE,))
        result = self.get(scripted.url("a.bin"), "--data-mode", "epsv", code=2)
        self.assertIn("--data-mode auto", result.err)
        self.assertFalse(scripted.commands("PASV"))

    def test_active_mode_where_the_server_knows_none(self):  # H16
        scripted = self.server([{"on": "EPRT", "reply": "500 ?"},
                                {"on": "PORT", "reply": "500 Illegal PORT command."}], (FILE,))
        result = self.get(scripted.url("a.bin"), "--active", code=2)
        self.assertIn("Illegal PORT command", result.err)
        self.assertIn("--data-mode auto", result.err)
        self.assertFalse(scripted.commands("EPSV"))

    def test_a_server_that_does_not_connect(self):
        scripted = self.server([{"on": "EPRT", "reply": "200 ok"},
                                {"on": "RETR", "reply": "150 soon"}], (FILE,))
        result = self.get(scripted.url("a.bin"), "--active", "--connect-timeout", "1",
                          "--retries", "0", code=3)
        self.assertIn("made no data connection", result.err)
        self.assertIn("--data-mode auto", result.err)

    def test_pasv_over_ipv6_is_refused(self):
        result = self.get("ftp://[::1]:9/a.bin", "--data-mode", "pasv", code=2)
        self.assertIn("--data-mode auto", result.err)

    def test_wrong_address_in_pasv(self):  # H2, H9
        self.assert_right([{"on": "EPSV", "reply": "500 ?"},
                           {"on": "PASV", "pasv_host": "10.9.8.7"}])


class Sizes(PoorServer):
    def fetch_size(self, size, script=None):
        server = self.server(script, [("a.bin", size)])
        self.get(server.url("a.bin"), "-n", "4")
        self.assert_generated("a.bin", size)

    def test_empty_file(self):
        self.fetch_size(0)

    def test_empty_file_without_size(self):
        self.fetch_size(0, [{"on": "SIZE", "reply": "500 ?"}])

    def test_one_byte(self):
        self.fetch_size(1)

    def test_less_than_a_segment(self):
        self.fetch_size(1000)

    def test_one_byte_more_than_segments(self):
        self.fetch_size(8 * MIB + 1)

    def test_size_zero_for_a_file_that_is_not_empty(self):  # G5
        self.assert_right([{"on": "SIZE", "reply": "213 0"}])


class Limits(PoorServer):
    def test_fewer_sessions_at_the_greeting(self):  # C1, C4
        line = self.assert_right({"max_sessions": 2, "max_sessions_reply": "421 Too many users"})
        self.assertLessEqual(line["connections"], 2)

    def test_fewer_sessions_at_login(self):  # C2, C3
        for reply in ("421 I can't accept more than 2 connections as the same user",
                      "530 Sorry, the maximum number of clients (2) are already connected."):
            self.assert_right({"max_sessions": 2, "max_sessions_at_login": True,
                               "max_sessions_reply": reply}, "--restart")

    def test_fewer_transfers(self):  # C7
        self.assert_right({"max_transfers": 2, "max_transfers_reply": "451 Too many transfers"})

    def test_an_old_limit_is_tried_again_by_one(self):  # C10
        slow = [{"on": "RETR", "path": "/b.bin", "rate": 256 * KIB}]
        server = self.server({"max_sessions": 2, "rules": slow}, [FILE, ("b.bin", SIZE, 5)])
        self.get(server.url("a.bin"), "-n", "4")
        for age_s, refused in ((0, 0), (3600, 1)):
            self.make_cap_older(age_s)
            before = server.sessions()
            running = self.start(server.url("b.bin"), "-n", "4", "--restart")
            wait_until(lambda: server.sessions() == before + 2 + refused, "its sessions")
            wait_until(lambda: len(server.commands("RETR", before + 2)) > 0, "a transfer")
            self.assertTrue(running.kill_after(0.5))
            self.assertNotRegex(running.wait().err, "(?i)error|too many|421")
            self.assertEqual(server.sessions(), before + 2 + refused)

    def make_cap_older(self, seconds):
        path = self.folder / "cache/ftpull/hosts.json"
        known = json.loads(path.read_text())
        host, = known["hosts"].values()
        self.assertEqual(host["cap"]["value"], 2)
        host["cap"]["when"] -= seconds
        path.write_text(json.dumps(known))

    def test_resets_instead_of_words(self):  # C9
        self.assert_right([{"on": "greeting", "session": [3, None], "close_before": "rst"}])


class Greetings(PoorServer):
    def test_wait_then_ready(self):  # B2
        self.assert_right([{"on": "greeting", "before": "120 ready in 1 minute"}])

    def test_logged_in_already(self):  # B1, B3
        self.assert_right([{"on": "greeting", "reply": "230 welcome"}])

    def test_logged_in_after_user(self):  # B3
        self.assert_right([{"on": "USER", "reply": "230 welcome"}])

    def test_long_banners(self):  # A1, A8
        banner = "220-hello\r\n this line has no code\r\n220-" + "x" * 17_000 + "\r\n220 ready"
        self.assert_right([{"on": "greeting", "reply": banner}])

    def test_replies_byte_by_byte(self):  # A10
        self.assert_right([{"on": "*", "bytewise_ms": 0}, {"on": "greeting", "bytewise_ms": 0}])

    def test_stray_replies(self):  # A11
        self.assert_right([{"on": "RETR", "after": "226 again"}])

    def test_endless_banner_ends_with_an_error(self):
        usual = self.get(self.server(files=[("b.bin", 1, 3)]).url("b.bin")).peak_rss_bytes
        for text in ("220-banner\r\n", "no line end "):
            server = self.server([{"on": "greeting", "flood": text}])
            result = self.get(server.url("a.bin"), "--retries", "0", "--timeout", "5", code=3)
            self.assertLess(result.peak_rss_bytes, usual + 8 * MIB)

    def test_escape_codes_do_not_reach_the_terminal(self):
        server = self.server([{"on": ["SIZE", "RETR", "MLST", "MDTM"],
                               "reply": "550 \u001b[2Jgone\u0007"}])
        result = self.get(server.url("a.bin"), code=5)
        self.assertNotIn("\x1b", result.out + result.err)
        self.assertIn("gone", result.err)


class TransferReplies(PoorServer):
    def test_no_reply_at_the_start(self):  # E4
        self.assert_right([{"on": "RETR", "start_reply": ""}])

    def test_other_codes(self):  # E5, E6
        self.assert_right([{"on": "RETR", "start_reply": "125 here", "end_reply": "250 done"}])

    def test_end_before_the_data(self):  # E1
        self.assert_right([{"on": "RETR", "end_first": True}])

    def test_no_reply_at_the_end(self):  # E3
        self.assert_right([{"on": "RETR", "end_reply": ""}], "--timeout", "2")

    def test_late_reply_at_the_end(self):
        self.assert_right([{"on": "RETR", "end_delay_ms": 300}])

    def test_late_data_connection(self):  # E7
        self.assert_right([{"on": ["EPSV", "PASV"], "accept_delay_ms": 300}])

    def test_replies_to_an_early_close(self):  # D3, D10, D14, D19, D21
        for rule in ({"abort_reply": "226 ok"}, {"abort_reply": "451 local error"},
                     {"abort_reply": "150 4.6 seconds (measured here)"}, {"abort_reply": ""},
                     {"abort_reply": "", "abort_close": "fin"}, {"abort_close": "rst"}):
            with self.subTest(rule):
                self.assert_right([{"on": "RETR"} | rule], "--restart", "--timeout", "2")


class Interruptions(PoorServer):
    def test_cut_data_connections(self):
        for rule in ({"cut_after": MIB}, {"cut_after": MIB, "cut_with_rst": True},
                     {"cut_after": MIB, "end_reply": "451 disk"},
                     {"cut_after": MIB, "end_reply": "226 done"},
                     {"cut_after": MIB, "end_reply": "", "close_after": "rst"}):
            with self.subTest(rule):
                self.assert_right([{"on": "RETR", "times": 3} | rule], "--restart")

    def test_a_session_that_stalls(self):
        self.assert_right([{"on": "RETR", "nth": 2, "stall_after": MIB}], "--timeout", "1")

    def test_a_slow_session_does_not_hold_the_others_up(self):
        result = self.assert_right([{"on": "RETR", "session": 1, "rate": 100_000}])
        self.assertLess(result["seconds"], 30)  # alone it would need 50 s for its quarter

    def test_a_command_that_is_never_answered(self):
        self.assert_right([{"on": "EPSV", "nth": 2, "silent": True}], "--timeout", "1")

    def test_busy_then_free(self):  # A14
        self.assert_right([{"on": "greeting", "nth": 1, "reply": "421 busy", "close_after": "fin"}])


class Offsets(PoorServer):
    def test_lies_about_offsets(self):  # F3, F4
        for rule in ({"rest_ignored": True}, {"rest_shift": 8}, {"rest_shift": -8},
                     {"rest_modulo": 4 * MIB}):
            with self.subTest(rule):
                self.assert_right([{"on": "RETR"} | rule], "--restart")

    def test_offset_kept_for_the_next_retr(self):  # F9
        self.assert_right([{"on": "RETR", "rest_kept": True}])

    def test_one_backend_with_another_content(self):  # B19
        garbage = {"on": "RETR", "session": 2, "rest": True, "garbage_from": 0}
        self.scripted = self.server([garbage], [FILE])
        self.run_it(self.scripted.url("a.bin"), "-n", "4")
        self.assert_not_wrong()


class Lies(PoorServer):
    def test_size_too_large(self):  # E14
        self.fetch([{"on": "SIZE", "reply": f"213 {SIZE + 1000}"}], "--retries", "1", code=7)
        self.assertFalse((self.folder / "a.bin").exists())

    def test_more_bytes_than_the_size(self):
        server = self.server([{"on": "RETR", "extra_bytes": 1000}], [FILE])
        self.run_it(server.url("a.bin"), "-n", "4", "--retries", "1")
        self.assert_not_wrong()

    def test_more_bytes_than_the_size_each_time(self):
        """What came must not pass for the whole file at the second attempt."""
        served = self.server([{"on": "RETR", "extra_bytes": 1000}], [("b.bin", 5000, 3)])
        for on_change in ("stop", "stop", "refetch", "refetch"):
            self.get(served.url("b.bin"), "-n", "1", "--on-change", on_change, code=7)
            self.assertFalse((self.folder / "b.bin").exists())

    def test_changed_while_it_is_fetched(self):
        self.scripted = self.server([{"on": "MDTM", "nth": [2, None],
                                      "reply": "213 20250101000000"}], [FILE])
        result = self.run_it(self.scripted.url("a.bin"), "-n", "1")
        self.assertIn(result.code, (0, 7))
        self.assert_not_wrong()

    def test_short_transfer_with_226_without_size(self):
        """Nothing tells that it is short, but what is there is what came."""
        server = self.server([{"on": "SIZE", "reply": "500 ?"},
                              {"on": "RETR", "cut_at": 5000, "end_reply": "226 done"}], [FILE])
        self.get(server.url("a.bin"))
        self.assertEqual((self.folder / "a.bin").read_bytes(), generated(5000, 3))
