"""bench/compare: it runs the programs, and what it says of them is true."""

import json
import os
import pathlib
import shutil
import signal
import subprocess

from harness import FTPULL, ROOT, Case, wait_until

COMPARE = ROOT / "bench/compare"
SIZE_MIB = 2
PROGRAM = pathlib.Path(FTPULL).resolve()
UNCHANGED = f'#!/bin/sh\nexec "{PROGRAM}" "$@"\n'


class Compare(Case):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("bench/compare mounts a folder in memory, and this is not root")
        for name in ("vsftpd", "curl"):
            if not shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin"):
                self.skipTest(f"bench/compare needs {name}, which is not installed")
        probe = subprocess.run(["mount", "-t", "tmpfs", "ftpull", self.folder],
                               stderr=subprocess.PIPE, text=True)
        if probe.returncode != 0:
            self.skipTest(f"no file system can be mounted here: {probe.stderr.strip()}")
        subprocess.run(["umount", self.folder], check=True)

    def start_compare(self, ftpull):
        """With a shell script as its ftpull; its temp files and mounts are in the test's folder."""
        program = self.folder / "build/src/cli/ftpull"
        program.parent.mkdir(parents=True)
        program.write_text(ftpull)
        program.chmod(0o755)
        process = subprocess.Popen(
            [COMPARE, "--only", "loopback", "--rounds", "1", "--size-mib", str(SIZE_MIB),
             "--programs", "ftpull,curl", "--build", self.folder / "build",
             "--out", self.folder / "out"], env=os.environ | {"TMPDIR": str(self.folder)},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def compare(self, ftpull):
        """(exit code, standard output, {program: run}, the table)"""
        process = self.start_compare(ftpull)
        output, _ = process.communicate(timeout=120)
        out = self.folder / "out"
        self.assertTrue((out / "compare.json").exists(), output)
        runs = json.loads((out / "compare.json").read_text())["runs"]
        counted = {run["program"]: run for run in runs if run["round"] > 0}
        self.assertEqual(set(counted), {"ftpull -n 4", "curl"}, output)
        self.assertEqual(self.mounts(), [])
        return process.returncode, output, counted, (out / "compare.md").read_text()

    def mounts(self):
        return [line for line in pathlib.Path("/proc/mounts").read_text().splitlines()
                if str(self.folder) in line]

    def test_measures_and_checks_each_program(self):
        code, output, runs, table = self.compare(UNCHANGED)
        self.assertEqual(code, 0, output)
        for run in runs.values():
            self.assertEqual(run["verdict"], "right", output)
            self.assertEqual(run["size"], SIZE_MIB << 20)
            self.assertGreater(run["wall_s"], 0)
        self.assertIn("| ftpull -n 4", table)
        self.assertIn("1 right", table)

    def test_a_wrong_file_is_shown_and_not_dropped(self):
        # The right length and exit 0, and some bytes are wrong.
        code, output, runs, table = self.compare(
            f'#!/bin/sh\n"{PROGRAM}" "$@" || exit\nfor out; do :; done\n'
            '[ -f "$out" ] || exit 0\n'
            'dd if=/dev/zero of="$out" bs=8 seek=9999 count=1 conv=notrunc status=none\n')
        self.assertEqual(code, 1, output)
        self.assertEqual(runs["ftpull -n 4"]["verdict"], "wrong file, exit 0")
        self.assertEqual(runs["curl"]["verdict"], "right")
        self.assertIn("**wrong file, exit 0**", table)

    def test_a_failure_is_shown_and_not_dropped(self):
        code, output, runs, table = self.compare(
            '#!/bin/sh\necho "no such luck" >&2\nexit 3\n')
        self.assertEqual(code, 1, output)
        self.assertEqual(runs["ftpull -n 4"]["verdict"], "exit 3, no file")
        self.assertEqual(runs["ftpull -n 4"]["message"], "no such luck")
        self.assertIn("**exit 3, no file**", table)

    def test_interrupted_it_leaves_nothing(self):
        marker = self.folder / "pid"
        process = self.start_compare(
            '#!/bin/sh\n[ "$1" = --version ] && exit\n'
            f'echo $$ >"{marker}.new" && mv "{marker}.new" "{marker}"\nexec sleep 100\n')
        wait_until(marker.exists, "the program that never ends runs")
        self.assertEqual(len(self.mounts()), 1)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 130, output)
        self.assertEqual(self.mounts(), [])
        self.assertFalse(pathlib.Path(f"/proc/{marker.read_text().strip()}").exists())
