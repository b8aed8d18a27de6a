"""The bibliography as a plain list: docutils gives its entries a role that ARIA has withdrawn."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html import HTML5Translator


def enter(self: HTML5Translator, node: nodes.citation) -> None:
    """Write a list item, and the list before the first; author and year make labels needless."""
    if not isinstance(node.previous_sibling(), nodes.citation):
        self.body.append('<ul class="bibliography">\n')
    node.children = [child for child in node if not isinstance(child, nodes.label)]
    self.body.append(self.starttag(node, "li"))


def leave(self: HTML5Translator, node: nodes.citation) -> None:
    self.body.append("</li>\n")
    if not isinstance(node.next_node(descend=False, siblings=True), nodes.citation):
        self.body.append("</ul>\n")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(nodes.citation, override=True, html=(enter, leave))
    return {"parallel_read_safe": True}
