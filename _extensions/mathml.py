"""Mathematics as MathML, made when the book is built: it is there without a script."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from grading.mathml import to_mathml

logger = logging.getLogger(__name__)


def mathml(node: nodes.Element, display: bool) -> str:
    try:
        return to_mathml(node.astext(), display)
    except ValueError as problem:
        logger.warning(str(problem), location=node)
        return ""


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(mathml(node, display=False))
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math"))
    self.body.append(mathml(node, display=True))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def keep_together(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Keep a formula, or a link that is one, on the same line as the comma or stop after it."""
    for math in list(doctree.findall(nodes.math)):
        alone = isinstance(math.parent, nodes.reference) and len(math.parent) == 1
        formula = math.parent if alone else math
        after = formula.next_node(descend=False, siblings=True)
        if isinstance(after, nodes.Text) and after[0] in ".,;:)?":
            formula.parent.replace(after, nodes.Text(after[1:]))
            together = nodes.inline(classes=["unbroken"])
            formula.replace_self(together)
            together += [formula, nodes.Text(after[0])]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("doctree-resolved", keep_together, priority=900)  # after symbols became links
    return {"parallel_read_safe": True}
