"""The bibliography: no work twice, none without a citation, none that cannot be found."""

import re

import pytest
from numeric import CHAPTERS, ROOT
from pybtex.database import Entry, parse_file

ENTRIES = parse_file(ROOT / "references.bib").entries
PAGE = ROOT / "chapters" / "bibliography.md"
CITATION = re.compile(r"\{cite(?::[a-z]+)?\}`([^`]+)`")
SECTION = {"textbook": "Textbooks", "paper": "Papers", "software": "Software"}
each_entry = pytest.mark.parametrize("key", sorted(ENTRIES))


def cited() -> set[str]:
    texts = [chapter.read_text(encoding="utf-8") for chapter in CHAPTERS]
    keys = [keys for text in texts for keys in CITATION.findall(text)]
    return {key.strip() for several in keys for key in several.split(",")}


def identifiers(entry: Entry) -> dict[str, str]:
    names = ("doi", "eprint", "isbn", "url")
    return {name: entry.fields[name] for name in names if name in entry.fields}


def is_isbn(digits: str) -> bool:
    weighted = [int(digit) * (1, 3)[i % 2] for i, digit in enumerate(digits)]
    return len(digits) == 13 and sum(weighted) % 10 == 0


def test_every_work_is_cited_and_every_citation_has_its_work() -> None:
    assert cited() == set(ENTRIES)


def test_no_work_twice() -> None:
    titles = [
        (re.sub(r"\W", "", entry.fields["title"]).lower(), str(entry.persons["author"][0]))
        for entry in ENTRIES.values()
    ]
    assert len(set(titles)) == len(titles)
    known = [pair for entry in ENTRIES.values() for pair in identifiers(entry).items()]
    assert len(set(known)) == len(known)


@each_entry
def test_entry_is_complete(key: str) -> None:
    entry = ENTRIES[key]
    assert entry.persons["author"]
    assert entry.fields["title"]
    assert re.fullmatch(r"(19|20)\d\d", entry.fields["year"])
    assert key.endswith(entry.fields["year"])
    assert entry.fields["keywords"] in SECTION
    ids = identifiers(entry)
    assert ids, "no doi, arXiv number, isbn or url"
    assert re.fullmatch(r"10\.\d{4,}/\S+", ids.get("doi", "10.1000/x"))
    assert re.fullmatch(r"\d{4}\.\d{4,5}", ids.get("eprint", "1234.5678"))
    assert ("eprint" in ids) == (entry.fields.get("archiveprefix") == "arXiv")
    assert is_isbn(ids.get("isbn", "9780262035613"))
    assert ids.get("url", "http").startswith("http")


def test_page_lists_each_group_under_its_heading() -> None:
    parts = re.split(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.M)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    for keyword, title in SECTION.items():
        assert f':filter: keywords % "{keyword}"\n```' in sections[title]


def test_works_named_by_number_are_in_the_list() -> None:
    """An arXiv number or a doi in a chapter or in a docstring belongs to an entry."""
    known = {number for entry in ENTRIES.values() for number in identifiers(entry).values()}
    files = [*CHAPTERS, *(ROOT / "solutions").glob("*.py")]
    for path in files:
        text = path.read_text(encoding="utf-8")
        for number in re.findall(r"arXiv:(\d{4}\.\d{4,5})|doi\.org/(10\.[^\s),]+)", text):
            assert "".join(number) in known, f"{path.name}: {number}"
