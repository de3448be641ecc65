"""Small disks for a test: file systems in images, on loop devices, and in memory.

As root only. A disk is unmounted when its test ends, and its loop device goes with the mount.
"""

import contextlib
import fcntl
import functools
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest

from harness import Case, MIB, run_ftpull, wait_until

LOOP_SET_STATUS64, LOOP_GET_STATUS64 = 0x4C04, 0x4C05


def administer(*command):
    """Runs mount and the like, which may not be on the path; raises with what it said."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    done = subprocess.run([shutil.which(str(command[0]), path=path) or str(command[0]),
                           *map(str, command[1:])], capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")


def make_image(path, size, kind="ext4"):
    """A file of `size` bytes with an empty file system; blocks that are not in use are holes."""
    with open(path, "wb") as image:
        image.truncate(size)
    # Of ext2 to 4: also into a file, and without blocks that are kept for root.
    options = ["-F", "-m", "0"] if kind.startswith("ext") else []
    administer(f"mkfs.{kind}", "-q", *options, path)
    return pathlib.Path(path)


def loop_device(folder):
    """The name of the loop device that is mounted there. Never another: it will be broken."""
    number = os.stat(folder).st_dev
    link = os.readlink(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
    name = os.path.basename(link)
    if not name.startswith("loop"):
        raise ValueError(f"{folder} is on {name}")
    return name


def cut_off(folder, size):
    """Whatever the disk that is mounted there has beyond `size` bytes gives I/O errors."""
    status = bytearray(232)  # struct loop_info64 of linux/loop.h, with lo_sizelimit at 32
    with open(f"/dev/{loop_device(folder)}", "rb") as file:
        fcntl.ioctl(file, LOOP_GET_STATUS64, status)
        struct.pack_into("=Q", status, 32, size)
        fcntl.ioctl(file, LOOP_SET_STATUS64, status)


def is_held(image):
    """Whether a loop device has the image: it lets go of it a while after the last unmount."""
    for held in pathlib.Path("/sys/block").glob("loop*/loop/backing_file"):
        with contextlib.suppress(OSError):  # it was freed meanwhile
            if held.read_text().rstrip("\n") == str(image):
                return True
    return False


@contextlib.contextmanager
def mounted(source, folder, options="loop", kind=None):
    """The folder, which is made if missing. At the end `source` can be mounted again."""
    pathlib.Path(folder).mkdir(exist_ok=True)
    administer("mount", *(["-t", kind] if kind else []), "-o", options, source, folder)
    try:
        yield pathlib.Path(folder)
    finally:
        try:
            administer("umount", folder)
        except OSError:  # someone still uses it: gone for all others, at least
            administer("umount", "-l", folder)
        wait_until(lambda: not is_held(source), f"{source} let go of by its loop device")


@functools.cache
def why_no_disks():
    """None where disks can be made; tried once."""
    if os.geteuid() != 0:
        return "only root can mount disks"
    with tempfile.TemporaryDirectory(prefix="ftpull-disk-") as folder:
        try:
            with mounted(make_image(f"{folder}/image", 2 * MIB), f"{folder}/disk"):
                pass
        except OSError as error:
            return f"disks cannot be mounted here: {error}"
    return None


def often():
    """Checkpoints five times a second, where the program can be told to."""
    known = "--checkpoint-interval" in run_ftpull(["get", "--help"]).out
    return ["--checkpoint-interval", "0.2"] if known else []


class DiskCase(Case):
    def setUp(self):
        if why_no_disks():
            raise unittest.SkipTest(why_no_disks())
        super().setUp()

    def mount(self, source, name="disk", options="loop", kind=None):
        """Mounted on a folder of the test until it ends."""
        return self.enterContext(mounted(source, self.folder / name, options, kind))

    def memory_disk(self, size, name="disk"):
        return self.mount("none", name, f"size={size}", "tmpfs")
