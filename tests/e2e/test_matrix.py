"""Every real server, reached in every way, with every kind of work; printed as a table."""

import collections
import contextlib
import io
import os
import pathlib
import shutil
import tempfile

from harness import Case, GIB
from matrix_works import Files, NAMES, Row, WORKS, names
from servers.inetutils import InetutilsFtpd
from servers.proftpd import ProFtpd
from servers.pureftpd import PureFtpd
from servers.pyftpd import PyFtpd
from servers.vsftpd import Vsftpd

# The ways to a data connection, and the client's options for them.
DATA_MODES = {mode: ("--data-mode", mode) for mode in ("epsv", "pasv", "eprt", "port")}
ONLY_IPV4 = ("pasv", "port")  # their arguments have no room for an IPv6 address
COLUMNS = [*list(WORKS)[:-3], *NAMES, *list(WORKS)[-3:]]

# (server, column): what the server cannot do, and why. A cell that is excused and works fails.
NO_UTF8 = "takes a name that is not UTF-8 for another one"
EXCUSED = {
    ("pyftpdlib", "latin-1"): NO_UTF8,
    ("pyftpdlib", "byte 255"): NO_UTF8,
}
# Half a minute: done in the first row of one server.
LONG = "5 GiB"
LONG_WITH = "vsftpd"

Cell = collections.namedtuple("Cell", "server ipv6 mode column problem")


class Matrix(Case):
    cells = []

    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="ftpull-matrix-")
        cls.files = Files(cls.enterClassContext(temporary))

    @classmethod
    def tearDownClass(cls):
        print(table(cls.cells))

    def setUp(self):
        super().setUp()
        # What comes of a sparse file has no holes: better in memory than on a disk.
        roomy = "/dev/shm" if os.access("/dev/shm", os.W_OK) and \
            shutil.disk_usage("/dev/shm").free > 7 * GIB else None
        temporary = tempfile.TemporaryDirectory(prefix="ftpull-matrix-", dir=roomy)
        self.memory = pathlib.Path(self.enterContext(temporary))

    def check(self, kind):
        left_out = set() if kind.name == LONG_WITH else {LONG}
        for ipv6 in (False, True):
            with kind(ipv6=ipv6) as server:
                self.files.link_into(server.root)
                for mode, options in DATA_MODES.items():
                    if ipv6 and mode in ONLY_IPV4:
                        continue
                    row = Row(self, server, self.files, options)
                    for column, problem in problems(row, left_out):
                        self.judge(Cell(kind.name, ipv6, mode, column, problem))
                    left_out = {LONG}

    def judge(self, cell):
        self.cells.append(cell)
        reason = EXCUSED.get((cell.server, cell.column))
        with self.subTest(f"{row_name(cell)}: {cell.column}"):
            if reason is None:
                self.assertIsNone(cell.problem)
            else:
                self.assertIsNotNone(cell.problem, f"it works, but is excused: {reason}")

    def test_vsftpd(self):
        self.check(Vsftpd)

    def test_proftpd(self):
        self.check(ProFtpd)

    def test_pureftpd(self):
        self.check(PureFtpd)

    def test_pyftpdlib(self):
        self.check(PyFtpd)

    def test_inetutils(self):
        self.check(InetutilsFtpd)


def problems(row, left_out):
    """(column, what went wrong or None) of each work."""
    for column, work in WORKS.items():
        if column not in left_out:
            yield column, problem_of(work, row)
    row.clear()
    yield from names(row).items()


def problem_of(work, row):
    row.clear()
    try:
        with contextlib.redirect_stderr(io.StringIO()) as said:
            work(row)
    except Exception as error:  # whatever it is, it is this cell's
        return f"{type(error).__name__}: {error} {said.getvalue()}"
    return None


def row_name(cell):
    return f"{cell.server} {'IPv6' if cell.ipv6 else 'IPv4'} {cell.mode.upper()}"


def table(cells):
    """Rows and columns, and below them why a cell is not ok."""
    notes, rows = [], {}
    for cell in cells:
        text = "ok"
        if cell.problem is not None:
            reason = EXCUSED.get((cell.server, cell.column), cell.problem)
            note = f"{cell.server}, {cell.column}: {reason}"
            if note not in notes:
                notes.append(note)
            text = str(notes.index(note) + 1)
        rows.setdefault(row_name(cell), {})[cell.column] = text
    wide = max(map(len, rows), default=0)
    lines = [" ".join([" " * wide, *COLUMNS])]
    for name, row in rows.items():
        lines.append(" ".join([name.ljust(wide),
                               *(row.get(c, "-").center(len(c)) for c in COLUMNS)]))
    lines += [f"  {number} {note}" for number, note in enumerate(notes, 1)]
    return "\n".join(["", *lines, f"  -: takes half a minute; done with {LONG_WITH} over IPv4", ""])
