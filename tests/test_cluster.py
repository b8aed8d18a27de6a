"""On a cluster: a real Dask scheduler with two workers on this machine.

Slow, because processes start and talk over a network: only this shows that the work can travel.
"""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from conftest import ROOT, new_course
from test_parallel import RIGHT, WRONG, passed

from grading.course import Course
from grading.demo import make_demo
from grading.parallel import cluster, grade_all
from grading.release import CourseError

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def scheduler(box: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers, in folders that hold nothing of the course."""
    folder = tmp_path_factory.mktemp("cluster")
    started = []

    def start(*words: str) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)

    file = folder / "scheduler.json"
    place = ["--scheduler-file", str(file), "--no-dashboard"]
    start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *place)
    for _ in range(2):
        start("distributed.cli.dask_worker", *place, "--nthreads", "1", "--host", "127.0.0.1")
    with distributed.Client(scheduler_file=str(file), timeout=60) as client:
        client.wait_for_workers(2, timeout=60)
        yield client.scheduler.address
    for process in started:
        process.terminate()
        process.wait(20)


def test_results_are_those_of_one_process(scheduler: str) -> None:
    works = [(number, RIGHT if number % 2 else WRONG) for number in range(4)]
    results = dict(grade_all(iter(works), partial(cluster, scheduler)))
    assert {key: passed(result) for key, result in results.items()} == {
        0: False,
        1: True,
        2: False,
        3: True,
    }


def test_a_class_scores_the_same(scheduler: str, tmp_path: Path) -> None:
    course = Course(new_course(tmp_path))
    make_demo(course, "loss")
    there = {row.student: row for row in course.grade("loss", dask=scheduler)}
    for page in (course.build / "autograded").rglob("*.ipynb"):
        page.unlink()
    here = {row.student: row for row in course.grade("loss", jobs=1)}
    assert there == here
    assert len({row.score for row in here.values()}) > 2


def test_a_scheduler_that_does_not_answer_is_told() -> None:
    with (
        pytest.raises(CourseError, match="no Dask scheduler answers at tcp://127"),
        cluster("tcp://127.0.0.1:9"),
    ):
        pass
