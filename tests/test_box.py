"""The box: what code inside it cannot do. Each test runs real code in a real box."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from traitlets.config import Config

from grading import box as box_module
from grading.box import BoxError, Limits, box_command, require_box, try_box
from grading.execute import BoxedKernelManager

pytestmark = pytest.mark.usefixtures("box")


def in_box(code: str, tmp_path: Path, **limits: int) -> subprocess.CompletedProcess:
    """Run Python `code` in a box whose home folder shows the files of `tmp_path`/given."""
    sockets, given = tmp_path / "sockets", tmp_path / "given"
    sockets.mkdir(exist_ok=True)
    given.mkdir(exist_ok=True)
    settings = Limits(config=Config(Limits=limits))
    command = box_command([sys.executable, "-c", code], sockets, given, settings)
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_numpy_runs(tmp_path: Path) -> None:
    done = in_box("import numpy as np; print(np.ones((300, 300)) @ np.ones(300))", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("[300.")


def test_no_network(tmp_path: Path) -> None:
    code = (
        "import socket; print(socket.if_nameindex()); socket.create_connection(('1.1.1.1', 80), 2)"
    )
    done = in_box(code, tmp_path)
    assert "Network is unreachable" in done.stderr
    assert "[(1, 'lo')]" in done.stdout


def test_loopback_of_this_machine_is_out_of_reach(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        assert "Connection refused" in in_box(code, tmp_path).stderr


def test_clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_TEACHER", "canary")
    done = in_box("import os; print(sorted(os.environ))", tmp_path)
    assert "canary" not in done.stdout
    assert "JPY_PARENT_PID" not in done.stdout
    assert "OPENBLAS_NUM_THREADS" in done.stdout


def test_files_of_this_machine_are_not_there(tmp_path: Path) -> None:
    secret = tmp_path / "gradebook.db"
    secret.write_text("canary")
    listed = "import os; print(os.listdir('/'), os.listdir('/tmp'))\n"
    done = in_box(listed + f"open({str(secret)!r})", tmp_path)
    assert "FileNotFoundError" in done.stderr
    repository = Path(box_module.__file__).parent.parent
    places = [str(repository / "exercises"), "/etc/passwd", "/course/solutions"]
    code = f"import os; print(*map(os.path.exists, {places}))"
    assert in_box(code, tmp_path).stdout.split() == ["False"] * 3


@pytest.mark.parametrize(
    "place", ["/usr/x", "/course/wire.py", sys.prefix + "/x", "/x", "/dev/x", "/dev/shm/x"]
)
def test_system_is_read_only(place: str, tmp_path: Path) -> None:
    done = in_box(f"open({place!r}, 'a')", tmp_path)
    assert "Error" in done.stderr
    assert not Path("/usr/x").exists()


def test_given_files_are_there_and_read_only(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "data.csv").write_text("1,2")
    (given / "loss.ipynb").write_text("canary")
    (given / "link.csv").symlink_to("/etc/passwd")
    done = in_box("import os; print(os.listdir(), open('data.csv').read())", tmp_path)
    assert done.stdout.strip() == "['data.csv'] 1,2"
    assert "Read-only" in in_box("open('data.csv', 'w')", tmp_path).stderr
    assert (given / "data.csv").read_text() == "1,2"


def test_working_folder_is_thrown_away(tmp_path: Path) -> None:
    code = "import os; open('x', 'w').write('left'); print(os.listdir())"
    assert "x" in in_box(code, tmp_path).stdout
    assert "x" not in in_box("import os; print(os.listdir())", tmp_path).stdout


def test_not_root_and_without_capabilities(tmp_path: Path) -> None:
    code = "import os; print(os.getuid(), open('/proc/self/status').read()); os.setuid(0)"
    done = in_box(code, tmp_path)
    assert done.stdout.split()[0] != "0"
    assert "CapEff:\t0000000000000000" in done.stdout
    assert "NoNewPrivs:\t1" in done.stdout
    assert "PermissionError" in done.stderr or os.getuid() != 0


def test_own_processes_only(tmp_path: Path) -> None:
    code = "import os; print([p for p in os.listdir('/proc') if p.isdigit()])"
    assert len(in_box(code, tmp_path).stdout.split(",")) <= 3


def test_processes_end_with_the_box(tmp_path: Path) -> None:
    code = "import os, time; os.fork() or os.setsid() or time.sleep(987_654)"
    in_box(code, tmp_path)
    time.sleep(0.2)
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert "987_654" not in process.read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue


def test_limit_on_processes(tmp_path: Path) -> None:
    code = """
import os, time
made = 0
try:
    while made < 200:
        if not os.fork():
            time.sleep(30)
        made += 1
except BlockingIOError:
    print("refused after", made)
"""
    done = in_box(code, tmp_path, processes=20)
    assert "refused after" in done.stdout
    assert int(done.stdout.split()[-1]) < 20


def test_limit_on_memory(tmp_path: Path) -> None:
    assert (
        "MemoryError" in in_box("x = bytearray(900_000_000)", tmp_path, memory=800_000_000).stderr
    )
    assert in_box("x = bytearray(100_000_000)", tmp_path, memory=800_000_000).returncode == 0


def test_limit_on_processor_time(tmp_path: Path) -> None:
    start = time.monotonic()
    assert in_box("while True: pass", tmp_path, cpu=1).returncode != 0
    assert time.monotonic() - start < 20


def test_limit_on_files(tmp_path: Path) -> None:
    one = "open('x', 'wb').write(bytes(3_000_000))"
    assert "Error" in in_box(one, tmp_path, files=2_000_000).stderr
    many = "for i in range(10): open(('', '/tmp/')[i % 2] + str(i), 'wb').write(bytes(500_000))"
    assert "No space left" in in_box(many, tmp_path, files=2_000_000).stderr
    assert in_box(many, tmp_path, files=20_000_000).returncode == 0


def test_kernel_answers_over_sockets_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_TEACHER", "canary")
    look = """
import os
print(os.getcwd())
try:
    print(open("/proc/1/environ").read())
except PermissionError:
    pass
"""

    async def visit() -> tuple[str, Path]:
        manager = BoxedKernelManager()
        await manager.start_kernel()
        client = manager.client()
        client.start_channels()
        said: list[str] = []
        try:
            await client.wait_for_ready(timeout=30)
            await client.execute_interactive(
                look,
                timeout=30,
                output_hook=lambda message: said.append(message["content"].get("text", "")),
            )
            assert manager.transport == "ipc"
            sockets = Path(manager.connection_file).parent
            assert sockets.is_dir()
        finally:
            client.stop_channels()
            await manager.shutdown_kernel(now=True)
        return "".join(said), sockets

    said, sockets = asyncio.run(visit())
    assert "/tmp/student" in said
    assert "canary" not in said
    assert not sockets.exists()


@pytest.mark.parametrize(
    ("code", "limit", "reason"),
    [
        (
            "import os\nfor _ in range(6): os.fork()\nx = bytearray(os.urandom(30_000_000))\n"
            "import time; time.sleep(60)",
            {"memory": 900_000_000},
            "more than 900 MB of memory",
        ),
        (
            "import os\nfor _ in range(3): os.fork()\nwhile True: pass",
            {"cpu": 3},
            "more than 3 seconds of processor time",
        ),
        (
            "i = 0\nwhile True:\n    open(f'{place}/{i}', 'wb').write(bytes(900_000)); i += 1",
            {"files": 5_000_000},
            "more than 5 MB of files",
        ),
    ],
)
def test_limits_hold_for_all_processes_together(
    code: str, limit: dict[str, int], reason: str
) -> None:
    async def provoke() -> str:
        manager = BoxedKernelManager(config=Config(Limits=limit))
        await manager.start_kernel()
        client = manager.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=30)
            client.execute(f"place = {str(manager.provisioner.sockets)!r}\n{code}")
            for _ in range(150):
                if manager.provisioner.stopped:
                    break
                await asyncio.sleep(0.1)
            await asyncio.sleep(0.3)
            assert not await manager.is_alive()
            return manager.provisioner.stopped
        finally:
            client.stop_channels()
            await manager.shutdown_kernel(now=True)

    assert reason in asyncio.run(provoke())


def test_without_bubblewrap_there_is_no_box(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BoxError, match="apt install bubblewrap"):
        require_box()
    with pytest.raises(BoxError, match="--insecure"):
        try_box()
