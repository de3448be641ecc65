"""The vsftpd fixture: what later tests rely on holds."""

import ftplib
import io

from ftp_client import Stopwatch
from harness import Case, MIB, generated, make_file


class TheRealServer(Case):
    def ftp(self, server):
        ftp = ftplib.FTP(timeout=10)
        self.addCleanup(ftp.close)
        ftp.connect("127.0.0.1", server.port)
        ftp.login()
        return ftp

    def test_serves_ranges_and_counts_bytes(self):
        server = self.vsftpd()
        make_file(server.root / "a.bin", 300_000, 3)
        ftp = self.ftp(server)
        data = io.BytesIO()
        ftp.retrbinary("RETR a.bin", data.write, rest=100_000)
        self.assertEqual(data.getvalue(), generated(200_000, 3, 100_000))
        self.assertEqual(server.wait_for_transfers(1), [("/a.bin", 200_000, True)])
        self.assertEqual(server.bytes_sent(), 200_000)

    def test_counts_what_an_unfinished_transfer_sent(self):
        server = self.vsftpd()
        make_file(server.root / "big.bin", 64 * MIB)
        ftp = self.ftp(server)
        ftp.voidcmd("TYPE I")
        data = ftp.transfercmd("RETR big.bin")
        data.recv(1000)
        data.close()
        with self.assertRaises(ftplib.error_temp) as refusal:
            ftp.voidresp()
        self.assertTrue(str(refusal.exception).startswith("426"))
        (_, count, complete), = server.wait_for_transfers(1)
        self.assertFalse(complete)
        self.assertTrue(1000 <= count < 64 * MIB, count)

    def test_limits(self):
        server = self.vsftpd(anon_max_rate=1 * MIB, max_per_ip=1)
        make_file(server.root / "a.bin", MIB)
        ftp = self.ftp(server)
        with self.assertRaises(ftplib.error_temp) as refusal:
            self.ftp(server)
        self.assertTrue(str(refusal.exception).startswith("421"))
        with Stopwatch() as watch:
            ftp.retrbinary("RETR a.bin", lambda _: None)
        self.assertGreater(watch.seconds, 0.5)
