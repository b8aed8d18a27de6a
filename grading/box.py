"""The box: room 1 is a process inside a bubblewrap sandbox.

In the box there is no network, a clean environment, a read-only system, a home folder in memory
that vanishes with the process, its own process tree, and limits on what the code may use. One
socket and one file for output, both without a name, lead out of it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from traitlets import Integer
from traitlets.config import Config, Configurable

import grading
import solutions

HOME = Path("/tmp/student")
ROOM = Path(__file__).with_name("room.py")
WIRE = Path(__file__).with_name("wire.py")  # these two files of the grader are in the box
COURSE = Path("/course")
NOT_SHOWN = [Path(package.__file__).parent for package in (grading, solutions)]
INSTALL = "apt install bubblewrap"
ENVIRONMENT = {
    "HOME": str(HOME),
    "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONIOENCODING": "utf-8:backslashreplace",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
}
# The number of each machine in system calls, and there those of shmget, semget and msgget.
NOT_IN_THE_BOX = {
    "x86_64": (0xC000_003E, 29, 64, 68),
    "aarch64": (0xC000_00B7, 194, 190, 186),
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

    def values(self) -> dict[str, int]:
        """Return the limits by name."""
        return {name: getattr(self, name) for name in self.class_own_traits()}


def require_box() -> str:
    """Return the path of `bwrap`; raise `BoxError` with the install command without it."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise BoxError(
            "bubblewrap is not installed, so students' code cannot be run safely. "
            f"Install it with: {INSTALL} (or pass --insecure to run their code unprotected)"
        )
    return bwrap


def system_call_filter() -> int:
    """Return an open file with a program for `bwrap --seccomp`.

    It refuses the calls that make System V segments, queues and semaphores (EPERM): what they hold
    is no process's memory, so `Box.watch` could not count it. The program is that of seccomp(2), in
    the instructions of `linux/filter.h`; on other machines than these two it refuses nothing.
    """
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    refuse, allow = 0x0005_0001, 0x7FFF_0000
    program = [(answer, 0, 0, allow)]
    if os.uname().machine in NOT_IN_THE_BOX:
        machine, *calls = NOT_IN_THE_BOX[os.uname().machine]
        program = [
            (load, 0, 0, 4),  # the machine that the call is for
            (equal, 1, 0, machine),
            (answer, 0, 0, refuse),
            (load, 0, 0, 0),  # the number of the call
            (at_least, len(calls) + 1, 0, 0x4000_0000),  # numbers of another set on x86_64
            *((equal, left, 0, call) for left, call in zip((3, 2, 1), calls, strict=True)),
            (answer, 0, 0, allow),
            (answer, 0, 0, refuse),
        ]
    file = os.memfd_create("filter")
    os.write(file, b"".join(struct.pack("HBBI", *step) for step in program))
    os.lseek(file, 0, os.SEEK_SET)
    return file


def box_command(command: list[str], given: Path, limits: Limits) -> list[str]:
    """Return `command` wrapped so that it runs in the box.

    The files in the folder `given`, notebooks apart, appear read-only in the home folder.
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
        *file_system(given, limits.files),
        *(word for name, value in ENVIRONMENT.items() for word in ("--setenv", name, value)),
        *user(),
        # One second more than `Box.watch` allows, which can say why it stopped the code.
        *(
            "prlimit",
            f"--cpu={limits.cpu + 1}",
            f"--as={limits.memory}",
            "--core=0",
            "--nofile=256",
        ),
        *(f"--nproc={limits.processes}", f"--fsize={limits.files}", "--"),
        *command,
    ]


def file_system(given: Path, size: int) -> list[str]:
    """Return the options that lay out the files of the box: only /tmp can be written."""
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
    for name in ("ld.so.cache", "fonts"):
        bind(Path("/etc", name), Path("/etc", name), "--ro-bind-try")
    for prefix in {Path(sys.base_prefix), Path(sys.prefix)}:
        if not prefix.is_relative_to("/usr"):
            bind(prefix, prefix)
    for package in NOT_SHOWN:  # where it is installed beside what is shown
        if any(package.is_relative_to(place) for place in ("/usr", sys.base_prefix, sys.prefix)):
            box += ["--tmpfs", str(package), "--remount-ro", str(package)]
    for path in (ROOM, WIRE):
        bind(path, COURSE / path.name)
    for path in files_in(given):
        bind(path, HOME / path.name)
    return [*box, "--remount-ro", "/", "--remount-ro", "/dev"]


def files_in(given: Path) -> list[Path]:
    """Return what of a folder students are given: its plain files that are no notebooks."""
    files = (path for path in sorted(given.iterdir()) if path.suffix != ".ipynb")
    return [path for path in files if path.is_file() and not path.is_symlink()]


def user() -> list[str]:
    """Return the options that take all rights away."""
    if os.getuid() != 0:
        return ["--unshare-user", "--"]
    # RLIMIT_NPROC does not bind for root: become a user that exists for this box alone.
    number = random.randrange(60_001, 65_534)
    return [
        *("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--"),
        *("setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups"),
        *("--inh-caps=-all", "--no-new-privs"),
    ]


def try_box(config: Config | None = None) -> None:
    """Run an empty command in the box; raise `BoxError` with what went wrong where it fails."""
    with tempfile.TemporaryDirectory(prefix="box-") as folder:
        command = box_command(["/usr/bin/true"], Path(folder), Limits(config=config))
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


class Box:
    """A process of `grading.room`, in the box, or with `insecure` in a folder and no more.

    `connection` is this end of the socket that it answers at, `output` the file of all it writes,
    and `stopped` says which limit it was stopped for, if it was.
    """

    def __init__(self, given: Path, limits: Limits, insecure: bool = False) -> None:
        self.limits, self.stopped = limits, ""
        self.connection, theirs = socket.socketpair()
        self.file = tempfile.TemporaryFile()  # noqa: SIM115
        self.output = self.file.fileno()
        fcntl.fcntl(self.output, fcntl.F_SETFL, os.O_APPEND)
        refused = system_call_filter()
        place = ROOM if insecure else COURSE / ROOM.name
        command = [sys.executable, "-u", str(place), str(theirs.fileno())]
        self.folder = Path(tempfile.mkdtemp()) if insecure else Path("/")
        if insecure:
            for path in files_in(given):
                shutil.copy(path, self.folder)
        else:
            command = box_command(command, given, limits)
            command[1:1] = ["--seccomp", str(refused)]
        with theirs:
            self.process = subprocess.Popen(
                command,
                # `bwrap` stays in the box as process 1, so its environment must hold nothing.
                env=os.environ if insecure else {},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=self.output,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno(), refused],
                start_new_session=True,
            )
        os.close(refused)
        threading.Thread(target=self.watch, daemon=True).start()

    def close(self) -> None:
        """End all that runs in the box."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.connection.close()
        self.file.close()
        if self.folder != Path("/"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def watch(self) -> None:
        """Stop the processes in the box when together they are past a limit."""
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            first, unseen = psutil.Process(self.process.pid), 0
            while first.status() != psutil.STATUS_ZOMBIE:
                try:
                    self.stopped = self.excess([first, *first.children(recursive=True)])
                    unseen = 0
                except OSError as problem:  # a process that is ending may not be looked at either
                    unseen += 1
                    if unseen == 3:
                        said = f"the code could not be watched: {problem.strerror}"
                        self.stopped = f"stopped: {said}"
                if self.stopped:
                    os.killpg(first.pid, signal.SIGKILL)
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
            megabytes = self.limits.memory // 1_000_000
            return f"stopped: the code took more than {megabytes} MB of memory"
        if cpu > self.limits.cpu:
            seconds = self.limits.cpu
            return f"stopped: the code ran for more than {seconds} seconds of processor time"
        return ""
