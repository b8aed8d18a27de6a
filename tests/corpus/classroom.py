"""Lays a class of submissions that cheat or break things, grades it, and watches the grader.

A file in `cheats/`, `hostile/`, `greedy/` or `broken/` is one submission, and its name says what it
tries. It has one of two forms:

- Cells. The text before the first `# %%` is a cell that the student added at the top. A line
  `# %% mse` begins the answer to the task `mse`, a bare `# %%` another cell, added at the end.
- A function `submit(folder, work)`, where the trick lies in the files. `folder` is the student's
  own, `work` the notebook as a plain student would hand it in.

Tasks that the file does not answer hold wrong answers in a cheat, right ones elsewhere. Comments at
the top say what it tries and, in the form `# Score: 2`, what the same work is worth without the
trick, or `any`. If the file does not say, a cheat is worth nothing and other work all points.
`# Student: ...` is the student's name if it is not the file's. COURSE stands for the folder of the
course: the worst student knows where everything is.
"""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

import solutions
from grading.course import Course, Row, reason
from grading.samples import answers, filled_in

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TOPIC = "mini"
COURSE_ID = "backpropagation-by-hand"
POINTS = 8
LIMITS = """
c.Limits.cell = 3
c.Limits.wall = 15
c.Limits.cpu = 6
c.Limits.memory = 1_000_000_000
c.Limits.processes = 32
c.Limits.files = 5_000_000
"""
SECRETS = {
    "the hidden checks": "SecretOfTheHiddenChecks",
    "a value that a hidden check expects": "24.07581",
    "the reference": "SecretOfTheReference",
    "the environment": "SecretOfTheEnvironment",
    "the gradebook": "SecretOfTheGradebook",
    "a classmate": "SecretOfAClassmate",
}
RIGHT = {answer.task: answer.source for answer in answers(HERE / "alternatives.py")}
MISCONCEIVED = {answer.task: answer.source for answer in answers(HERE / "misconceptions.py")}
WRONG = {
    "mse": "def mse(y_hat, y):\n    return 0.0",
    "softmax": "def softmax(z):\n    return np.zeros_like(z)",
    "bce_gradient": "def bce_gradient(y_hat, y):\n    return np.zeros_like(y)",
    "one_hot": "def one_hot(labels, classes):\n    return np.zeros((1, classes))",
}
HONEST = {
    "aaa-right": RIGHT,
    "mmm-misconceived": RIGHT | {"softmax": MISCONCEIVED["softmax"]},
    "zzz-blank": {},
}
ADVICE = "Each row is a sample, so each row sums to one."
HONEST_ROWS = [
    Row("aaa-right", 8, 8, "every check passes"),
    Row("mmm-misconceived", 5, 8, f"3 of 4 checks pass; softmax: {ADVICE}"),
    Row("zzz-blank", 0, 8, "nothing is answered yet"),
]


@dataclass(frozen=True)
class Case:
    """One file of the corpus."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def cheats(self) -> bool:
        return self.path.parent.name == "cheats"

    @property
    def student(self) -> str:
        return self.said("Student", self.path.stem)

    @property
    def score(self) -> float | None:
        """What the same work is worth without the trick, or None where that is not certain."""
        said = self.said("Score", "0" if self.cheats else str(POINTS))
        return None if said == "any" else float(said)

    def said(self, key: str, default: str) -> str:
        """Return what the comments at the top say under `key`."""
        found = re.search(rf"^# {key}: (.*)$", self.text, re.M)
        return found[1] if found else default

    def hand_in(self, blank: NotebookNode, course: Course) -> None:
        """Write the submission."""
        folder = course.build / "submitted" / self.student / TOPIC
        folder.mkdir(parents=True)
        plain = WRONG if self.cheats else RIGHT
        text = self.text.replace("COURSE", str(course.root))
        if "\ndef submit(" in text:
            runpy.run_path(str(self.path))["submit"](folder, filled_in(blank, plain))
            return
        first, *rest = re.split(r"^# %%(.*)\n", text, flags=re.M)
        work = filled_in(blank, plain | named(rest))
        work.cells.insert(0, new_code_cell(first))
        work.cells += [
            new_code_cell(text)
            for name, text in zip(rest[::2], rest[1::2], strict=True)
            if not name
        ]
        nbformat.write(work, folder / f"{TOPIC}.ipynb")


def named(parts: list[str]) -> dict[str, str]:
    """Return the texts of tasks among the cells that follow the first."""
    names = (name.strip() for name in parts[::2])
    return {name: text for name, text in zip(names, parts[1::2], strict=True) if name}


def cases(kind: str) -> list[Case]:
    """Return the cases in one of the folders, by name."""
    return [Case(path) for path in sorted((HERE / kind).glob("*.py"))]


def lay_course(root: Path) -> tuple[Course, NotebookNode]:
    """Lay a course with the one topic `mini`; return it and the notebook that students get."""
    exercises = root / "exercises"
    for kind in ("alternatives", "misconceptions"):
        (exercises / kind).mkdir(parents=True)
        shutil.copy(HERE / f"{kind}.py", exercises / kind / f"{TOPIC}.py")
    shutil.copy(HERE / "mini.md", exercises)
    shutil.copy(ROOT / "exercises" / "checks.py", exercises)
    config = (ROOT / "nbgrader_config.py").read_text()
    (root / "nbgrader_config.py").write_text(config + LIMITS)
    course = Course(root)
    blank = nbformat.read(course.release(TOPIC), as_version=4)
    with Gradebook(CourseDirectory(config=course.config).db_url, COURSE_ID) as book:
        book.add_student("nobody", last_name=SECRETS["the gradebook"])
    # The reference, with a secret beside each of its results.
    reference = root / "teacher" / "solutions"
    shutil.copytree(Path(solutions.__file__).parent, reference)
    for module in reference.glob("*.py"):
        secret = SECRETS["the reference"]
        text = re.sub(r"^( +)(?=return )", rf"\1{secret} = 0\n\1", module.read_text(), flags=re.M)
        module.write_text(f"{text}\n{secret} = 1\n")
    return course, blank


def lay_class(root: Path, kind: str = "") -> Course:
    """Lay a course in which some honest students, and all cases of `kind`, hand in their work."""
    course, blank = lay_course(root)
    for student, texts in HONEST.items():
        folder = course.build / "submitted" / student / TOPIC
        folder.mkdir(parents=True)
        work = filled_in(blank, texts)
        work.cells.append(new_code_cell(f"# {SECRETS['a classmate']}"))
        nbformat.write(work, folder / f"{TOPIC}.ipynb")
    for case in cases(kind) if kind else []:
        case.hand_in(blank, course)
    return course


@dataclass
class Run:
    """What came of one command, and what was seen of its processes while it ran."""

    status: int = -1
    said: str = ""
    grader_memory: int = 0  # most bytes of any one process outside the boxes
    box_memory: int = 0  # most bytes of all processes in the boxes
    shared_memory: int = 0  # most bytes of memory that is no process's own, on the whole machine
    processes: set[tuple[int, str]] = field(default_factory=set)  # number and time of start

    def left(self) -> list[str]:
        """Return the processes that are still there, a little later."""
        time.sleep(1)
        now = {(pid, status[1]) for pid, status in processes().items()}
        return [f"process {pid}: {command(pid)}" for pid, _ in self.processes & now]


def run(course: Course, *words: str, timeout: float = 600) -> Run:
    """Run `course`, with secrets in its environment and its reference; watch its processes."""
    path = os.pathsep.join([str(course.root / "teacher"), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": path, "SECRET": SECRETS["the environment"]}
    seen = Run()
    shared = shared_memory()
    with open(course.root / "said.txt", "w+", encoding="utf-8") as said:
        program = subprocess.Popen(
            [f"{sys.prefix}/bin/course", *words],
            cwd=course.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        end = time.monotonic() + timeout
        while program.poll() is None:
            watch(program.pid, seen)
            seen.shared_memory = max(seen.shared_memory, shared_memory() - shared)
            if time.monotonic() > end:
                program.kill()
            time.sleep(0.1)
        said.seek(0)
        seen.status, seen.said = program.returncode, said.read()
    return seen


def watch(pid: int, seen: Run) -> None:
    """Note what the process `pid` and those that come of it hold at this moment."""
    table = processes()
    children: dict[int, list[int]] = {}
    for child, (parent, _) in table.items():
        children.setdefault(parent, []).append(child)
    family = [pid]
    for member in family:
        family += children.get(member, [])
    boxed = 0
    for member in family:
        if member != pid and member in table:
            seen.processes.add((member, table[member][1]))
        if space(member) == space(os.getpid()):
            seen.grader_memory = max(seen.grader_memory, memory(member, "VmHWM"))
        else:
            boxed += memory(member, "RssAnon")
    seen.box_memory = max(seen.box_memory, boxed)


def processes() -> dict[int, tuple[int, str]]:
    """Return parent and time of start of each process that runs."""
    table = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if words[0] != "Z":
            table[int(folder.name)] = int(words[1]), words[19]
    return table


def command(pid: int) -> str:
    """Return the command line of a process, or nothing where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""


def space(pid: int) -> str:
    """Return the name of the tree of processes that `pid` lives in; a box has its own."""
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return ""


def memory(pid: int, entry: str) -> int:
    """Return an entry of a process's status in bytes, 0 where it has ended."""
    try:
        found = re.search(rf"^{entry}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def shared_memory() -> int:
    """Return the bytes of memory on this machine that is shared or holds files."""
    found = re.search(r"^Shmem:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.M)
    return int(found[1]) * 1024 if found else 0


def rows(course: Course) -> dict[str, Row]:
    """Return what the gradebook and the graded notebooks say of each student who has both."""
    found = {}
    with Gradebook(CourseDirectory(config=course.config).db_url, COURSE_ID) as book:
        for entry in book.assignment_submissions(TOPIC):
            path = course.build / "autograded" / entry.student.id / TOPIC / f"{TOPIC}.ipynb"
            said = reason(nbformat.read(path, as_version=4)) if path.is_file() else ""
            found[entry.student.id] = Row(entry.student.id, entry.score, entry.max_score, said)
    return found


def handed_out(course: Course, student: str) -> dict[str, str]:
    """Return the text of each file that a student gets after grading."""
    texts = {}
    for parent, _, files in os.walk(course.build / "feedback" / student, followlinks=True):
        for name in files:
            path = Path(parent, name)
            texts[name] = path.read_bytes().decode("utf-8", errors="replace")
    return texts


def leaks(course: Course, student: str) -> list[str]:
    """Return what a student gets to see that nobody but the teacher, or a classmate, may."""
    own = student in HONEST
    return [
        f"{what}, in {name}"
        for name, text in handed_out(course, student).items()
        for what, secret in SECRETS.items()
        if secret in text and not (own and what == "a classmate")
    ]
