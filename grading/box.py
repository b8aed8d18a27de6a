"""The box: a Jupyter kernel that runs inside a bubblewrap sandbox.

`BoxProvisioner` is a `jupyter_client` kernel provisioner. It starts the kernel's own command, but
under `bwrap`: no network, a clean environment, a read-only system, a home folder in memory that
vanishes with the process, its own process tree, and limits on what the code may use. The kernel is
reached through Unix sockets in a folder made for this one kernel.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import LocalProvisioner
from traitlets import Integer
from traitlets.config import Config, Configurable

import solutions

HOME = "/home/student"
REFERENCE = "/course/solutions"
INSTALL = "apt install bubblewrap"


class BoxError(RuntimeError):
    """Raised where a student's code cannot be run in a box."""


class Limits(Configurable):
    """What the code of one submission may use. Set in `nbgrader_config.py`."""

    cell = Integer(20, help="Seconds that one cell may run.").tag(config=True)
    wall = Integer(120, help="Seconds that all cells together may run.").tag(config=True)
    cpu = Integer(60, help="Seconds of processor time for each process.").tag(config=True)
    memory = Integer(1_500_000_000, help="Bytes of address space for each process.").tag(
        config=True
    )
    processes = Integer(64, help="Number of processes and threads.").tag(config=True)
    files = Integer(20_000_000, help="Bytes of files.").tag(config=True)


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
    box = [require_box(), "--die-with-parent", "--new-session", "--clearenv"]
    for namespace in ("ipc", "pid", "net", "uts", "cgroup-try"):
        box.append(f"--unshare-{namespace}")

    def make_parents(path: Path) -> None:
        for parent in reversed(path.parents[:-1]):
            box.extend(["--perms", "0755", "--dir", str(parent)])

    memory_folder = ["--perms", "1777", "--size", str(limits.files), "--tmpfs"]
    box += ["--proc", "/proc", "--dev", "/dev", *memory_folder, "/dev/shm", *memory_folder, "/tmp"]
    box += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        system = Path("/", name)
        if system.is_symlink():
            box += ["--symlink", os.readlink(system), str(system)]
        elif system.exists():
            box += ["--ro-bind", str(system), str(system)]
    box += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    for prefix in {Path(sys.base_prefix), Path(sys.prefix)}:
        if not prefix.is_relative_to("/usr"):
            make_parents(prefix)
            box += ["--ro-bind", str(prefix), str(prefix)]
    make_parents(Path(REFERENCE))
    box += ["--ro-bind", str(Path(solutions.__file__).parent), REFERENCE]
    make_parents(sockets)
    box += ["--bind", str(sockets), str(sockets)]
    make_parents(Path(HOME))
    box += [*memory_folder, HOME, "--chdir", HOME]
    for path in sorted(given.iterdir()):
        if path.suffix != ".ipynb" and path.is_file() and not path.is_symlink():
            box += ["--ro-bind", str(path), f"{HOME}/{path.name}"]
    box += ["--remount-ro", "/", "--remount-ro", "/dev"]
    environment = {
        "HOME": HOME,
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(REFERENCE).parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": "agg",
    }
    for name, value in environment.items():
        box += ["--setenv", name, value]
    if os.getuid() == 0:
        # RLIMIT_NPROC does not bind for root: become a user that exists for this box alone.
        user = random.randrange(60_001, 65_534)
        os.chown(sockets, user, user)
        for path in sockets.iterdir():
            os.chown(path, user, user)
        box += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        box += ["--", "setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        box += ["--inh-caps=-all", "--no-new-privs"]
    else:
        box += ["--unshare-user", "--"]
    box += ["prlimit", f"--cpu={limits.cpu}", f"--as={limits.memory}", "--core=0"]
    box += [f"--nproc={limits.processes}", f"--fsize={limits.files}", "--nofile=256", "--"]
    return box + command


def try_box(config: Config | None = None) -> None:
    """Run an empty command in the box; raise `BoxError` with what went wrong where it fails."""
    with tempfile.TemporaryDirectory(prefix="box-") as folder:
        command = box_command(["/usr/bin/true"], Path(folder), Path(folder), Limits(config=config))
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise BoxError(f"bubblewrap cannot make a box on this machine: {done.stderr.strip()}")


class BoxProvisioner(LocalProvisioner):
    """Starts a kernel in the box, with the files of the working folder in its home folder."""

    sockets: Path | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        require_box()
        self.sockets = Path(tempfile.mkdtemp(prefix="box-"))
        manager = self.parent
        manager.transport = "ipc"
        # Without an absolute path here the client waits for sockets in its own working folder.
        manager.ip = str(self.sockets / "kernel")
        manager.connection_file = str(self.sockets / "connection.json")
        kwargs = await super().pre_launch(**kwargs)
        given = Path(kwargs.pop("cwd", None) or self.sockets)
        # bwrap itself stays in the box as process 1: its environment must hold nothing either.
        kwargs |= {"env": {}, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        kwargs["cmd"] = box_command(
            kwargs["cmd"], self.sockets, given, Limits(config=self.parent.config)
        )
        return kwargs

    async def cleanup(self, restart: bool = False) -> None:
        await super().cleanup(restart)
        if self.sockets is not None:
            shutil.rmtree(self.sockets, ignore_errors=True)
