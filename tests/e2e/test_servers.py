"""The real servers, as fixtures: what other tests rely on holds."""

import ftplib
import io
import pathlib

from ftp_client import Stopwatch
from harness import Case, MIB, generated, make_file, wait_until
from servers.every_server import EVERY_SERVER
from servers.vsftpd import Vsftpd


class Connecting(Case):
    def ftp(self, server):
        ftp = ftplib.FTP(timeout=10)
        self.addCleanup(ftp.close)
        ftp.connect(server.address, server.port)
        ftp.login()
        return ftp


class EachServer(Connecting):
    def test_serves_ranges(self):
        for kind in EVERY_SERVER:
            for ipv6 in (False, True):
                with self.subTest(kind.name, ipv6=ipv6):
                    server = self.serve(kind, ipv6=ipv6)
                    (server.root / "a b.bin").write_bytes(generated(3000))
                    data = io.BytesIO()
                    self.ftp(server).retrbinary("RETR a b.bin", data.write, rest=1000)
                    self.assertEqual(data.getvalue(), generated(2000, 1, 1000))

    def test_leaves_nothing_behind(self):
        for kind in EVERY_SERVER:
            with self.subTest(kind.name):
                home = pathlib.Path("/etc/passwd").read_text()
                with kind() as server:
                    first, _ = self.ftp(server), self.ftp(server)
                    self.assertEqual(len(server.sessions()), 2)
                    processes = [pid for session in server.sessions() for pid in session]
                    first.close()
                    wait_until(lambda: len(server.sessions()) == 1, "one session is left")
                    self.assertEqual(pathlib.Path("/etc/passwd").read_text(), home)
                wait_until(lambda: not any(map(is_running, processes)), "no process is left")
                self.assertFalse(server.folder.exists())


def is_running(pid):
    try:
        status = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


class OfVsftpd(Connecting):

    def test_serves_ranges_and_counts_bytes(self):
        server = self.serve(Vsftpd)
        make_file(server.root / "a.bin", 300_000, 3)
        ftp = self.ftp(server)
        data = io.BytesIO()
        ftp.retrbinary("RETR a.bin", data.write, rest=100_000)
        self.assertEqual(data.getvalue(), generated(200_000, 3, 100_000))
        self.assertEqual(server.wait_for_transfers(1), [("/a.bin", 200_000, True)])
        self.assertEqual(server.bytes_sent(), 200_000)

    def test_counts_what_an_unfinished_transfer_sent(self):
        server = self.serve(Vsftpd)
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
        server = self.serve(Vsftpd, rate_bytes=1 * MIB, max_per_ip=1)
        make_file(server.root / "a.bin", 3 * MIB)
        ftp = self.ftp(server)
        with self.assertRaises(ftplib.error_temp) as refusal:
            self.ftp(server)
        self.assertTrue(str(refusal.exception).startswith("421"))
        with Stopwatch() as watch:
            ftp.retrbinary("RETR a.bin", lambda _: None)
        self.assertGreater(watch.seconds, 0.5)
