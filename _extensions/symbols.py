"""Symbols and terms that explain themselves.

A formula in a chapter that is a symbol of the notation page becomes a link to its row, at its first
mention in each section; a layer number, as in W^{(l)}, does not matter. What the links to symbols
and to terms of the glossary explain is written to explanations.js, which explain.js shows.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import docname_join
from sphinx.writers.html5 import HTML5Translator
from sphinx_design.dropdown import dropdown_title

NOTATION, GLOSSARY = "chapters/notation", "chapters/glossary"
FILE = "explanations.js"
LAYER = re.compile(r"\^\{\(([^()]*)\)\}")
UNLINKED = (nodes.title, nodes.figure, nodes.reference, dropdown_title)


class Symbol(NamedTuple):
    """A row of the notation: its identifier, TeX and cells, and the chapters where it holds."""

    id: str
    tex: str
    row: nodes.row
    chapters: set[str]


class SymbolLink(nodes.reference):
    """A link around a formula. Its label is read aloud in place of the formula."""


def visit_link(self: HTML5Translator, node: SymbolLink) -> None:
    label = {"aria-label": node["label"]}
    self.body.append(self.starttag(node, "a", "", href=node["refuri"], **label))


def depart_link(self: HTML5Translator, node: SymbolLink) -> None:
    self.body.append("</a>")


def bare(tex: str) -> str:
    """Return a formula without layer numbers, such as ^{(l)}, and superfluous spaces."""
    return " ".join(LAYER.sub("", tex).split())


def symbols(notation: nodes.document) -> list[Symbol]:
    """Return the rows of those tables whose first column is headed "symbol"."""
    found, used = [], []
    for table in notation.findall(nodes.table):
        head, *rows = table.findall(nodes.row)
        if head[0].astext() != "symbol":
            continue
        for row in rows:
            tex = next(row[0].findall(nodes.math)).astext()
            plain = tex.replace("*", "star").replace("_", "")
            name = re.sub(r"(\\text|\\mathrm|\W)+", "-", plain).strip("-")
            used.append(f"symbol-{name}")
            count = used.count(used[-1])
            chapters = {
                docname_join(NOTATION, link["reftarget"])
                for link in row[-1].findall(addnodes.pending_xref)
            }
            identifier = used[-1] if count == 1 else f"{used[-1]}-{count}"
            found.append(Symbol(identifier, bare(tex), row, chapters))
    return found


def ancestors(node: nodes.Node) -> Iterator[nodes.Element]:
    """Yield the elements around a node, from the inside out."""
    while node.parent:
        node = node.parent
        yield node


def has_pages(app: Sphinx) -> bool:
    """Tell whether this is a site, and one with the two pages that explain."""
    return app.builder.format == "html" and {NOTATION, GLOSSARY} <= app.env.all_docs.keys()


def name_rows(app: Sphinx, doctree: nodes.document) -> None:
    """Give the rows of the notation their identifiers, when the page has been read."""
    if app.env.docname == NOTATION:
        for symbol in symbols(doctree):
            symbol.row["ids"] = [symbol.id]


def link(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Link symbols to the notation, and mark links to terms as such."""
    if not has_pages(app):
        return
    for term in [n for n in doctree.findall(nodes.inline) if "std-term" in n["classes"]]:
        if isinstance(term.parent, nodes.reference):
            term.parent["classes"].append("term")
            term.parent[:] = term.children
    table = symbols(app.env.get_doctree(NOTATION))
    meanings = {(chapter, symbol.tex): symbol for symbol in table for chapter in symbol.chapters}
    address = app.builder.get_relative_uri(docname, NOTATION)
    seen = set()
    for math in [*doctree.findall(nodes.math)]:
        around = [*ancestors(math)]
        if any(isinstance(n, UNLINKED) or "quiz" in n["classes"] for n in around):
            continue
        sections = [n for n in around if isinstance(n, nodes.section)]  # the last is the page's
        section = sections[-2] if len(sections) > 1 else around[-1]
        page = sections[-1].get("docname", docname) if sections else docname  # of a single file
        symbol = meanings.get((page, bare(math.astext())))
        if symbol and (symbol.id, section) not in seen:
            seen.add((symbol.id, section))
            layer = LAYER.search(math.astext())
            label = symbol.row[1].astext() + (f" of layer {layer[1]}" if layer else "")
            reference = SymbolLink(
                refuri=f"{address}#{symbol.id}", label=label, classes=["symbol"], internal=True
            )
            math.replace_self(reference)
            reference += math


def load(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document) -> None:
    """Load the explanations on those pages that have something to explain."""
    links = doctree.findall(nodes.reference) if doctree and has_pages(app) else []
    if any({"symbol", "term"} & {*link["classes"]} for link in links):
        app.add_js_file(FILE, loading_method="defer")


def render(app: Sphinx, element: nodes.Element) -> str:
    """Return the HTML of a paragraph, or of the paragraph in a cell, without links and marks."""
    element = element.deepcopy()
    for reference in [*element.findall(addnodes.pending_xref)]:
        reference.replace_self(nodes.Text(reference.astext()))
    for literal in [*element.findall(nodes.literal)]:
        literal.replace_self(nodes.Text(literal.astext()))
    html = app.builder.render_partial(element)["fragment"]
    return " ".join(re.sub(r"</?(p|td|div)\b[^>]*>", "", html).split())


def explain(app: Sphinx, exception: Exception | None) -> None:
    """Write explanations.js: what each term and each symbol means, as a bit of HTML."""
    if exception or not has_pages(app):
        return
    texts = {}
    for entry in app.env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        text = render(app, next(entry.findall(nodes.definition))[0])
        texts |= {term["ids"][0]: text for term in entry.findall(nodes.term)}
    for symbol in symbols(app.env.get_doctree(NOTATION)):
        read, meaning, shape, code = (render(app, cell[0]) for cell in symbol.row[1:5])
        kind = "one number" if shape == "one number" else f"shape {shape}"
        texts[symbol.id] = f"<b>{read}</b>: {meaning}; {kind}, in code <code>{code}</code>"
    lines = ",\n".join(
        f"{json.dumps(key)}: {json.dumps(text, ensure_ascii=False)}" for key, text in texts.items()
    )
    Path(app.outdir, "_static", FILE).write_text(
        f"const EXPLANATIONS = {{\n{lines}\n}};\n", "utf-8"
    )


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(SymbolLink, html=(visit_link, depart_link))
    app.connect("doctree-read", name_rows)
    app.connect("doctree-resolved", link)
    app.connect("html-page-context", load)
    app.connect("build-finished", explain)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
