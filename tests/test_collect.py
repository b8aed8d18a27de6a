"""Collecting: whose work a file is, which attempt counts, and archives that mean harm."""

import os
import struct
import warnings
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from conftest import Run

from grading import collect as module
from grading.collect import LARGEST, Collected, collect
from grading.release import CourseError

ANN, BOB = "doeann_4_100_loss.ipynb", "royebob_LATE_5_101_loss.ipynb"
NOON = (2025, 3, 1, 12, 0, 0)
LATER = (2025, 3, 8, 12, 0, 0)
Files = list[tuple[str, bytes]]


def packed(files: Files, time: tuple = NOON, method: int = ZIP_DEFLATED) -> bytes:
    """Return a zip file that holds `files`, each packed at `time`."""
    stream = BytesIO()
    with ZipFile(stream, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two files of one name
        for name, content in files:
            archive.writestr(ZipInfo(name, time), content, compress_type=method)
    return stream.getvalue()


class Class:
    """A class that hands in archives: `rows` is what was said, by file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.submitted = folder / "build" / "submitted"
        self.rows: list[Collected] = []

    def hand_in(self, *archives: Files | bytes, time: tuple = NOON) -> dict[str, str]:
        paths = []
        for index, files in enumerate(archives):
            paths.append(self.folder / f"{index}.zip")
            paths[-1].write_bytes(files if isinstance(files, bytes) else packed(files, time))
        self.rows = collect(paths, self.submitted, "loss")
        return {row.file: row.note for row in self.rows}

    def work(self) -> dict[str, bytes | None]:
        """The notebook of each student, or None for a folder without one."""
        paths = {path.name: path / "loss" / "loss.ipynb" for path in self.submitted.glob("*")}
        return {name: path.read_bytes() if path.exists() else None for name, path in paths.items()}

    def attempts(self, student: str) -> dict[str, bytes]:
        folder = self.folder / "build" / "attempts" / student / "loss"
        return {path.name: path.read_bytes() for path in folder.glob("*")}

    def everything(self) -> set[str]:
        paths = (self.folder / "build").rglob("*")
        return {str(p.relative_to(self.folder / "build")) for p in paths if p.is_file()}


@pytest.fixture
def klass(tmp_path: Path) -> Class:
    return Class(tmp_path)


class TestWhoseWork:
    @pytest.mark.parametrize(
        ("name", "student"),
        [
            ("doeann_4_100_loss.ipynb", "doeann-4"),
            ("doeann_LATE_4_100_loss.ipynb", "doeann-4"),
            ("doeann_4_100_loss-2.ipynb", "doeann-4"),
            ("doeann_4_100_my_home_work.ipynb", "doeann-4"),
            ("anon_k3Zq9_100_loss.ipynb", "anon-k3Zq9"),
            ("LATE_anon_k3Zq9_100_loss.ipynb", "anon-k3Zq9"),
            ("Ann Doe_4_assignsubmission_file_/loss.ipynb", "ann-doe-4"),
            ("Ann Doe_4_assignsubmission_file/loss.ipynb", "ann-doe-4"),
            ("Ann Doe_4_assignsubmission_file_/a/b/loss.ipynb", "ann-doe-4"),
            ("Ann Doe_4_assignsubmission_file_loss.ipynb", "ann-doe-4"),
            ("Participant_4_assignsubmission_file_/loss.ipynb", "participant-4"),
            ("Ann Doe_4_assignsubmission_file_/12_3_loss.ipynb", "ann-doe-4"),
            ("müllerzoë_4_100_loss.ipynb", "mullerzoe-4"),
            ("山田花子_4_100_loss.ipynb", "student-4"),
            ("राम_4_100_loss.ipynb", "student-4"),
            ("con_4_100_loss.ipynb", "con-4"),
            (".Ann*[x]..?_4_assignsubmission_file_/loss.ipynb", "ann-x-4"),
            (f"{'a' * 300}_4_100_loss.ipynb", f"{'a' * 60}-4"),
            ("doeann_4_100_loss.ipynb.json", "doeann-4"),
            ("doeann_4_100_LOSS.IPYNB.txt", "doeann-4"),
        ],
    )
    def test_names_of_canvas_and_moodle(self, klass: Class, name: str, student: str) -> None:
        assert klass.hand_in([(name, b"work")]) == {name: "attempt 1 counts"}
        assert klass.work() == {student: b"work"}
        assert klass.rows[0].student == student

    @pytest.mark.parametrize(
        "name",
        [
            "loss.ipynb",
            "doeann_4_text.html",
            "doeann/4_100_loss.ipynb",
            "submissions/doeann_4_100_loss.ipynb",
            "Default group_assignsubmission_file_1_2_loss.ipynb",
            "Default group_assignsubmission_file_/doeann_4_100_loss.ipynb",
            "doeann_4_100_folder/loss.ipynb",
            "doeann_٤_١٠٠_loss.ipynb",
            "__MACOSX/._doeann_4_100_loss.ipynb",
        ],
    )
    def test_a_name_that_names_no_student(self, klass: Class, name: str) -> None:
        notes = klass.hand_in([(name, b"work"), (BOB, b"Bob's")])
        assert notes[name] == "ignored: it names no student"
        assert klass.work() == {"royebob-5": b"Bob's"}
        assert [row.student for row in klass.rows] == ["royebob-5", ""]

    def test_students_of_one_name_stay_apart(self, klass: Class) -> None:
        klass.hand_in([("doeann_4_100_loss.ipynb", b"4"), ("doéann_6_102_loss.ipynb", b"6")])
        assert klass.work() == {"doeann-4": b"4", "doeann-6": b"6"}

    @pytest.mark.parametrize(
        "name",
        [
            "evileve_9_900_doeann_4_100_loss.ipynb",
            "evileve_9_900__4_100_loss.ipynb",
            "evileve_9_900_LATE_4_100_loss.ipynb",
            "evileve_9_900_Ann Doe_4_assignsubmission_file_loss.ipynb",
            "doeann_4_9_900_loss.ipynb",  # Eve calls herself "doeann_4"
            "Eve_9_assignsubmission_file_/doeann_4_999_loss.ipynb",
            "Eve_9_assignsubmission_file_/Ann Doe_4_assignsubmission_file_/loss.ipynb",
            "Eve_9_assignsubmission_file_/../doeann_4_100_loss.ipynb",
            "Eve_9_assignsubmission_file_/../../submitted/doeann-4/loss/loss.ipynb",
        ],
    )
    def test_no_file_replaces_the_work_of_another(self, klass: Class, name: str) -> None:
        klass.hand_in([(name, b"Eve's"), (ANN, b"Ann's"), (BOB, b"Bob's")])
        work = klass.work()
        assert (work["doeann-4"], work["royebob-5"]) == (b"Ann's", b"Bob's")
        assert set(work) <= {"doeann-4", "royebob-5", "evileve-9", "eve-9"}
        assert klass.attempts("doeann-4") == {"01.ipynb": b"Ann's"}

    def test_a_zip_full_of_other_students_is_the_work_of_its_sender(self, klass: Class) -> None:
        trap = packed([("doeann-4/loss/loss.ipynb", b"Eve's"), (ANN, b"Eve's, too")])
        klass.hand_in([("evileve_9_900_loss.zip", trap), (ANN, b"Ann's")])
        assert klass.work() == {"evileve-9": b"Eve's", "doeann-4": b"Ann's"}

    def test_a_file_that_begins_with_a_number_is_taken_where_nobody_can_lose(
        self, klass: Class
    ) -> None:
        assert klass.hand_in([("doeann_4_100_7712_loss.ipynb", b"Ann's")]) == {
            "doeann_4_100_7712_loss.ipynb": "attempt 1 counts"
        }
        notes = klass.hand_in(
            [("doeann_4_100_7712_loss.ipynb", b"Ann's"), ("doeann_4_9_900_loss.ipynb", b"Eve's")]
        )
        assert set(notes.values()) == {
            "refused: the name fits two students; place the file by hand"
        }
        assert klass.work() == {"doeann-4": b"Ann's"}

    def test_in_moodle_a_number_at_the_start_leaves_no_doubt(self, klass: Class) -> None:
        folder = "Ann Doe_4_assignsubmission_file_"
        files = [(f"{folder}/1_2_x.ipynb", b"x"), (f"{folder}/loss.ipynb", b"work")]
        assert list(klass.hand_in(files).values()) == ["attempt 1", "attempt 2 counts"]


class TestWhatIsWork:
    def test_the_released_folder_as_a_zip(self, klass: Class) -> None:
        folder = packed(
            [
                ("loss/", b""),
                ("loss/checks.py", b"..."),
                ("loss/scratch.ipynb", b"scratch"),
                ("loss/loss.ipynb", b"work"),
                ("loss/.ipynb_checkpoints/loss.ipynb", b"old"),
                ("__MACOSX/loss/._loss.ipynb", b"system"),
            ]
        )
        assert klass.hand_in([("doeann_4_100_loss.zip", folder)]) == {
            "doeann_4_100_loss.zip": "attempt 1 counts"
        }
        assert klass.work() == {"doeann-4": b"work"}

    def test_the_one_notebook_of_a_zip_may_have_any_name(self, klass: Class) -> None:
        klass.hand_in([("doeann_4_100_x.zip", packed([("final.ipynb", b"work")]))])
        assert klass.work() == {"doeann-4": b"work"}

    @pytest.mark.parametrize(
        ("files", "said"),
        [
            ([], "0 notebooks"),
            ([("loss.py", b"")], "0 notebooks"),
            ([("a.ipynb", b"a"), ("b.ipynb", b"b")], "2 notebooks"),
            ([("a/loss.ipynb", b"a"), ("b/loss.ipynb", b"b")], "2 notebooks"),
            ([("inner.zip", packed([("loss.ipynb", b"too deep")]))], "0 notebooks"),
        ],
    )
    def test_a_zip_without_one_notebook(self, klass: Class, files: Files, said: str) -> None:
        assert klass.hand_in([("doeann_4_100_loss.zip", packed(files))]) == {
            "doeann_4_100_loss.zip": f"refused: {said}, not one loss.ipynb"
        }
        assert klass.work() == {"doeann-4": None}

    def test_other_files_are_ignored_and_said_so(self, klass: Class) -> None:
        folder = "Ann Doe_4_assignsubmission_file_"
        others = ["checks.py", "notes.pdf", ".ipynb_checkpoints/loss-checkpoint.ipynb"]
        files = [(f"{folder}/{name}", b"") for name in others]
        notes = klass.hand_in([*files, (f"{folder}/loss.ipynb", b"work"), (f"{folder}/a/", b"")])
        assert notes.pop(f"{folder}/loss.ipynb") == "attempt 1 counts"
        assert set(notes) == {name for name, _ in files}
        assert set(notes.values()) == {"ignored: neither a notebook nor a zip"}
        assert klass.everything() == {
            "submitted/ann-doe-4/loss/loss.ipynb",
            "attempts/ann-doe-4/loss/01.ipynb",
        }

    def test_a_student_without_a_notebook_gets_an_empty_folder(self, klass: Class) -> None:
        klass.hand_in([("doeann_4_100_loss.pdf", b"%PDF")])
        assert klass.work() == {"doeann-4": None}

    def test_bytes_are_kept_as_they_came(self, klass: Class) -> None:
        content = b"\xef\xbb\xbf{\r\n\xff\x00 no notebook at all"
        klass.hand_in([(ANN, content)])
        assert klass.work() == {"doeann-4": content}


class TestAttempts:
    def test_the_latest_upload_to_canvas_counts(self, klass: Class) -> None:
        notes = klass.hand_in(
            [
                ("doeann_4_120_loss-2.ipynb", b"third"),
                ("doeann_4_100_loss.ipynb", b"first"),
                ("doeann_4_110_loss-1.ipynb", b"second"),
            ]
        )
        assert list(notes.values()) == ["attempt 1", "attempt 2", "attempt 3 counts"]
        assert klass.work() == {"doeann-4": b"third"}
        assert klass.attempts("doeann-4") == {
            "01.ipynb": b"first",
            "02.ipynb": b"second",
            "03.ipynb": b"third",
        }

    def test_the_highest_number_counts_as_a_number(self, klass: Class) -> None:
        names = [f"doeann_4_100_loss-{n}.ipynb" for n in (10, 9)]
        klass.hand_in([(name, name.encode()) for name in names])
        assert klass.work() == {"doeann-4": names[0].encode()}

    @pytest.mark.parametrize("name", ["loss.ipynb", "loss-1.ipynb", "Loss (3).ipynb", "loss.zip"])
    def test_the_notebook_of_the_topic_goes_before_others(self, klass: Class, name: str) -> None:
        work = packed([("loss.ipynb", b"work")]) if name == "loss.zip" else b"work"
        klass.hand_in([("doeann_4_100_" + name, work), ("doeann_4_120_scratch.ipynb", b"other")])
        assert klass.work() == {"doeann-4": b"work"}
        assert klass.attempts("doeann-4") == {"01.ipynb": b"other", "02.ipynb": b"work"}

    def test_a_later_archive_counts_in_whatever_order_they_are_named(self, klass: Class) -> None:
        new, old = packed([(ANN, b"new")], LATER), packed([(ANN, b"old"), (BOB, b"Bob's")], NOON)
        klass.hand_in(new, old)
        assert klass.work() == {"doeann-4": b"new", "royebob-5": b"Bob's"}
        assert klass.attempts("doeann-4") == {"01.ipynb": b"old", "02.ipynb": b"new"}

    def test_an_archive_is_as_old_as_its_newest_file(self, klass: Class) -> None:
        stream = BytesIO(packed([(BOB, b"Bob's")], (2025, 1, 1, 0, 0, 0)))
        with ZipFile(stream, "a") as archive:
            archive.writestr(ZipInfo(ANN, LATER), b"new")
        klass.hand_in(stream.getvalue(), [(ANN, b"old"), (BOB, b"Bob's")])
        assert klass.work() == {"doeann-4": b"new", "royebob-5": b"Bob's"}

    def test_of_archives_of_one_time_the_one_named_last_counts(self, klass: Class) -> None:
        klass.hand_in([("doeann_4_101_loss-1.ipynb", b"one")], [(ANN, b"two")])
        assert klass.work() == {"doeann-4": b"two"}

    def test_an_old_archive_collected_late_is_kept_and_does_not_count(self, klass: Class) -> None:
        klass.hand_in([(ANN, b"new")], time=LATER)
        assert klass.hand_in([(ANN, b"old")]) == {ANN: "attempt 2; a newer one counts"}
        assert klass.work() == {"doeann-4": b"new"}
        assert klass.attempts("doeann-4") == {"01.ipynb": b"new", "02.ipynb": b"old"}

    def test_who_goes_back_to_an_earlier_version_gets_it(self, klass: Class) -> None:
        for day, content in ((1, b"one"), (2, b"two"), (3, b"one")):
            klass.hand_in([(ANN, content)], time=(2025, 3, day, 0, 0, 0))
        assert klass.work() == {"doeann-4": b"one"}
        assert klass.attempts("doeann-4") == {"01.ipynb": b"one", "02.ipynb": b"two"}

    def test_the_same_archive_twice_changes_nothing(self, klass: Class) -> None:
        files = [(ANN, b"one"), ("doeann_4_102_loss-1.ipynb", b"two"), (BOB, b"Bob's")]
        notes = klass.hand_in(files)
        before = klass.everything(), klass.work()
        assert klass.hand_in(files) == notes
        assert (klass.everything(), klass.work()) == before
        assert len(klass.attempts("doeann-4")) == 2

    def test_what_was_placed_by_hand_is_kept(self, klass: Class) -> None:
        path = klass.submitted / "doeann-4" / "loss" / "loss.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"by hand")
        assert klass.hand_in([(ANN, b"old")]) == {ANN: "attempt 1; a newer one counts"}
        os.utime(path, (0, 0))
        assert klass.hand_in([(ANN, b"new")]) == {ANN: "attempt 2 counts"}
        assert klass.work() == {"doeann-4": b"new"}
        assert set(klass.attempts("doeann-4").values()) == {b"old", b"by hand", b"new"}

    def test_a_hundred_attempts_are_numbered_on(self, klass: Class) -> None:
        for number in range(1, 102):
            klass.hand_in([(ANN, str(number).encode())])
        copy = klass.folder / "build" / "attempts" / "doeann-4" / "loss" / "01 copy.ipynb"
        copy.write_bytes(b"of no account")
        klass.hand_in([(ANN, b"101")])
        assert klass.attempts("doeann-4")["101.ipynb"] == b"101"
        assert klass.work() == {"doeann-4": b"101"}

    def test_a_write_that_fails_leaves_the_work_as_it_was(
        self, klass: Class, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def replace(part: Path, path: Path) -> None:
            if path.name == "loss.ipynb":
                raise OSError("the disk is full")
            Path(part).rename(path)

        klass.hand_in([(ANN, b"one")])
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", replace)
            with pytest.raises(OSError, match="full"):
                klass.hand_in([(ANN, b"two")])
        assert klass.work() == {"doeann-4": b"one"}
        klass.hand_in([(ANN, b"two")])
        assert klass.work() == {"doeann-4": b"two"}
        assert not [name for name in klass.everything() if not name.endswith(".ipynb")]


def link() -> bytes:
    stream = BytesIO()
    with ZipFile(stream, "w") as archive:
        info = ZipInfo(ANN)
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
        archive.writestr(BOB, b"Bob's")
    return stream.getvalue()


def patched(archive: bytes, at: int, form: str, value: int) -> bytes:
    """Change a field of the first entry, `at` bytes into its record in the directory."""
    place = archive.index(b"PK\x01\x02") + at
    return archive[:place] + struct.pack(form, value) + archive[place + struct.calcsize(form) :]


TWO = packed([(ANN, b"Ann's work " * 9), (BOB, b"Bob's")])
PLAIN = packed([(ANN, b"Ann's work"), (BOB, b"Bob's")], method=0)
BOMB = b"0" * (LARGEST + 1)
TOO_LARGE = f"refused: larger than {LARGEST // 1_000_000} MB"


class TestHarm:
    @pytest.mark.parametrize(
        ("archive", "said"),
        [
            pytest.param(link(), "refused: a link", id="link"),
            pytest.param(patched(TWO, 8, "<H", 1), "refused: encrypted", id="encrypted"),
            pytest.param(patched(TWO, 8, "<H", 0x41), "refused: encrypted", id="well encrypted"),
            pytest.param(patched(TWO, 10, "<H", 99), "refused: packed in an unusual way", id="99"),
            pytest.param(patched(TWO, 16, "<I", 7), "refused: damaged", id="checksum"),
            pytest.param(PLAIN.replace(b"Ann's", b"Eve's"), "refused: damaged", id="changed"),
            pytest.param(patched(TWO, 42, "<I", 9), "refused: damaged", id="wrong place"),
            pytest.param(patched(TWO, 24, "<I", 3), "refused: damaged", id="size too small"),
            pytest.param(packed([(ANN, BOMB), (BOB, b"Bob's")]), TOO_LARGE, id="bomb"),
            pytest.param(
                packed([(ANN, packed([("loss.ipynb", b"1")])[:-30]), (BOB, b"Bob's")]).replace(
                    ANN.encode(), ANN.replace("ipynb", "a.zip").encode()
                ),
                "refused: damaged",
                id="damaged zip",
            ),
        ],
    )
    def test_a_bad_member_is_said_so_and_the_others_are_collected(
        self, klass: Class, archive: bytes, said: str
    ) -> None:
        klass.hand_in(archive)
        assert [(row.student, row.note) for row in klass.rows] == [
            ("doeann-4", said),
            ("royebob-5", "attempt 1 counts"),
        ]
        assert klass.work() == {"doeann-4": None, "royebob-5": b"Bob's"}
        assert "attempts/doeann-4" not in str(klass.everything())

    def test_a_size_that_lies_is_not_believed(self, klass: Class) -> None:
        liar = patched(packed([(ANN, b"work")]), 24, "<I", 2**31)
        assert klass.hand_in(liar) == {ANN: "attempt 1 counts"}

    def test_a_file_of_the_largest_size_is_taken(self, klass: Class) -> None:
        assert klass.hand_in([(ANN, BOMB[1:])]) == {ANN: "attempt 1 counts"}

    @pytest.mark.parametrize(
        ("files", "method", "said"),
        [
            ([("loss.ipynb", BOMB)], ZIP_DEFLATED, TOO_LARGE),
            ([("loss.ipynb", b"1")], ZIP_BZIP2, "refused: packed in an unusual way"),
            ([(f"{n}.ipynb", b"") for n in range(9)], 0, "refused: more than 8 files"),
        ],
    )
    def test_a_zip_that_is_a_bomb(
        self,
        klass: Class,
        monkeypatch: pytest.MonkeyPatch,
        files: Files,
        method: int,
        said: str,
    ) -> None:
        monkeypatch.setattr(module, "MEMBERS", 8)
        name = "doeann_4_100_loss.zip"
        notes = klass.hand_in([(name, packed(files, method=method)), (BOB, b"Bob's")])
        assert notes == {name: said, BOB: "attempt 1 counts"}

    def test_entries_are_counted_before_they_are_read(
        self, klass: Class, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "MEMBERS", 8)
        name = "doeann_4_100_loss.zip"
        assert klass.hand_in([(name, b"PK\x01\x02" * 9)]) == {name: "refused: more than 8 files"}

    def test_too_many_files(self, klass: Class, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MEMBERS", 2)
        notes = klass.hand_in([(ANN, b"1")], [(ANN, b"1"), (BOB, b"2"), ("x", b"")])
        assert notes == {ANN: "attempt 1 counts", "1.zip": "cannot be read: more than 2 files"}

    def test_too_much_in_all(self, klass: Class, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module.Archive, "left", 8)
        notes = klass.hand_in([(ANN, b"12345"), (BOB, b"6789")])
        assert notes[ANN] == "attempt 1 counts"
        assert notes[BOB] == "refused: the archive as a whole is too large"

    def test_one_student_does_not_use_up_the_archive(self, klass: Class) -> None:
        names = [f"doeann_4_{n}_x.ipynb" for n in range(100, 112)]
        notes = klass.hand_in([(name, name.encode()) for name in names])
        assert [notes[name] for name in names[:2]] == ["refused: more than 10 files"] * 2
        assert notes[names[-1]] == "attempt 10 counts"

    @pytest.mark.parametrize(
        "name",
        [
            "../doeann_4_100_loss.ipynb",
            "/doeann_4_100_loss.ipynb",
            "C:doeann_4_100_loss.ipynb",
            "doeann_4_100_..\\loss.ipynb",
            "doeann_4_100_lo\nss.ipynb",
            "doeann_4_100_lo\x1b[2Jss.ipynb",
            "Ann Doe_4_assignsubmission_file_/../../../loss.ipynb",
            "Ann Doe_4_assignsubmission_file_/..",
        ],
    )
    def test_unsafe_names(self, klass: Class, name: str) -> None:
        notes = klass.hand_in([(name, b"evil"), (BOB, b"Bob's")])
        assert notes.pop(BOB) == "attempt 1 counts"
        ((shown, said),) = notes.items()
        assert said == "refused: an unsafe name"
        assert shown.isprintable()
        assert klass.everything() == {
            "submitted/royebob-5/loss/loss.ipynb",
            "attempts/royebob-5/loss/01.ipynb",
        }
        assert {path.name for path in klass.folder.iterdir()} == {"0.zip", "build"}

    def test_a_name_that_ends_early(self, klass: Class) -> None:
        archive = packed([("doeann_4_100_loss.ipynb0.txt", b"evil")]).replace(b"b0.t", b"b\0.t")
        assert list(klass.hand_in(archive).values()) == ["refused: an unsafe name"]

    def test_a_name_twice(self, klass: Class) -> None:
        klass.hand_in([(ANN, b"one"), (ANN, b"two")])
        assert klass.work() == {"doeann-4": b"two"}
        assert [row.note for row in klass.rows] == ["attempt 1", "attempt 2 counts"]

    @pytest.mark.parametrize("encoding", ["utf-8", "cp437"])
    def test_names_that_do_not_say_how_they_are_written(self, klass: Class, encoding: str) -> None:
        name = "müller_4_100_loss.ipynb"
        raw = name.encode(encoding)
        plain = b"x" * (len(raw) - 18) + raw[-18:]
        klass.hand_in(packed([(plain.decode(), b"work")]).replace(plain, raw))
        assert klass.rows == [Collected("muller-4", name, "attempt 1 counts")]

    def test_a_month_that_is_none(self, klass: Class) -> None:
        for month in (0, 15):
            archive = patched(packed([(ANN, b"work")]), 14, "<H", (45 << 9) + (month << 5))
            assert klass.hand_in(archive) == {ANN: "attempt 1 counts"}

    @pytest.mark.parametrize(
        ("broken", "said"),
        [
            (b"", "cannot be read: File is not a zip file"),
            (b"Dear teacher", "cannot be read: File is not a zip file"),
            (TWO[:-40], "cannot be read: File is not a zip file"),
            (TWO[:-100] + TWO[-22:], "cannot be read: "),
        ],
    )
    def test_a_broken_archive(self, klass: Class, broken: bytes, said: str) -> None:
        notes = klass.hand_in(broken, [(BOB, b"Bob's")])
        assert notes.pop(BOB) == "attempt 1 counts"
        assert notes["0.zip"].startswith(said)
        assert klass.work() == {"royebob-5": b"Bob's"}

    def test_no_archive_can_be_read(self, klass: Class) -> None:
        with pytest.raises(CourseError, match=r"0\.zip cannot be read: .*; 1\.zip cannot be read"):
            klass.hand_in(b"", b"")
        with pytest.raises(CourseError, match="No such file"):
            collect([klass.folder / "none.zip"], klass.submitted, "loss")
        with pytest.raises(CourseError, match="Is a directory"):
            collect([klass.folder], klass.submitted, "loss")
        assert not klass.submitted.exists()


class TestCommandLine:
    def test_table(self, course_folder: Path, run: Run) -> None:
        (course_folder / "a.zip").write_bytes(packed([(ANN, b"work"), ("[red]x[/red]", b"")]))
        (course_folder / "b.zip").write_bytes(b"broken")
        status, out, err = run("collect", "loss", "a.zip", "b.zip")
        assert (status, err) == (0, "")
        for word in ("doeann-4", "counts", "[red]x[/red]", "b.zip", "cannot be read"):
            assert word in out
        path = course_folder / "build" / "submitted" / "doeann-4" / "loss" / "loss.ipynb"
        assert path.read_bytes() == b"work"

    def test_nothing_that_can_be_read(self, course_folder: Path, run: Run) -> None:
        status, _, err = run("collect", "loss", "none.zip")
        assert status == 2
        assert err == "course: none.zip cannot be read: No such file or directory\n"
        assert not (course_folder / "build").exists()

    def test_unknown_topic(self, course_folder: Path, run: Run) -> None:
        status, _, err = run("collect", "los", "none.zip")
        assert status == 2
        assert "unknown topic 'los'" in err
