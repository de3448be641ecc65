"""vsftpd, anonymous and read-only, on loopback or in the server's namespace."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

from .network import Unusable, inside

START_TIMEOUT_S = 10


def program():
    found = shutil.which("vsftpd", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        raise Unusable("vsftpd is not installed; type: bench/setup")
    return found


class Vsftpd:
    """Serves `root` on address:port until the `with` block ends."""

    def __init__(self, folder, root, address, port, namespace=None):
        self.folder, self.root = pathlib.Path(folder), pathlib.Path(root)
        self.address, self.port, self.namespace = address, port, namespace

    def __enter__(self):
        empty = self.folder / "empty"
        empty.mkdir(mode=0o555, exist_ok=True)
        settings = {
            "listen": "YES", "listen_ipv6": "NO", "listen_port": self.port, "background": "NO",
            "anonymous_enable": "YES", "no_anon_password": "YES", "local_enable": "NO",
            "anon_root": self.root, "write_enable": "NO", "secure_chroot_dir": empty,
            "connect_from_port_20": "NO", "xferlog_enable": "NO", "pam_service_name": "vsftpd",
            # Sandboxes of their own may be forbidden in containers.
            "seccomp_sandbox": "NO", "isolate": "NO", "isolate_network": "NO"}
        if self.namespace is None:
            settings["listen_address"] = self.address
        configuration = self.folder / "vsftpd.conf"
        configuration.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        output = self.folder / "vsftpd.output"
        with open(output, "wb") as file:
            self._process = subprocess.Popen(
                inside(self.namespace, program(), str(configuration)), stdin=subprocess.DEVNULL,
                stdout=file, stderr=file, start_new_session=True)
        end = time.monotonic() + START_TIMEOUT_S
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > end:
                self.__exit__()
                raise Unusable(f"vsftpd did not start on port {self.port}: "
                               + output.read_text(errors="replace").strip())
            time.sleep(0.01)
        return self

    def __exit__(self, *_):
        try:  # its sessions are in its process group
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()

    def _listens(self):
        return any(local.endswith(f":{self.port:04X}") and state == "0A"
                   for local, _, state in connections(self._process.pid))

    def url(self, path):
        return f"ftp://{self.address}:{self.port}/{path}"


def connections(pid):
    """(local, remote, state) of each TCP connection where this process is, as the kernel says it
    in hexadecimal."""
    try:
        with open(f"/proc/{pid}/net/tcp") as table:
            lines = table.read().splitlines()[1:]
    except OSError:  # it has ended
        return []
    return [tuple(line.split()[1:4]) for line in lines]
