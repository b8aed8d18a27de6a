"""Takes out of the site what no page uses: rules of styles, source maps, the icon library."""

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from shutil import rmtree

import tinycss2
from sphinx.application import Sphinx
from tinycss2.ast import Node, QualifiedRule

# Bootstrap's script names the classes of all that it can do; these the theme asks of it.
FROM_BOOTSTRAP = {
    "show",
    "fade",
    "active",
    "collapsing",
    "tooltip",
    "tooltip-arrow",
    "tooltip-inner",
}
ICONS = re.compile(r"<(link|script)\b[^>]*/fontawesome/[^>]*>(</script>)?\s*")
WORD = re.compile(r"[A-Za-z_][\w-]+")
COMMENT = re.compile(r"/\*(?!!).*?\*/", re.S)


class Names(HTMLParser):
    """The classes and identifiers of a page, and every word of its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for key, value in attrs:
            if key in ("class", "id"):
                self.found.update((value or "").split())

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.found.update(WORD.findall(data))


def needed(selector: list[Node]) -> set[str]:
    """Return the classes and identifiers without which a selector matches nothing."""
    names = {token.value for token in selector if token.type == "hash"}
    for before, token in pairwise(selector):
        if before == "." and token.type == "ident":
            names.add(token.value)
    return names


def selectors(rule: QualifiedRule) -> list[list[Node]]:
    """Return the selectors of a rule, which stand between commas."""
    parts: list[list[Node]] = [[]]
    for token in rule.prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def prune(rules: Iterable[Node], used: set[str]) -> str:
    """Return the rules that can match something on a page that has the names `used`."""
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            matching = [tinycss2.serialize(s).strip() for s in selectors(rule) if needed(s) <= used]
            if matching:
                kept.append(f"{','.join(matching)}{{{tinycss2.serialize(rule.content).strip()}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            inner = prune(tinycss2.parse_rule_list(rule.content, True, True), used)
            if inner:
                kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}")
        else:
            kept.append(rule.serialize())
    return "\n".join(kept)


def lean(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html":
        return
    site = Path(app.outdir)
    used = set(FROM_BOOTSTRAP)
    for path in site.rglob("*.html"):
        page = ICONS.sub("", path.read_text("utf-8"))
        path.write_text(page, "utf-8")
        used |= Names(page).found
    for path in site.rglob("*.js"):
        if path.name != "bootstrap.js" and "fontawesome" not in path.parts:
            used.update(WORD.findall(path.read_text("utf-8")))
    for path in (site / "_static").rglob("*.css"):
        rules = tinycss2.parse_stylesheet(COMMENT.sub("", path.read_text("utf-8")), True, True)
        path.write_text(prune(rules, used), "utf-8")
    for path in site.rglob("*.map"):
        path.unlink()
    rmtree(site / "_static" / "vendor", ignore_errors=True)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", lean, priority=900)  # after the theme has written its own
    return {"parallel_read_safe": True}
