"""Small files one right behind the other on each session, and servers that do not bear it.

Numbers such as J5 are those of the list of server behaviours that the code refers to."""

import json
import unittest

from harness import KIB, MIB
from test_startup import bursts
from trees import MirrorCase, write

FILES = 60
TOGETHER = ["RETR", "EPSV"]
# As on a path with a round trip: without one, transfers may be over before the next can follow.
AWAY = {"on": ["EPSV", "RETR"], "delay_ms": 5}


class Pipelining(MirrorCase):
    def setUp(self):
        super().setUp()
        for number in range(FILES):
            # Some are empty: what comes of them is a reply alone.
            write(self.remote / f"d{number % 3}" / f"f{number}", b"x" * (number % 7 * 300))
        self.copies = 0

    def fetch(self, script, *args):
        """Mirrors with two sessions; gives what was learned of the host."""
        self.copies += 1
        self.copy = self.folder / f"copy{self.copies}"
        self.cache = self.folder / f"hosts{self.copies}.json"
        self.scripted = self.server(script, root=self.remote)
        return self.fetch_again(*args)

    def fetch_again(self, *args):
        result = self.get("mirror", "-v", "-n", "2", "--host-cache", self.cache, *args,
                          self.scripted.url(""), self.copy)
        self.trace = result.err
        self.assert_same()
        host, = json.loads(self.cache.read_text())["hosts"].values()
        return host.get("following")

    def followed(self):
        """How many transfers were asked for behind another that was under way."""
        return sum(burst[:2] == TOGETHER
                   for session in range(1, self.scripted.sessions() + 1)
                   for burst in bursts(self.trace, session))

    def test_the_next_one_is_asked_for_with_the_one_before(self):
        self.assertEqual(self.fetch([AWAY]), "works")
        self.assertGreater(self.followed(), FILES * 3 // 4)
        self.assertEqual(self.scripted.sessions(), 2)
        self.assertEqual(len(self.scripted.commands("RETR")), FILES)

    def test_a_server_that_is_not_up_to_it(self):  # J5, K3, K4
        for how in ("450 EPSV: data transfer in progress", "500 Unknown command", "discard",
                    "overtake", "421 one thing at a time"):
            with self.subTest(how):
                slow = {"on": "RETR", "rate": 64 * KIB}
                self.assertEqual(self.fetch({"mid_transfer": how, "rules": [slow]}), "fails")
                # One session has tried, and a second file at most came twice because of it.
                self.assertLessEqual(self.scripted.sessions(), 2 + 2)
                self.assertLessEqual(len(self.scripted.commands("RETR")), FILES + 3)

    def test_what_was_learned_spares_the_attempt(self):
        for how, follows in (("discard", False), (None, True)):
            with self.subTest(how):
                self.fetch({"mid_transfer": how} if how else None)
                self.copy = self.folder / f"once more of {how}"
                self.fetch_again()
                self.assertEqual(self.followed() > 0, follows)

    def test_a_file_that_is_refused_in_the_midst(self):
        self.fetch([{"on": "RETR", "nth": [10, 12], "reply": "451 try again"}, AWAY])
        self.assertGreater(self.followed(), FILES // 2)

    def test_sessions_that_are_lost_in_the_midst(self):
        for rule in ({"close_before": "rst"}, {"close_before": "fin"}, {"cut_after": 100},
                     {"abort_close": "fin"}, {"reply": "421 bye", "close_after": "fin"}):
            with self.subTest(rule):
                self.fetch([{"on": "RETR", "nth": [20, 22]} | rule])

    def test_a_large_file_among_the_small_ones(self):
        write(self.remote / "d1" / "large", b"y" * (5 * MIB))
        self.fetch([{"on": "RETR", "rate": 4 * MIB}, AWAY])
        self.assertGreater(self.followed(), FILES // 2)


if __name__ == "__main__":
    unittest.main()
