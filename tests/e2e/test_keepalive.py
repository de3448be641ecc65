"""Sessions that have nothing to do for a while, and the NOOP that keeps them.

Numbers such as J7 are those of the list of server behaviours that the code refers to.
"""

from harness import Case, MIB, wait_until

FILES = (("a.bin", 1000, 3), ("b.bin", 1000, 5))
IDLE_S = 2.5


class KeepAlive(Case):
    def fetch(self, rules, *args, idle_s=IDLE_S):
        """Two files over one connection, which is idle while the first one is flushed."""
        self.scripted = self.server(rules, FILES)
        urls = [self.scripted.url(name) for name, *_ in FILES]
        # Calls are counted in each thread.
        slow_disk = ("strace", "-f", "-qq", "-E", "UV_THREADPOOL_SIZE=1", "-o",
                     self.folder / "trace", "-e", "trace=fdatasync", "-e",
                     f"inject=fdatasync:delay_enter={int(idle_s * 1e6)}:when=1")
        result = self.get(*urls, "-n", "1", *args, prefix=slow_disk)
        for name, size, seed in FILES:
            self.assert_generated(name, size, seed)
        self.assertNotRegex(result.err, "(?i)error|trying again|421|NOOP")
        return len(self.scripted.commands("NOOP"))

    def test_an_idle_session_says_noop(self):  # J2
        self.assertGreaterEqual(self.fetch(None, "--keepalive", "1"), 2)
        self.assertEqual(self.scripted.sessions(), 1)

    def test_none_before_its_time(self):
        self.assertEqual(self.fetch(None), 0)

    def test_none_when_it_is_turned_off(self):
        self.assertEqual(self.fetch(None, "--keepalive", "0"), 0)

    def test_any_answer_is_a_sign_of_life(self):  # J7
        for reply in ("250 ok", "500 Unknown command", "202 no need", "120 wait\n200 well"):
            with self.subTest(reply):
                self.fetch([{"on": "NOOP", "reply": reply}], "--keepalive", "1", "--restart")
                self.assertEqual(self.scripted.sessions(), 1)

    def test_what_comes_next_waits_for_the_answer(self):  # J6
        # It could be taken for the size of the next file.
        late = {"on": "NOOP", "nth": 1, "delay_ms": int(IDLE_S * 1000), "reply": "213 5"}
        self.fetch([late], "--keepalive", "1")
        events = [e.get("line") or e["text"] for e in self.scripted.events()
                  if e["event"] in ("command", "reply")]
        self.assertLess(events.index("213 5\r\n"), events.index("SIZE b.bin"))
        self.assertEqual(self.scripted.sessions(), 1)

    def test_without_an_answer_another_session_is_opened(self):
        self.fetch([{"on": "NOOP", "nth": 1, "silent": True}], "--keepalive", "1", "--timeout", "1")
        self.assertEqual(self.scripted.sessions(), 2)

    def test_a_421_to_noop_ends_the_session(self):  # J7
        self.fetch([{"on": "NOOP", "nth": 1, "reply": "421 Timeout.", "close_after": "fin"}],
                   "--keepalive", "1")
        self.assertEqual(self.scripted.sessions(), 2)

    def test_a_session_that_the_server_has_ended_meanwhile_is_not_used(self):  # J2 to J4, J8
        for rule in ({"after": "421 Idle timeout (60 seconds): closing control connection"}, {}):
            with self.subTest(rule):
                # By the answer to the last look at the first file, with which it becomes idle.
                end = {"on": "MDTM", "path": "/a.bin", "nth": 2, "close_after": "fin"} | rule
                self.fetch([end], "--restart", idle_s=0)
                self.assertEqual(self.scripted.sessions(), 2)

    def test_what_a_server_is_not_needed_for_any_more_is_closed(self):  # J9
        small = self.server(None, FILES)
        large = self.server([{"on": "RETR", "rate": MIB // 8}], [("c.bin", 2 * MIB, 7)])
        running = self.start(*(small.url(name) for name, *_ in FILES), large.url("c.bin"))
        wait_until(lambda: small.sessions() and
                   len(small.events("close")) == small.sessions(), "all sessions to be closed")
        self.assertFalse(running.ended_after(0))
        running.kill_after(0)
        running.wait()
