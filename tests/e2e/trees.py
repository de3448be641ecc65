"""Trees on disk for tests of ftpull mirror: made, looked at and compared."""

import os
import pathlib

from harness import Case, json_lines

TIME = 1700000000  # 2023-11-14 22:13:20


def write(path, content=b"", time=TIME):
    """A file, with the folders that it lies in. Returns its path."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (time, time))
    return path


def entries(root):
    """What is in a tree: by path the type, and of files size and time, of links the target."""
    found = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            info = os.lstat(path)
            kind = ("link", os.readlink(path)) if os.path.islink(path) else (
                ("dir",) if os.path.isdir(path) else ("file", info.st_size, int(info.st_mtime)))
            found[os.path.relpath(path, root)] = kind
    return found


def differences(copy, root):
    """What is not the same in two trees, by path: in the first, in the second."""
    ours, theirs = entries(copy), entries(root)
    return {path: (ours.get(path), theirs.get(path)) for path in ours.keys() | theirs.keys()
            if ours.get(path) != theirs.get(path)}


class MirrorCase(Case):
    """A folder `self.remote` to be served, and the mirror of it in `self.copy`."""

    def setUp(self):
        super().setUp()
        self.remote = self.folder / "remote"
        self.remote.mkdir()
        self.copy = self.folder / "copy"

    def write(self, *paths, **how):
        for path in paths:
            write(self.remote / path, f"this is {path}", **how)

    def mirror(self, server, *args, code=0, **how):
        """Into `self.copy`; gives the last line of --json, with the others as `items`."""
        result = self.get("mirror", "--host-cache", "none", "--json", *args, server.url(""),
                          self.copy, code=code, **how)
        *items, summary = json_lines(result.out)
        return summary | {"items": items, "err": result.err}

    def statuses(self, summary, *statuses):
        """By path, those of items with one of `statuses`, or all but those that are kept."""
        return {item["path"]: item["status"] for item in summary["items"]
                if (item["status"] in statuses if statuses else item["status"] != "kept")}

    def files(self):
        """The paths of what is in the copy, but for folders."""
        return sorted(path for path, kind in entries(self.copy).items() if kind != ("dir",))

    def assert_same(self, but=()):
        """The copy is the remote tree, its contents too."""
        unlike = differences(self.copy, self.remote)
        self.assertEqual({path: kinds for path, kinds in unlike.items() if path not in but}, {})
        for path, kind in entries(self.remote).items():
            if kind[0] == "file" and path not in but:
                self.assertEqual((self.copy / path).read_bytes(),
                                 (self.remote / path).read_bytes(), path)
