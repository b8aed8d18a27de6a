"""The gradebook in PostgreSQL: a real server on this machine, started in a temporary folder.

Slow, because a server starts: only this shows that the other database works.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Run, new_course
from nbgrader.api import Gradebook

from grading.course import Course
from grading.demo import make_demo

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def missing(what: str) -> None:
    """Skip with a reason; in CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an empty database, of a user with a password."""
    if not PROGRAMS:
        missing("PostgreSQL is not installed: apt install postgresql")
    pytest.importorskip("psycopg")
    folder = Path(tmp_path_factory.mktemp("postgresql"))
    # PostgreSQL does not run as root, and pytest's folders are closed to other users.
    as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    as_user = as_user if os.getuid() == 0 else []
    data = Path("/tmp", f"postgresql-{os.getpid()}") if as_user else folder / "data"
    data.mkdir(mode=0o700)
    password = data.with_suffix(".password")
    password.write_text("a pass/word")
    if as_user:
        for path in (data, password):
            shutil.chown(path, "nobody", "nogroup")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    bin_folder = PROGRAMS[-1].parent

    def do(*words: str) -> None:
        done = subprocess.run(
            [*as_user, *words], cwd="/", capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr

    try:
        initdb = [str(bin_folder / "initdb"), "-D", str(data), "-U", "teacher", "-A"]
        do(*initdb, "scram-sha-256", f"--pwfile={password}", "--no-sync", "-E", "UTF8")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data}"
        control = [str(bin_folder / "pg_ctl"), "-D", str(data), "-w"]
        do(*control, "-o", options, "-l", str(data / "log"), "start")
        yield f"postgresql://teacher:a%20pass%2Fword@127.0.0.1:{port}/postgres"
        do(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(data, ignore_errors=True)
        password.unlink()


def test_a_class_has_the_same_rows_in_both(server: str, box: None, tmp_path: Path) -> None:
    rows = []
    for db in (server, ""):
        root = tmp_path / ((db and "postgresql") or "sqlite")
        root.mkdir()
        course = Course(new_course(root), db=db)
        make_demo(course, "loss")
        rows.append({row.student: row for row in course.grade("loss")})
        again = {row.student: row for row in course.grade("loss")}
        assert again == rows[-1]
        assert len(course.feedback("loss")) == len(again)
        assert "ada-reference" in course.export()[0].read_text()
        assert (course.build / "gradebook.db").exists() == (not db)
    assert rows[0] == rows[1]
    with Gradebook(server, "backpropagation-by-hand") as book:
        scores = {entry.student.id: entry.score for entry in book.assignment_submissions("loss")}
    assert scores == {student: row.score for student, row in rows[0].items()}


@pytest.mark.parametrize(
    ("old", "new"), [("a%20pass", "wrong"), ("/postgres", "/nowhere"), ("teacher", "nobody")]
)
def test_a_database_that_cannot_be_had_is_one_line(
    old: str, new: str, server: str, course_folder: Path, run: Run
) -> None:
    url = new.join(server.rsplit(old, 1))
    (course_folder / "build" / "submitted" / "ada" / "loss").mkdir(parents=True)
    status, _, err = run("grade", "loss", "--db", url)
    assert status == 2
    assert len(err.splitlines()) == 1
    assert err.startswith("course: cannot open the gradebook postgresql://")
    assert "wrong" not in err.split(":", 2)[2]
    assert "pass" not in err.partition("FATAL")[0]


def test_a_server_that_is_not_there_is_one_line(course_folder: Path, run: Run) -> None:
    pytest.importorskip("psycopg")
    (course_folder / "build" / "submitted" / "ada" / "loss").mkdir(parents=True)
    status, _, err = run("grade", "loss", "--db", "postgresql://me:secret@127.0.0.1:9/x")
    assert (status, len(err.splitlines())) == (2, 1)
    assert "secret" not in err
