"""The box: what code inside it cannot do. Each test runs real code in a real box."""

import contextlib
import errno
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from conftest import ROOT
from traitlets.config import Config

from grading import box as box_module
from grading.box import Box, BoxError, Limits, box_command, require_box, try_box
from grading.wire import ENDED, Room

pytestmark = pytest.mark.usefixtures("box")


def in_box(code: str, tmp_path: Path, **limits: int) -> subprocess.CompletedProcess:
    """Run Python `code` in a box whose home folder shows the files of `tmp_path`/given."""
    given = tmp_path / "given"
    given.mkdir(exist_ok=True)
    settings = Limits(config=Config(Limits=limits))
    command = box_command([sys.executable, "-c", code], given, settings)
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


def test_the_reference_is_not_there_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert box_module.NOT_SHOWN == [ROOT / "grading", ROOT / "solutions"]
    installed = Path(psutil.__file__).parent
    assert installed.is_relative_to(sys.prefix)
    look = "import psutil; print(psutil.cpu_count)"
    assert in_box(look, tmp_path).returncode == 0
    monkeypatch.setattr(box_module, "NOT_SHOWN", [installed])
    assert "has no attribute 'cpu_count'" in in_box(look, tmp_path).stderr
    assert "Read-only" in in_box(f"open({str(installed / 'x')!r}, 'w')", tmp_path).stderr


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


def test_own_namespaces(tmp_path: Path) -> None:
    kinds = ["ipc", "mnt", "net", "pid", "uts"]
    code = f"import os; print(*(os.readlink('/proc/self/ns/' + kind) for kind in {kinds}))"
    ours = {os.readlink(f"/proc/self/ns/{kind}") for kind in kinds}
    theirs = in_box(code, tmp_path).stdout.split()
    assert len(theirs) == 5
    assert ours.isdisjoint(theirs)


def test_own_processes_only(tmp_path: Path) -> None:
    code = "import os; print([p for p in os.listdir('/proc') if p.isdigit()])"
    assert len(in_box(code, tmp_path).stdout.split(",")) <= 3


def test_processes_end_with_the_box(tmp_path: Path) -> None:
    mark = f"{tmp_path}-is-here"
    in_box(f"import os, time; os.fork() or os.setsid() or time.sleep(987_654)  # {mark}", tmp_path)
    time.sleep(0.2)
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert mark not in process.read_text()
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


@pytest.fixture
def make_box(tmp_path: Path) -> Iterator[Callable[..., Box]]:
    """Start boxes with a room in them."""
    with contextlib.ExitStack() as stack:

        def make(**limits: int) -> Box:
            made = Box(tmp_path, Limits(config=Config(Limits=limits)))
            stack.callback(made.close)
            return made

        yield make


def test_nothing_of_the_grader_is_open_in_a_room(
    monkeypatch: pytest.MonkeyPatch, make_box: Callable[..., Box]
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_TEACHER", "canary")
    box = make_box()
    look = """
import os
print(os.getcwd(), len(os.listdir("/proc/self/fd")))
try:
    print(open("/proc/1/environ").read(), os.listdir("/proc/1/fd"), os.listdir("/proc/1/cwd"))
except PermissionError:
    pass
"""
    said, lost = Room(box.connection, box.output).run(look, 10, 1_000)
    assert lost == ""
    assert "canary" not in said
    where, files = said.split()[:2]
    assert where == "/tmp/student"
    assert int(files) <= 7  # three streams, the socket, the folder that is listed, and IPython's


def test_the_file_of_the_output_has_its_limit(make_box: Callable[..., Box]) -> None:
    box = make_box(files=2_000_000)
    Room(box.connection, box.output).run("while True: print('flood' * 10_000)", 10, 1_000)
    assert 1_900_000 < os.fstat(box.output).st_size <= 2_000_000


@pytest.mark.parametrize(
    "call", ["shmget(0, 4096, 0o1600)", "semget(0, 1, 0o1600)", "msgget(0, 0)"]
)
def test_no_memory_that_is_no_process_s_own(call: str, make_box: Callable[..., Box]) -> None:
    box = make_box()
    look = f"import ctypes\nc = ctypes.CDLL(None, use_errno=True)\nc.{call}, ctypes.get_errno()"
    assert Room(box.connection, box.output).run(look, 10, 1_000)[0] == f"(-1, {errno.EPERM})\n"


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
    ],
)
def test_limits_hold_for_all_processes_together(
    code: str, limit: dict[str, int], reason: str, make_box: Callable[..., Box]
) -> None:
    box = make_box(**limit)
    assert Room(box.connection, box.output).run(code, 15, 1_000)[1] == ENDED
    assert reason in box.stopped
    assert box.process.wait(5)


def test_only_what_stays_unseen_is_stopped(
    make_box: Callable[..., Box], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([True, False, False, True, False, False] + [True] * 20 + [False] * 100)

    def memory(pid: int) -> int:
        if next(looks):
            return 0
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(box_module, "own_memory", memory)
    monkeypatch.setattr(psutil.Process, "children", lambda *_, **__: [])
    box = make_box()
    room = Room(box.connection, box.output)
    assert room.run("import time; time.sleep(1)", 10, 100) == ("", "")
    assert room.run("time.sleep(20)", 20, 100)[1] == ENDED
    assert box.stopped == "stopped: the code could not be watched: Permission denied"


def test_without_a_box_the_code_runs_in_a_folder_that_goes(tmp_path: Path) -> None:
    (tmp_path / "checks.py").write_text("x = 5")
    box = Box(tmp_path, Limits(), insecure=True)
    look = "import os, checks\nprint(os.getcwd(), checks.x, 'wire.py' in os.listdir())"
    said, lost = Room(box.connection, box.output).run(look, 10, 1_000)
    box.close()
    folder, *rest = said.split()
    assert (rest, lost) == (["5", "False"], "")
    assert not Path(folder).exists()


def test_without_bubblewrap_there_is_no_box(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BoxError, match="apt install bubblewrap"):
        require_box()
    with pytest.raises(BoxError, match="--insecure"):
        try_box()
