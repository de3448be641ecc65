"""Servers that allow three connections from an address, each saying so in its own way.

Numbers such as C1 are those of the list of server behaviours that the code refers to.
"""

import re

from harness import Case, MIB, json_lines, make_file, same
from servers.proftpd import ProFtpd
from servers.pureftpd import PureFtpd
from servers.vsftpd import Vsftpd

ALLOWED = 3
RATE = 4 * MIB  # bytes a second for each session: time enough to try all 16
REFUSED = re.compile(r" < (?:421|530) ")


class Limits(Case):
    def fetch(self, *args):
        result = self.get(self.remote.url("a.bin"), "-n", "16", "--restart", "--json", *args)
        line, = json_lines(result.out)
        self.assertEqual(line["connections"], ALLOWED)
        self.assertTrue(same(self.source, self.folder / "a.bin"))
        self.remote.wait_until_idle()  # what has not ended counts
        return result

    def check(self, kind):
        """The first run finds the limit, and says nothing of it; the second begins with it."""
        self.remote = self.serve(kind, max_per_ip=ALLOWED, rate_bytes=RATE)
        self.source = make_file(self.remote.root / "a.bin", ALLOWED * RATE)
        self.assertEqual(self.fetch().err, "")
        said = self.fetch("-v").err
        self.assertEqual(said.count(" connected to "), ALLOWED, said)
        self.assertNotRegex(said, REFUSED)

    def test_refused_with_421_for_a_greeting(self):  # C1: "421 Too many connections (3) from ..."
        self.check(PureFtpd)

    def test_refused_with_421_that_names_no_number(self):  # C4
        self.check(Vsftpd)

    def test_refused_with_530_for_a_login(self):  # C3: "530 Sorry, the maximum number of clients"
        self.check(ProFtpd)

    def test_without_what_the_first_run_learned_the_second_is_refused(self):
        self.remote = self.serve(PureFtpd, max_per_ip=ALLOWED, rate_bytes=RATE)
        self.source = make_file(self.remote.root / "a.bin", ALLOWED * RATE)
        self.fetch()
        self.assertRegex(self.fetch("-v", "--host-cache", "none").err, REFUSED)
