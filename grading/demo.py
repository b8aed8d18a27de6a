"""A sample class: right, wrong, blank, hostile and broken submissions."""

from __future__ import annotations

import shutil

import nbformat

from grading.course import Course
from grading.samples import answers, filled_in, reference_answers, tasks_of

NOT_A_NOTEBOOK = "Dear teacher, here is my homework.\n"
ENDLESS = "def {task}(*args, **kwargs):\n    while True:\n        pass\n"
KILLER = "import os\n\n\ndef {task}(*args, **kwargs):\n    os._exit(1)\n"


def make_demo(course: Course, topic: str) -> None:
    """Release `topic` in `course` and hand in the work of a sample class."""
    for made in ("submitted", "autograded", "feedback"):
        for folder in (course.build / made).glob(f"*/{topic}"):
            shutil.rmtree(folder)
    blank = nbformat.read(course.release(topic), as_version=4)
    tasks = tasks_of(blank)
    exercises = course.root / "exercises"
    right: dict[str, list[str]] = {task: [] for task in tasks}
    for answer in answers(exercises / "alternatives" / f"{topic}.py"):
        right[answer.task].append(answer.source)
    wrong = list(answers(exercises / "misconceptions" / f"{topic}.py"))
    good = {task: right[task][0] for task in tasks}
    last = tasks[-1]
    students = {
        "ada-reference": reference_answers(topic, tasks),
        "ben-alternative": good,
        "cleo-alternative": {task: right[task][1] for task in tasks},
        "dan-blank": {},
        "eva-wrong": good | {wrong[0].task: wrong[0].source},
        "finn-wrong": good | {wrong[-1].task: wrong[-1].source},
        "gus-endless": good | {last: ENDLESS.format(task=last)},
        "hana-kills-kernel": good | {last: KILLER.format(task=last)},
    }
    for student, texts in students.items():
        folder = course.build / "submitted" / student / topic
        folder.mkdir(parents=True)
        nbformat.write(filled_in(blank, texts), folder / f"{topic}.ipynb")
    for student, text in {"ivo-not-a-notebook": NOT_A_NOTEBOOK, "jun-no-file": None}.items():
        folder = course.build / "submitted" / student / topic
        folder.mkdir(parents=True)
        if text:
            (folder / f"{topic}.ipynb").write_text(text, encoding="utf-8")
