"""Collects submissions from the archives that Canvas and Moodle give for an assignment.

Whose work a member is says the part of its name that the LMS wrote, never one that a student
chose. Nothing is unpacked by name: a member is read, and stored under the id of its student.
"""

from __future__ import annotations

import calendar
import io
import itertools
import re
import stat
import unicodedata
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from grading.files import write_whole
from grading.release import CourseError

LARGEST = 10_000_000  # bytes of a file
TOTAL = 2_000_000_000  # bytes read from an archive
MEMBERS = 20_000  # files in an archive
FILES = 10  # notebooks of one student in an archive
ID, FILE = "(?P<id>[0-9]{1,20})", "(?P<upload>[0-9]{1,20})_(?P<file>[^/]+)"
OUTER = (
    # Moodle: Jane Doe_512_assignsubmission_file_/loss.ipynb, or …_assignsubmission_file_loss.ipynb
    rf"(?P<name>[^_/]+)_{ID}_assignsubmission_[a-z]+_?/?(?P<file>.+)(?P<upload>)",
    # Canvas, anonymous: anon_k3Zq9_9021_loss.ipynb
    rf"(LATE_)?(?P<name>anon)_(?P<id>[A-Za-z0-9]{{5}})_{FILE}",
    # Canvas: doejane_LATE_512_9021_loss-1.ipynb, with the numbers of the user and of the upload
    rf"(?!.*_assignsubmission_)(?P<name>[^/]+?)(_LATE)?_{ID}_{FILE}",
)
UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\\]|^/|^[A-Za-z]:|(^|/)\.\.(/|$)")
# Some browsers add a second ending; what begins with a dot was written by a program.
NOTEBOOK = re.compile(r"(?i)(?!(.*/)?(\.|__MACOSX/)).+\.ipynb(\.json|\.txt)?")
WORK = re.compile(rf"{NOTEBOOK.pattern}|.+\.zip")


class RefusedError(Exception):
    """Raised for what is not read, with the reason."""


@dataclass(frozen=True)
class Collected:
    """What became of one member of an archive; without a student where none can be named."""

    student: str
    file: str
    note: str


class Archive(ZipFile):
    """A zip file of a stranger, read within limits."""

    left = TOTAL

    def files(self) -> list[tuple[str, ZipInfo]]:
        """Return the names and entries, without folders."""
        if len(self.filelist) > MEMBERS:
            raise RefusedError(f"more than {MEMBERS:,} files")
        return [(true_name(i), i) for i in self.filelist if i.orig_filename[-1:] != "/"]

    def content(self, info: ZipInfo) -> bytes:
        """Return the content of an entry, whatever its header says of its size."""
        if stat.S_ISLNK(info.external_attr >> 16):
            raise RefusedError("a link")
        if info.flag_bits & 1:
            raise RefusedError("encrypted")
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # others unpack without bound
            raise RefusedError("packed in an unusual way")
        content = bytearray()
        with self.open(info) as stream:
            while chunk := stream.read(1 << 16):
                content += chunk
                self.left -= len(chunk)
                if len(content) > LARGEST:
                    raise RefusedError(f"larger than {LARGEST // 1_000_000} MB")
                if self.left < 0:
                    raise RefusedError("the archive as a whole is too large")
        return bytes(content)

    def time(self) -> int:
        """Return when the newest of the files was packed, in seconds."""
        times = [info.date_time for info in self.filelist]
        year, month, *rest = max(times, default=(1980, 1, 1, 0, 0, 0))
        return calendar.timegm((year, min(max(month, 1), 12), *rest))


class Member(NamedTuple):
    """A file that a student handed in. The last by `rank` counts."""

    rank: tuple[int, int, bool, int, int]
    archive: Archive
    info: ZipInfo
    name: str
    file: str
    doubtful: bool

    def notebook(self, topic: str) -> bytes:
        """Return the notebook that was handed in, by itself or in a zip."""
        content = self.archive.content(self.info)
        if NOTEBOOK.fullmatch(self.file):
            return content
        if content.count(b"PK\x01\x02") > MEMBERS:  # before each becomes an object
            raise RefusedError(f"more than {MEMBERS:,} files")
        with Archive(io.BytesIO(content)) as inner:
            found = {name: info for name, info in inner.files() if NOTEBOOK.fullmatch(name)}
            named = [name for name in found if name.rpartition("/")[2] == f"{topic}.ipynb"]
            if len(named or found) != 1:
                raise RefusedError(f"{len(found)} notebooks, not one {topic}.ipynb")
            return inner.content(found[(named or list(found))[0]])


def collect(archives: list[Path], submitted: Path, topic: str) -> list[Collected]:
    """Store the work in `archives` as `submitted`/<student>/<topic>/<topic>.ipynb.

    Every attempt is kept in the folder `attempts` beside `submitted`, and the latest counts.
    Raises `CourseError` where no archive can be read.
    """
    students: dict[str, list[Member]] = {}
    nobody: list[Collected] = []
    broken: list[Collected] = []
    wanted = re.compile(rf"(?i){re.escape(topic)}[ _+(-]*([0-9]{{0,9}})\)?\.(ipynb.*|zip)")
    with ExitStack() as stack:
        for place, path in enumerate(archives):
            try:
                archive = stack.enter_context(Archive(path))
                files, time = archive.files(), archive.time()
            except Exception as problem:  # a stranger's file: whatever reading it raises
                said = getattr(problem, "strerror", None) or problem
                broken.append(Collected("", path.name, printable(f"cannot be read: {said}")))
                continue
            for name, info in files:
                match = next(filter(None, (re.fullmatch(outer, name) for outer in OUTER)), None)
                unsafe = UNSAFE.search(name)
                if unsafe or match is None:
                    said = "refused: an unsafe name" if unsafe else "ignored: it names no student"
                    nobody.append(Collected("", printable(name), said))
                    continue
                file, upload = match["file"], int(match["upload"] or 0)
                named = wanted.fullmatch(file.rpartition("/")[2])
                again = int((named and named[1]) or 0)
                # "ann_1_2_3_x.ipynb" is work of ann, user 1, or of a student who is called ann_1.
                doubtful = upload > 0 and re.match("[0-9]+_", file) is not None
                rank = (time, place, named is not None, upload, again)
                member = Member(rank, archive, info, name, file, doubtful)
                students.setdefault(student_id(match), []).append(member)
        if len(broken) == len(archives):
            raise CourseError("; ".join(f"{row.file} {row.note}" for row in broken))
        done = [hand_in(students[name], submitted / name, topic) for name in sorted(students)]
    return [*itertools.chain(*done), *nobody, *broken]


def hand_in(members: list[Member], folder: Path, topic: str) -> list[Collected]:
    """Keep every attempt of the student of `folder`, and put the latest where it is graded.

    A student of whom nothing can be read gets an empty folder, so that grading does not pass by.
    """
    target = folder / topic / f"{topic}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    attempts = folder.parent.parent / "attempts" / folder.name / topic
    notes: dict[Member, str] = {}
    latest = None
    in_order = sorted(members, key=lambda member: member.rank)
    for (time, _), batch in itertools.groupby(in_order, key=lambda member: member.rank[:2]):
        files = list(batch)
        work = [member for member in files if WORK.fullmatch(member.file)]
        notes |= dict.fromkeys(files, "ignored: neither a notebook nor a zip")
        for member in work:
            try:
                if member.doubtful and len(work) > 1:
                    raise RefusedError("the name fits two students; place the file by hand")
                if member not in work[-FILES:]:
                    raise RefusedError(f"more than {FILES} files")
                content = member.notebook(topic)
            except RefusedError as problem:
                notes[member] = f"refused: {problem}"
            except Exception:  # a stranger's file: whatever reading it raises
                notes[member] = "refused: damaged"
            else:
                notes[member] = f"attempt {keep(content, attempts, time)}"
                latest = member, content, time
    if latest:
        member, content, time = latest
        before = int(target.stat().st_mtime) if target.exists() else 0
        if time >= before:
            if target.exists():
                keep(target.read_bytes(), attempts, before)
            write_whole(target, content, time)
        counts = target.read_bytes() == content
        notes[member] += " counts" if counts else "; a newer one counts"
    return [Collected(folder.name, printable(member.name), note) for member, note in notes.items()]


def keep(content: bytes, attempts: Path, time: int) -> int:
    """Store an attempt unless it is there; return its number."""
    stored = {int(p.stem): p for p in attempts.glob("*.ipynb") if p.stem.isdecimal()}
    for number, path in stored.items():
        if path.read_bytes() == content:
            return number
    number = max(stored, default=0) + 1
    write_whole(attempts / f"{number:02}.ipynb", content, time)
    return number


def student_id(match: re.Match) -> str:
    """Return a folder name for a student: plain letters, and the number that the LMS gave."""
    name = unicodedata.normalize("NFKD", match["name"]).encode("ascii", "ignore").decode().lower()
    return f"{re.sub('[^a-z0-9]+', '-', name).strip('-')[:60] or 'student'}-{match['id']}"


def true_name(info: ZipInfo) -> str:
    """Return a name as it was written: many programs write UTF-8 and do not say so."""
    name = info.orig_filename
    try:
        return name if info.flag_bits & 0x800 else name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def printable(text: str) -> str:
    """Return a stranger's text so that a terminal shows it and does nothing else."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
