"""ftpull ls with the real servers, of which some have MLSD and some only LIST."""

import os
import time
import urllib.parse

from harness import Case, json_lines
from servers.every_server import EVERY_SERVER

# Below the folder "pub": names as bytes, and how long the files are.
FILES = {
    b"a.bin": 3000, b"a  b c": 1, b"-dash": 2, b"it's \"quoted\"": 3, b"caf\xc3\xa9": 4,
    b"caf\xe9": 5, b"sub/inner": 6}
NOT_UTF8 = b"caf\xe9"
OLD = 1583298367  # 2020-03-04 05:06:07 UTC
GREETINGS = {"vsftpd": "vsFTPd", "ProFTPD": "ProFTPD", "Pure-FTPd": "Pure-FTPd",
             "pyftpdlib": "pyftpdlib", "inetutils-ftpd": "inetutils"}
# These names it gives out in another spelling, in which it does not find them again.
WITHOUT_NOT_UTF8 = ("pyftpdlib",)
# It tells what a link leads to as if that was there.
FOLLOWING_LINKS = ("pyftpdlib",)
LENGTHS = {"day": 10, "minute": 16, "second": 19, "fraction": 19}  # of RFC 3339's text


def make_tree(server):
    root = os.fsencode(server.root)
    os.makedirs(root + b"/pub/sub/deeper")
    os.mkdir(root + b"/empty")
    recent = int(time.time()) - 3600
    for name, size in FILES.items():
        path = root + b"/pub/" + name
        with open(path, "wb") as file:
            file.write(b"x" * size)
        os.utime(path, (recent, recent))
    os.utime(root + b"/pub/a.bin", (OLD, OLD))
    os.symlink(b"a.bin", root + b"/pub/link")
    return recent


def path_of(line):
    """The bytes of an entry's path, from its URL."""
    return urllib.parse.unquote_to_bytes(line["url"].split("/", 3)[3])


def name_of(line):
    return path_of(line).rpartition(b"/")[2]


def shows(line, moment):
    """Is the time of an entry this one, as far as the server tells? Wall clocks are this machine's,
    or UTC."""
    clocks = [time.gmtime] if line["mtime"].endswith("Z") else [time.gmtime, time.localtime]
    length = LENGTHS[line["mtime_precision"]]
    return line["mtime"][:length] in [
        time.strftime("%Y-%m-%dT%H:%M:%S", clock(moment))[:length] for clock in clocks]


class Ls(Case):
    def ls(self, *args, code=0):
        return self.get("ls", "--host-cache", "none", *args, code=code)

    def with_each_server(self, check):
        for kind in EVERY_SERVER:
            with self.subTest(kind.name), kind() as server:
                server.recent = make_tree(server)
                check(server)

    def names_in_pub(self, server):
        names = [name for name in FILES if b"/" not in name] + [b"link", b"sub"]
        return sorted(name for name in names
                      if name != NOT_UTF8 or server.name not in WITHOUT_NOT_UTF8)

    def test_shows_every_entry_with_size_and_time(self):
        def check(server):
            lines = json_lines(self.ls("--json", server.url("pub")).out)
            found = {name_of(line): line for line in lines}
            self.assertEqual(len(lines), len(self.names_in_pub(server)) +
                             (server.name in WITHOUT_NOT_UTF8))
            for name in self.names_in_pub(server):
                self.assertIn(name, found)
                self.assertEqual(path_of(found[name]), b"pub/" + name)
                if name in FILES:
                    self.assertEqual((found[name]["type"], found[name]["size"]),
                                     ("file", FILES[name]))
                    moment = OLD if name == b"a.bin" else server.recent
                    self.assertTrue(shows(found[name], moment), found[name])
            self.assertEqual(found[b"link"]["type"],
                             "file" if server.name in FOLLOWING_LINKS else "link")
            self.assertEqual((found[b"sub"]["type"], found[b"sub"]["size"]), ("dir", None))
        self.with_each_server(check)

    def test_shows_names_for_a_person(self):
        def check(server):
            names = self.ls(server.url("pub")).out.splitlines()
            wanted = [name.decode("utf-8", "backslashreplace") + ("/" if name == b"sub" else "")
                      for name in self.names_in_pub(server)]
            self.assertEqual(set(wanted) - set(names), set())
            self.assertEqual(names, self.ls(server.url("pub/")).out.splitlines())
            # The last column is the name, and may have blanks of its own.
            lines = self.ls("-l", server.url("pub")).out.splitlines()
            for line, name in zip(lines, names, strict=True):
                self.assertIn(f" {name}", line)
            old = [line for line in lines if line.endswith(" a.bin")]
            self.assertTrue(any(" 3000 2020-03-04" in line for line in old), old)
        self.with_each_server(check)

    def test_shows_folders_below(self):
        def check(server):
            result = self.ls("-R", server.url("pub"))
            blocks = [f"{block}\n".partition(":\n") for block in result.out.strip().split("\n\n")]
            folders = {folder: names.split() for folder, _, names in blocks}
            self.assertEqual(set(folders), {"pub", "pub/sub", "pub/sub/deeper"})
            self.assertEqual(folders["pub/sub"], ["deeper/", "inner"])
            self.assertEqual(folders["pub/sub/deeper"], [])
            paths = {path_of(line) for line in
                     json_lines(self.ls("-R", "--json", server.url("")).out)}
            wanted = {b"pub", b"empty", b"pub/sub/deeper", b"pub/sub/inner"}
            self.assertEqual(wanted - paths, set())
        self.with_each_server(check)

    def test_tells_an_empty_folder_from_none(self):
        def check(server):
            self.assertEqual(self.ls("-l", server.url("empty")).out, "")
            missing = self.ls(server.url("missing"), code=5)
            self.assertEqual(missing.out, "")
            self.assertIn("missing", missing.err)
        self.with_each_server(check)

    def test_names_the_software(self):
        def check(server):
            out = self.ls("--features", server.url("")).out
            software = next(line for line in out.splitlines() if "software" in line)
            self.assertIn(GREETINGS[server.name], software)
            (line,) = json_lines(self.ls("--features", "--json", server.url("")).out)
            self.assertIn(GREETINGS[server.name], line["software"])
            self.assertGreater(line["round_trip_ms"], 0)
        self.with_each_server(check)


class HowToList(Case):
    """MLSD where FEAT offers it, LIST where it does not (L15, B10)."""

    FILES = (("sub/a.bin", 5, 3),)
    WITHOUT = {"features": ["EPSV", "MDTM", "SIZE"]}

    def verbs_of(self, script, *args):
        server = self.server(script, self.FILES)
        self.assertEqual(self.get("ls", *args, server.url("sub/")).out, "a.bin\n")
        return [line.split()[0] for line in server.commands()]

    def test_mlsd_where_it_is_offered(self):
        verbs = self.verbs_of(None, "--host-cache", "none")
        self.assertIn("MLSD", verbs)
        self.assertNotIn("LIST", verbs)

    def test_list_at_once_where_it_is_not(self):
        for script in (self.WITHOUT, [{"on": "FEAT", "reply": "500 what?"}]):
            with self.subTest(script):
                verbs = self.verbs_of(script, "--host-cache", "none")
                self.assertIn("LIST", verbs)
                self.assertNotIn("MLSD", verbs)

    def test_list_where_mlsd_is_only_promised(self):
        for code in (500, 502, 504):
            with self.subTest(code):
                verbs = self.verbs_of([{"on": "MLSD", "reply": f"{code} what?"}],
                                      "--host-cache", "none")
                self.assertEqual([v for v in verbs if v in ("MLSD", "LIST")], ["MLSD", "LIST"])

    def test_what_is_offered_is_remembered(self):
        for script, verb in ((self.WITHOUT, "LIST"), (None, "MLSD")):
            with self.subTest(verb):
                cache = self.folder / f"{verb}.json"
                server = self.server(script, self.FILES)
                for _ in range(2):
                    out = self.get("ls", "--host-cache", cache, server.url("sub/")).out
                    self.assertEqual(out, "a.bin\n")
                verbs = [line.split()[0] for line in server.commands()]
                self.assertEqual(verbs.count("FEAT"), 1)
                self.assertEqual([v for v in verbs if v in ("MLSD", "LIST")], [verb] * 2)
