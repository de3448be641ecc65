"""ftpull mirror from the real servers: a tree with everything in it that makes trouble, fetched
once, and then found to be equal.

FTPULL_MIRROR="FILES MEBIBYTES" makes it as large as is wanted: so many small files, and three of so
many MiB."""

import os
import subprocess

from harness import Case, MIB, json_lines, make_file
from servers.every_server import EVERY_SERVER
from trees import differences

SMALL, LARGE_MIB = (int(word) for word in os.environ.get("FTPULL_MIRROR", "300 5").split())
FOLDERS = 20
ODD_NAMES = [b"with  blanks", b"-dash", b"it's \"quoted\"", b"100%", b"#1", b"caf\xc3\xa9",
             b"x" * 255, b"[set]*?"]
# The byte 255 is IAC in Telnet, and servers differ in how it is to be sent (L2).
NOT_UTF8 = [b"caf\xe9", b"y\xff", b"\xff\xff"]
NOT_UTF8_FOLDER = b"folder \xff"
TIMES = [1583298367, 1700000000, 4102444800]  # 2020, 2023, 2100
# It lists what is to come without its year.
WITHOUT_FUTURE = ("inetutils-ftpd",)
# These names it gives out in another spelling, in which it does not find them again.
WITHOUT_NOT_UTF8 = ("pyftpdlib",)
# It tells what a link leads to as if that was there.
FOLLOWING_LINKS = ("pyftpdlib",)


def make_tree(root, names, times):
    """In `root`, as bytes."""
    for number in range(FOLDERS):
        os.makedirs(root + b"/f%d/deep/deeper" % number)
    os.mkdir(root + b"/empty folder")
    for number in range(SMALL):
        folder = b"/f%d" % (number % FOLDERS) + (b"/deep" if number % 3 == 0 else b"")
        path = root + folder + b"/file %d" % number
        size = 0 if number % 50 == 0 else number * 37 % 20000
        make_file(path.decode(), size, seed=number + 1)
        os.utime(path, (times[number % len(times)],) * 2)
    for number in range(3):
        path = root + b"/f%d/large.bin" % number
        make_file(path.decode(), LARGE_MIB * MIB, seed=9000 + number)
        os.utime(path, (times[number % len(times)],) * 2)
    folder = root + b"/f0/deep/" + (NOT_UTF8_FOLDER if NOT_UTF8[0] in names else b"folder")
    os.mkdir(folder)
    for name in names:
        for path in (root + b"/f0/deep/" + name, folder + b"/" + name):
            with open(path, "wb") as file:
                file.write(b"odd " + name)
    os.symlink(b"file 1", root + b"/f1/link")
    os.symlink(b"../f2", root + b"/f3/folder link")


class MirrorFromEveryServer(Case):
    def mirror(self, server, *args, code=0):
        result = self.get("mirror", "--host-cache", "none", "--json", *args,
                          server.url("tree"), "copy", code=code, timeout=600)
        return json_lines(result.out), result

    def check(self, kind, *args):
        names = [*ODD_NAMES, *([] if kind.name in WITHOUT_NOT_UTF8 else NOT_UTF8)]
        with kind() as server:
            root = os.fsencode(server.root) + b"/tree"
            os.mkdir(root)
            make_tree(root, names, TIMES[:2] if kind.name in WITHOUT_FUTURE else TIMES)
            links = ["--links", "skip"] if kind.name in FOLLOWING_LINKS else []
            if kind.name in FOLLOWING_LINKS:
                os.remove(root + b"/f1/link")
                os.remove(root + b"/f3/folder link")
            lines, result = self.mirror(server, *links, *args)
            copy = os.fsencode(self.folder / "copy")
            self.assertEqual(differences(copy, root), {})
            subprocess.run(["diff", "-r", "--no-dereference", root, copy], check=True)
            self.assertTrue(lines[-1]["complete"])
            self.assertEqual(lines[-1]["fetched"], SMALL + 3 + 2 * len(names))
            again, _ = self.mirror(server, *links, *args)
            self.assertEqual((again[-1]["fetched"], again[-1]["fetched_bytes"]), (0, 0))
            self.assertEqual(again[-1]["kept"], lines[-1]["fetched"])
            self.assertEqual(differences(copy, root), {})


def case_of(kind, *args):
    return lambda self: self.check(kind, *args)


for server_kind in EVERY_SERVER:
    name = "".join(c if c.isalnum() else "_" for c in server_kind.name.lower())
    setattr(MirrorFromEveryServer, f"test_{name}", case_of(server_kind))
    setattr(MirrorFromEveryServer, f"test_{name}_active", case_of(server_kind, "--active"))
