"""The box: a Jupyter kernel that runs inside a bubblewrap sandbox.

`BoxProvisioner` is a `jupyter_client` kernel provisioner. It starts the kernel's own command, but
under `bwrap`: no network, a clean environment, a read-only system, a home folder in memory that
vanishes with the process, its own process tree, and limits on what the code may use. The kernel is
reached through Unix sockets in a folder made for this one kernel.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Integer
from traitlets.config import Config, Configurable

HOME = Path("/tmp/student")
WIRE = Path(__file__).with_name("wire.py")  # the one file of the grader in the box
COURSE = Path("/course")
INSTALL = "apt install bubblewrap"
ENVIRONMENT = {
    "HOME": str(HOME),
    "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONPATH": str(COURSE),
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
}


class BoxError(RuntimeError):
    """Raised where a student's code cannot be run in a box."""


class Limits(Configurable):
    """What the code of one submission may use. Set in `nbgrader_config.py`."""

    cell = Integer(20, help="Seconds that one cell may run.").tag(config=True)
    wall = Integer(120, help="Seconds that all cells together may run.").tag(config=True)
    cpu = Integer(60, help="Seconds of processor time.").tag(config=True)
    memory = Integer(1_500_000_000, help="Bytes of memory.").tag(config=True)
    processes = Integer(64, help="Number of processes and threads.").tag(config=True)
    files = Integer(20_000_000, help="Bytes of files.").tag(config=True)
    output = Integer(1_000_000, help="Bytes of output that are kept.").tag(config=True)


def require_box() -> str:
    """Return the path of `bwrap`; raise `BoxError` with the install command without it."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise BoxError(
            "bubblewrap is not installed, so students' code cannot be run safely. "
            f"Install it with: {INSTALL} (or pass --insecure to run their code unprotected)"
        )
    return bwrap


def box_command(command: list[str], sockets: Path, given: Path, limits: Limits) -> list[str]:
    """Return `command` wrapped so that it runs in the box.

    `sockets` is the folder of the connection file and the sockets, the one place that both sides
    can write. The files in `given`, notebooks apart, appear read-only in the home folder.
    """
    return [
        require_box(),
        *("--die-with-parent", "--new-session", "--clearenv"),
        *(
            "--unshare-ipc",
            "--unshare-pid",
            "--unshare-net",
            "--unshare-uts",
            "--unshare-cgroup-try",
        ),
        *file_system(sockets, given, limits.files),
        *(word for name, value in ENVIRONMENT.items() for word in ("--setenv", name, value)),
        *user(sockets),
        *("prlimit", f"--cpu={limits.cpu}", f"--as={limits.memory}", "--core=0", "--nofile=256"),
        *(f"--nproc={limits.processes}", f"--fsize={limits.files}", "--"),
        *command,
    ]


def file_system(sockets: Path, given: Path, size: int) -> list[str]:
    """Return the options that lay out the files of the box: /tmp and `sockets` can be written."""
    box = ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--size", str(size)]
    box += ["--tmpfs", "/tmp", "--perms", "1777", "--dir", str(HOME), "--chdir", str(HOME)]

    def bind(source: Path, target: Path, how: str = "--ro-bind") -> None:
        for parent in reversed(target.parents[:-1]):
            box.extend(["--perms", "0755", "--dir", str(parent)])
        box.extend([how, str(source), str(target)])

    bind(Path("/usr"), Path("/usr"))
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        system = Path("/", name)
        if system.is_symlink():
            box += ["--symlink", os.readlink(system), str(system)]
        elif system.exists():
            bind(system, system)
    bind(Path("/etc/ld.so.cache"), Path("/etc/ld.so.cache"), "--ro-bind-try")
    for prefix in {Path(sys.base_prefix), Path(sys.prefix)}:
        if not prefix.is_relative_to("/usr"):
            bind(prefix, prefix)
    bind(WIRE, COURSE / WIRE.name)
    bind(sockets, sockets, "--bind")
    for path in sorted(given.iterdir()):
        if path.suffix != ".ipynb" and path.is_file() and not path.is_symlink():
            bind(path, HOME / path.name)
    return [*box, "--remount-ro", "/", "--remount-ro", "/dev"]


def user(sockets: Path) -> list[str]:
    """Return the options that take all rights away, and give `sockets` to the user in the box."""
    if os.getuid() != 0:
        return ["--unshare-user", "--"]
    # RLIMIT_NPROC does not bind for root: become a user that exists for this box alone.
    number = random.randrange(60_001, 65_534)
    for path in (sockets, *sockets.iterdir()):
        os.chown(path, number, number)
    return [
        *("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--"),
        *("setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups"),
        *("--inh-caps=-all", "--no-new-privs"),
    ]


def try_box(config: Config | None = None) -> None:
    """Run an empty command in the box; raise `BoxError` with what went wrong where it fails."""
    with tempfile.TemporaryDirectory(prefix="box-") as folder:
        command = box_command(["/usr/bin/true"], Path(folder), Path(folder), Limits(config=config))
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise BoxError(f"bubblewrap cannot make a box on this machine: {done.stderr.strip()}")


def own_memory(pid: int) -> int:
    """Return the bytes of memory of a process: its own, shared, and in files in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    total = (
        sum(int(size) for size in re.findall(r"^Rss(?:Anon|Shmem):\s+(\d+)", status, re.M)) * 1024
    )
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            if os.readlink(file).startswith("/memfd:"):
                total += file.stat().st_blocks * 512
    return total


def disk_space(folder: Path) -> int:
    """Return the bytes that the files in a folder, and in the folders in it, take."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.lstat(Path(parent, name)).st_blocks * 512
    return total


class BoxProvisioner(LocalProvisioner):
    """Starts a kernel in the box, with the files of the working folder in its home folder.

    The folder `sockets` is made for the kernel and goes with it. `calls` is the place in it of the
    socket at which `grading.wire` serves. `stopped` says why the kernel was stopped, if it was.
    """

    sockets: Path
    stopped = ""

    @property
    def calls(self) -> str:
        return str(self.sockets / "calls")

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        # A short path: that of a Unix socket has at most 107 characters.
        self.sockets = Path(tempfile.mkdtemp(prefix="box-", dir="/tmp"))
        self.limits = Limits(config=self.parent.config)
        manager = self.parent
        manager.transport = "ipc"
        # Without an absolute path here the client waits for sockets in its own working folder.
        manager.ip = str(self.sockets / "kernel")
        manager.connection_file = str(self.sockets / "connection.json")
        kwargs = await super().pre_launch(**kwargs)
        given = Path(kwargs.pop("cwd", None) or self.sockets)
        kwargs |= {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return kwargs | self.enclosed(kwargs["cmd"], given)

    def enclosed(self, command: list[str], given: Path) -> dict[str, Any]:
        """Return the command, in the box, and the environment of `bwrap`.

        `bwrap` stays in the box as process 1, so its environment must hold nothing either.
        """
        return {"cmd": box_command(command, self.sockets, given, self.limits), "env": {}}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        info = await super().launch_kernel(cmd, **kwargs)
        threading.Thread(target=self.watch, args=(psutil.Process(self.pid),), daemon=True).start()
        return info

    def lock(self) -> None:
        """Let nothing more be written into `sockets`, now that all sockets are there."""
        end = time.monotonic() + 5
        while not Path(self.calls).is_socket() and time.monotonic() < end:
            time.sleep(0.01)
        if os.getuid() == 0:
            os.chown(self.sockets, 0, 0)

    def watch(self, kernel: psutil.Process) -> None:
        """Stop the kernel when its processes together go past a limit, or cannot be watched."""
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            while kernel.status() != psutil.STATUS_ZOMBIE:
                try:
                    self.stopped = self.excess([kernel, *kernel.children(recursive=True)])
                except OSError as problem:
                    self.stopped = f"stopped: the code could not be watched: {problem.strerror}"
                if self.stopped:
                    os.killpg(self.pgid, signal.SIGKILL)
                    return
                time.sleep(0.1)

    def excess(self, processes: list[psutil.Process]) -> str:
        """Return which limit `processes` are beyond, in words, or an empty string."""
        memory = cpu = 0.0
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError, FileNotFoundError):
                memory += own_memory(process.pid)
                cpu += sum(process.cpu_times()[:4])
        if memory > self.limits.memory:
            return (
                f"stopped: the code took more than {self.limits.memory // 1_000_000} MB of memory"
            )
        if cpu > self.limits.cpu:
            return (
                f"stopped: the code ran for more than {self.limits.cpu} seconds of processor time"
            )
        if disk_space(self.sockets) > self.limits.files:
            return f"stopped: the code wrote more than {self.limits.files // 1_000_000} MB of files"
        return ""

    async def cleanup(self, restart: bool = False) -> None:
        await super().cleanup(restart)
        shutil.rmtree(self.sockets, ignore_errors=True)


class NoBoxProvisioner(BoxProvisioner):
    """Starts a kernel with nothing between it and this machine but a folder of its own."""

    def enclosed(self, command: list[str], given: Path) -> dict[str, Any]:
        for path in (WIRE, *given.iterdir()):
            if path.suffix != ".ipynb" and path.is_file():
                shutil.copy(path, self.sockets)
        return {"cmd": command, "cwd": str(self.sockets)}
