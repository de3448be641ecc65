"""Sessions of which some are of no use: the others do the work, and logins come to an end."""
import time

from harness import Case, MIB

SIZE = 8 * MIB


class Sessions(Case):
    def fetch(self, rules, *args, code=0):
        server = self.server(rules, [("a.bin", SIZE, 3)])
        self.get(server.url("a.bin"), "--restart", *args, code=code)
        if code == 0:
            self.assert_generated("a.bin", SIZE, 3)
        return server

    def test_a_server_that_hangs_up_after_login_is_given_up(self):
        for rule in ({"close_before": "fin"}, {"reply": "421 idle", "close_after": "fin"}):
            with self.subTest(rule):
                server = self.fetch([{"on": "SIZE"} | rule], "--retries", "2", "-n", "1",
                                    code=3)
                # The first one found out that it was not for what was sent ahead.
                self.assertEqual(len(server.commands("PASS")), 1 + 3)

    def test_a_server_that_falls_silent_after_login_is_given_up(self):
        server = self.fetch([{"on": "SIZE", "silent": True}], "--retries", "1", "--timeout", "1",
                            "-n", "1", code=3)
        self.assertEqual(len(server.commands("PASS")), 1 + 2)

    def test_sessions_that_hang_up_after_login_are_done_without(self):
        slow = {"on": "RETR", "rate": 4 * MIB}
        for rule in ({"close_before": "fin"}, {"reply": "421 x", "close_after": "fin"}):
            with self.subTest(rule):
                server = self.fetch([{"on": "SIZE", "session": [2, None]} | rule, slow])
                # Three, three times, and once more those that had sent lines ahead.
                self.assertLessEqual(len(server.commands("PASS")), 10 + 3)

    def test_one_session_that_refuses_the_file(self):  # O8
        self.fetch([{"on": "RETR", "session": 2, "reply": "550 no such file"}])

    def test_only_the_first_session_gets_the_file(self):  # O8
        slow = {"on": "RETR", "session": 1, "rate": 4 * MIB}
        for reply in ("550 no such file", "425 no data connection", "451 local error"):
            with self.subTest(reply):
                self.fetch([{"on": "RETR", "session": [2, None], "reply": reply}, slow])

    def test_only_the_first_session_gets_an_answer(self):
        self.fetch([{"on": "RETR", "session": [2, None], "silent": True}], "--timeout", "2")

    def test_one_that_stands_still_while_others_move_is_relieved(self):
        # Long before the time limit, at which it would count as failed. What has come of its
        # segment is not fetched again.
        begun = time.monotonic()
        server = self.fetch([{"on": "RETR", "nth": 2, "stall_after": 100_000},
                             {"on": "RETR", "rate": 4 * MIB}],
                            "-n", "4", "--timeout", "60", "--segment-size", "1M")
        self.assertLess(time.monotonic() - begun, 30)
        self.assertEqual(len(server.commands("PASS")), 4)

    def test_answers_to_the_last_look_that_do_not_fit(self):  # A11
        # The second run knows that the server bears several lines at once. It opens four sessions,
        # each of which asks for the size, as those of the first run did.
        server = self.server([{"on": "SIZE", "nth": 10, "before": "226 Late"},
                              {"on": "RETR", "rate": 8 * MIB}], [("a.bin", SIZE, 3)])
        for _ in range(2):
            begun = time.monotonic()
            self.get(server.url("a.bin"), "--restart", "-n", "4", "--timeout", "60")
            self.assert_generated("a.bin", SIZE, 3)
        self.assertLess(time.monotonic() - begun, 30)
        sizes = [c for c in server.commands() if c.startswith("SIZE")]
        self.assertEqual(len(sizes), 11)

    def test_a_last_look_that_is_not_answered(self):
        server = self.server([{"on": "SIZE", "nth": 5, "silent": True},
                              {"on": "RETR", "rate": 8 * MIB}], [("a.bin", SIZE, 3)])
        result = self.get(server.url("a.bin"), "--restart", "-n", "4", "--timeout", "60")
        self.assert_generated("a.bin", SIZE, 3)
        self.assertLess(result.seconds, 30)

    def test_a_wrong_password_is_tried_once_for_all_files(self):
        server = self.server([{"on": "PASS", "reply": "530 Login incorrect."}],
                             [("a.bin", 1000, 3), ("b.bin", 1000, 3), ("c.bin", 1000, 3)])
        urls = [server.url(name, "me", "wrong") for name in ("a.bin", "b.bin", "c.bin")]
        self.get(*urls, code=4)
        self.assertEqual(len(server.commands("PASS")), 1)

    def test_the_password_of_one_user_is_not_given_to_another(self):
        server = self.server(None, [("a.bin", 1000, 3), ("b.bin", 1000, 3)])
        (self.folder / "pw").write_text("secret-of-me\n")
        self.run_it("--user", "me", "--password-file", "pw", server.url("a.bin"),
                    server.url("b.bin", user="bob", password=""))
        commands = server.commands()
        self.assertIn("PASS secret-of-me", commands)
        of_bob = [e["session"] for e in server.events("command") if e["line"] == "USER bob"]
        self.assertTrue(of_bob)
        for session in of_bob:
            self.assertFalse([c for c in server.commands(session=session) if "secret" in c])
