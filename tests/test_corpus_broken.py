"""Work that was damaged on its way is graded for what is in it, without a person."""

from corpus.classroom import TOPIC
from test_corpus import Class, Musts


class TestBroken(Musts):
    kind = "broken"

    def test_lost_marks_are_mentioned(self, graded: Class) -> None:
        for student in ("marks_lost", "marks_lost_and_cells_added", "ids_renamed"):
            page = graded.course.build / "feedback" / student / TOPIC / f"{TOPIC}.html"
            assert "without the marks that say which cell answers which task" in page.read_text()
