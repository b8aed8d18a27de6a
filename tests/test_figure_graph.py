"""The moving figure of computation graphs: it reads like Python and differentiates like `Value`."""

import math
import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from solutions.chain_rule import Value, numerical_gradient
from tests.browser import ROOT, open_browser, open_figure, serve

BOOK = "body { font: 1rem sans-serif } button, select, input { font: inherit }"

# For expressions: a script that parses, computes and differentiates each, or says what is wrong.
RESULTS = """async (jobs) => {
  const { parse, forward, backward, steps } = await import("./graph.js");
  return jobs.map(([source, given]) => {
    try {
      const graph = parse(source);
      const { values, slopes } = forward(graph, given);
      const d = backward(graph, slopes);
      const gradient = graph.nodes.flatMap(({ name }, i) => (name in given ? [[name, d[i]]] : []));
      const made = steps(graph, given);
      return { value: values.at(-1), gradient: Object.fromEntries(gradient), graph, made };
    } catch (error) {
      return { error: error.message };
    }
  });
}"""

# Python's reading of them, with `Value` in place of numbers.
EXPRESSIONS = [
    "x + x*x",
    "(a*b + c)**2",
    "a - b - c",
    "a / b / c",
    "a - (b - c) * -a",
    "-a**2",
    "(-a)**2",
    "--a + +b",
    "a**-1 + b**-2.5",
    "a*b**2*c",
    "a/b*c",
    "3*a**2 - 2*a + 1",
    "exp(a*b - c)",
    "log(a) * log(b + 1e-1)",
    "tanh(a - b)**3",
    "relu(a - b) + relu(b - a)",
    "sigmoid(a*x + b)",
    "sin(a*b)*sin(c)",
    "-log(sigmoid(a*x + b))",
    "(relu(a*x + b) - c)**2",
    "max(a, b) * max(b*c, .5)",
    "exp(a) / (exp(a) + exp(b) + exp(c))",
    "a**2**1.5 / 2.",
    "tanh(tanh(a)) + exp(-x**2/2)",
    "2*3 + a*0",
    "((a)) * (b + (c))",
]
PROGRAMS = [
    "u = 3*x; v = u*u; u + v",
    "t = tanh(a*x + b); e = t - c; L = e*e + 0.1*(a**2 + b**2)",
    "p = a*b; q = p + p*c; r = q*p; r/q",
]


def sin(v: Value) -> Value:
    return Value(math.sin(v.data), (v,), (math.cos(v.data),))


def maximum(a: Value | float, b: Value | float) -> Value:
    a, b = (v if isinstance(v, Value) else Value(v) for v in (a, b))
    assert a.data != b.data
    return Value(max(a.data, b.data), (a, b), (float(a.data > b.data), float(b.data > a.data)))


FUNCTIONS = {
    "exp": Value.exp,
    "log": Value.log,
    "tanh": Value.tanh,
    "relu": Value.relu,
    "sigmoid": lambda v: 1 / (1 + (-v).exp()),
    "sin": sin,
    "max": maximum,
    "+": lambda v: v,
}
NUMBERS = {
    "exp": math.exp,
    "log": math.log,
    "tanh": math.tanh,
    "relu": lambda z: max(z, 0),
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "sin": math.sin,
    "cos": math.cos,
    "max": max,
}


@pytest.fixture(scope="module")
def figure() -> Iterator[tuple[Browser, str]]:
    with open_browser() as browser, serve(ROOT) as address:
        yield browser, address


@pytest.fixture
def tab(figure: tuple[Browser, str]) -> Iterator[Tab]:
    tab = open_figure(*figure, "graph")
    yield tab
    tab.context.close()


def run(source: str, names: dict) -> Value | float:
    """Run the statements in Python; return the value of the last."""
    *before, last = source.split(";")
    for line in before:
        exec(line.strip(), names)
    return eval(last.split("=")[-1].strip(), names)


def draws(seed: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    return {name: float(rng.uniform(0.3, 2.5)) for name in "abcx"}


def by_value(source: str, given: dict[str, float]) -> tuple[float, dict[str, float]]:
    leaves = {name: Value(number) for name, number in given.items()}
    # `Value` has no unary plus, and Python's other signs are its own.
    output = run(re.sub(r"(?<=[+ ])\+(?=\w)", "", source), FUNCTIONS | leaves)
    output.backward()
    return output.data, {name: leaf.grad for name, leaf in leaves.items()}


def test_values_and_gradients_are_those_of_value(tab: Tab) -> None:
    jobs = [(source, draws(seed)) for source in EXPRESSIONS + PROGRAMS for seed in range(5)]
    assert len(jobs) > 5 * 20
    for (source, given), result in zip(jobs, tab.evaluate(RESULTS, jobs), strict=True):
        value, gradient = by_value(source, given)
        assert result.get("value") == pytest.approx(value, rel=1e-9, abs=1e-12), (source, result)
        for name, number in result["gradient"].items():
            assert number == pytest.approx(gradient[name], rel=1e-9, abs=1e-12), (source, name)
        absent = gradient.keys() - result["gradient"].keys()
        assert all(gradient[name] == 0 for name in absent), source


def random_expression(rng: np.random.Generator, depth: int) -> str:
    """An expression in which brackets are rare, so that precedence decides."""
    if depth == 0:
        return str(rng.choice(["a", "b", "c", "x", "2", "0.5", "1.5e0", "3."]))
    kind = rng.integers(0, 9)
    left, right = (random_expression(rng, depth - 1) for _ in range(2))
    if kind == 0:
        return f"({left})"
    if kind == 1:
        return f"-{left}"
    if kind == 2:
        return f"{rng.choice(['sin', 'tanh', 'relu', 'sigmoid'])}({left})"
    if kind == 3:
        return f"{left}**{rng.choice(['2', '-1', '3', '2**-1', '-2**0'])}"
    return left + str(rng.choice(["+", " - ", "*", "/", " *  "])) + right


def test_precedence_is_that_of_python(tab: Tab) -> None:
    rng = np.random.default_rng(0)
    fixed = ["-x**2", "2**-1", "2**3**2", "-2**2", "(-2)**2", "2**-x**2", "a-b+c", "a/b*c", "-a*-b"]
    fixed += [
        "2**-2**0.5",
        "--a",
        "- -2**2",
        "a**2*b",
        "-a-b",
        "1e2*a",
        "2.5E-1+.5",
        "a*+b",
        "x-1-1",
    ]
    jobs = [(source, draws(i)) for i, source in enumerate(fixed)]
    jobs += [(random_expression(rng, int(rng.integers(1, 5))), draws(i)) for i in range(400)]
    compared = 0
    for (source, given), result in zip(jobs, tab.evaluate(RESULTS, jobs), strict=True):
        if "error" in result:
            assert re.search("more than 40 nodes|needs|too large", result["error"]), (
                source,
                result,
            )
            continue
        value = eval(source, NUMBERS | given)
        assert result["value"] == pytest.approx(value, rel=1e-9), source
        compared += 1
    assert compared > 350


def test_the_code_of_the_walk_runs_and_gives_the_gradients(tab: Tab) -> None:
    jobs = [(source, draws(9)) for source in [*EXPRESSIONS, *PROGRAMS, "a**x", "x**(a*b)"]]
    for (source, given), result in zip(jobs, tab.evaluate(RESULTS, jobs), strict=True):
        names = dict(NUMBERS)
        for step in result["made"]:
            exec(step["code"], names)
            if step["kind"] == "forward":
                name = result["graph"]["nodes"][step["node"]]["name"]
                assert f"{name} = " in step["says"]
        assert result["gradient"].keys() == set(result["graph"]["variables"])
        for name, number in result["gradient"].items():
            assert names[f"d{name}"] == pytest.approx(number, rel=1e-9, abs=1e-12), (source, name)
        assert result["gradient"].keys() <= given.keys()


def test_powers_with_a_variable_exponent(tab: Tab) -> None:
    (result,) = tab.evaluate(RESULTS, [("a**(b*a)", given := {"a": 1.3, "b": 0.7})])
    expected = numerical_gradient(lambda v: v[0] ** (v[1] * v[0]), np.array([1.3, 0.7]))
    assert list(result["gradient"].values()) == pytest.approx(expected.tolist(), rel=1e-8)
    exact = given["a"] ** (given["b"] * given["a"]) * math.log(given["a"]) * given["a"]
    assert result["gradient"]["b"] == pytest.approx(exact, rel=1e-12)


def test_the_conventions_at_kinks(tab: Tab) -> None:
    jobs = [("relu(x)", {"x": 0}), ("max(a, b)", {"a": 1, "b": 1}), ("max(a, a)", {"a": 1})]
    relu, tie, same = tab.evaluate(RESULTS, jobs)
    assert relu["gradient"] == {"x": 0}
    assert tie["gradient"] == {"a": 0.5, "b": 0.5}
    assert same["gradient"] == {"a": 1}


def test_a_name_is_one_node_and_every_node_comes_after_its_inputs(tab: Tab) -> None:
    jobs = [(source, draws(0)) for source in EXPRESSIONS + PROGRAMS]
    for (source, _), result in zip(jobs, tab.evaluate(RESULTS, jobs), strict=True):
        nodes = result["graph"]["nodes"]
        names = [node["name"] for node in nodes if "name" in node]
        assert len(names) == len(set(names)), source
        assert all(j < i for i, node in enumerate(nodes) for j in node["inputs"]), source
    (result,) = tab.evaluate(RESULTS, [("x + x*x", {"x": 3})])
    assert [node["inputs"] for node in result["graph"]["nodes"]] == [[], [0, 0], [0, 1]]
    waits = [step["node"] for step in result["made"] if step["kind"] == "back"]
    assert waits == sorted(waits, reverse=True)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "Place 1: here a number, a name or “(” must stand."),
        ("a +", "Place 4: here a number, a name or “(” must stand."),
        ("a * / b", "Place 5: here a number, a name or “(” must stand, not “/”."),
        ("2x", "Place 2: before “x” an operator is missing."),
        ("(a b)", "Place 4: before “b” an operator is missing."),
        ("a ^ 2", "Place 3: “^” is no part of an expression; a power is written **."),
        ("a $", "Place 3: “$” is no part of an expression."),
        ("(a + b", "Place 1: this “(” is not closed."),
        ("exp((a)", "Place 4: this “(” is not closed."),
        ("a)", "Place 2: “)” closes nothing."),
        ("a, b", "Place 2: a comma stands only between the arguments of max."),
        ("max(a)", "Place 1: max takes 2 arguments, not 1."),
        ("1 + exp(a, b)", "Place 5: exp takes 1 argument, not 2."),
        ("exp + 1", "Place 1: exp is a function and needs “(” after it."),
        ("f(a)", "Place 1: f is no function here; these are: exp, log, "),
        ("a + b = c", "Place 7: to the left of = stands one name."),
        ("exp = 3", "Place 1: exp is a function."),
        ("u = a; u = b", "Place 8: u has a meaning already; take another name."),
        ("a + 1; a = 2", "Place 8: a has a meaning already; take another name."),
        ("a * da", "da is the gradient of a; take another name."),
        ("+".join("a" * 60), "this graph has more than 40 nodes."),
        ("1 + log(-a)", "Place 5: log needs a positive number, and gets −2."),
        ("b / (a - a)", "Place 3: division needs a divisor other than 0, and gets 3 and 0."),
        ("(-a)**0.5", "Place 5: ** 0.5 needs a base that is not negative, and gets −2."),
        ("(a - a)**-1", "Place 8: ** -1 needs a base other than 0, and gets 0."),
        (
            "(-a)**a",
            "Place 5: with a variable exponent ** needs a positive base, and gets −2 and 2.",
        ),
        ("exp(exp(a*9))", "Place 1: L, or its slope, is too large for a float64."),
    ],
)
def test_what_is_wrong_is_said_in_words_and_nothing_is_lost(
    tab: Tab, source: str, message: str
) -> None:
    field, problem = tab.get_by_label("Expression"), tab.get_by_role("alert")
    before = drawn(tab)
    field.fill(source)
    field.press("Enter")
    assert problem.inner_text().startswith(message)
    assert field.get_attribute("aria-invalid") == "true"
    assert field.input_value() == source
    assert drawn(tab) == before
    field.fill("x**2")
    field.press("Enter")
    assert problem.inner_text() == ""
    assert field.get_attribute("aria-invalid") is None
    assert "L: **2" in drawn(tab)


def drawn(tab: Tab) -> list[str]:
    return tab.locator("svg text").all_text_contents()


def said(tab: Tab) -> str:
    return tab.locator(".words").inner_text()


def test_it_is_used_with_the_keyboard_alone(tab: Tab) -> None:
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Control+a")
    tab.keyboard.type("y = x + x*x")
    tab.keyboard.press("Enter")
    assert drawn(tab) == ["x", "2", "v1: *", "y: +"]
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Control+a")
    tab.keyboard.type("3")
    for _ in range(3):
        tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Next"
    code = tab.locator("pre.line code")
    for line, words in [
        ("v1 = x * x", "Forward: v1 = 9. Local slope: 3 for x, 3 for x."),
        ("y = x + v1", "Forward: y = 12. Local slope: 1 for x, 1 for v1."),
        ("dx = dv1 = 0\ndy = 1", "The way back begins at y"),
        ("dx += dy * 1", "dx = 0 + 1 · 1 = 1. x has 3 arrows out; 1 reported so far."),
        ("dv1 += dy * 1", "dv1 = 0 + 1 · 1 = 1."),
        ("dx += dv1 * x", "dx = 1 + 1 · 3 = 4. x has 3 arrows out; 2 reported so far."),
        ("dx += dv1 * x", "dx = 4 + 1 · 3 = 7. All 3 arrows out of x have reported"),
    ]:
        tab.keyboard.press("ArrowRight")
        assert code.inner_text() == line
        assert words in said(tab)
    assert said(tab).endswith("The way back ends: dx = 7.")
    _, gradient = by_value("x + x*x", {"x": 3.0})
    assert "d 7" in drawn(tab)
    assert gradient["x"] == 7
    tab.keyboard.press("ArrowLeft")
    assert "d 4" in drawn(tab)
    tab.keyboard.press("Home")
    assert drawn(tab) == ["x", "3", "v1: *", "y: +"]


def test_arrows_carry_their_slopes_and_the_step(tab: Tab) -> None:
    arrows = tab.locator("svg path.wire")
    assert arrows.count() == 5
    following = tab.get_by_role("button", name="Next")
    following.click()
    assert {"× 3", "× 2", "6"} <= set(drawn(tab))
    assert tab.locator("svg path.forward").count() == 2
    for _ in range(3):
        following.click()
    assert tab.locator("svg path.back").count() == 0
    following.click()
    assert tab.locator("svg path.back").count() == 1
    assert [text for text in drawn(tab) if text.startswith("×")] == [
        "× 3",
        "× 2",
        "× 1",
        "× 1",
        "× 20",
    ]


def test_the_list_of_nodes_says_the_same(tab: Tab) -> None:
    items = tab.locator("ol li")
    assert items.all_text_contents()[2] == "v1 = a * b: no value yet"
    tab.get_by_role("button", name="End", exact=True).click()
    assert items.all_text_contents() == [
        "a: value 2, gradient 60",
        "b: value 3, gradient 40",
        "v1 = a * b: value 6, gradient 20",
        "c: value 4, gradient 20",
        "v2 = v1 + c: value 10, gradient 20",
        "L = v2**2: value 100, gradient 1",
    ]


def test_a_bad_value_is_answered_and_can_be_mended(tab: Tab) -> None:
    field, problem = tab.get_by_label("Expression"), tab.get_by_role("alert")
    field.fill("log(x - 5)")
    field.press("Enter")
    assert problem.inner_text() == "Place 1: log needs a positive number, and gets −3."
    x = tab.get_by_label("x =")
    x.fill("")
    assert problem.inner_text() == "Place 5: x must be a finite number."
    assert x.get_attribute("aria-invalid") == "true"
    x.fill("5.25")
    assert problem.inner_text() == ""
    assert x.get_attribute("aria-invalid") is None
    tab.get_by_role("button", name="End", exact=True).click()
    assert said(tab).endswith("The way back ends: dx = 4.")
    x.fill("5.5")
    assert said(tab).endswith("The way back ends: dx = 2.")


def test_every_example_can_be_walked(tab: Tab) -> None:
    options = tab.get_by_label("Examples").locator("option").all_text_contents()
    for option in [*options[1:], options[0]]:
        tab.get_by_label("Examples").select_option(option)
        assert tab.get_by_label("Expression").input_value() == option
        assert tab.get_by_role("alert").inner_text() == ""
        tab.get_by_role("button", name="End", exact=True).click()
        assert "The way back ends: " in said(tab)


LONG = "p = exp(a)/(exp(a)+exp(b)+exp(c)); L = -log(p)+0.1*(a**2+b**2+c**2)"


@pytest.mark.parametrize("width", [320, 390, 700, 1250])
def test_it_fits_any_screen(figure: tuple[Browser, str], width: int) -> None:
    tab = open_figure(*figure, "graph", viewport={"width": width, "height": 800})
    tab.add_style_tag(content=BOOK)
    tab.locator("summary").click()
    for source in ("L = (a*b + c)**2", "u = 3*x; v = u*u; y = u + v", LONG):
        tab.get_by_label("Expression").fill(source)
        tab.get_by_label("Expression").press("Enter")
        assert tab.get_by_role("alert").inner_text() == ""
        tab.get_by_role("button", name="End", exact=True).click()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        heights = (
            "nodes => nodes.map(n => parseFloat(getComputedStyle(n).fontSize) * n.getScreenCTM().a)"
        )
        assert min(tab.locator("svg text").evaluate_all(heights)) >= 12
        inside = tab.locator(".wide").evaluate("box => box.scrollWidth <= box.clientWidth")
        assert (tab.locator(".wide").get_attribute("tabindex") == "0") != inside
        if source != LONG:
            assert inside
    tab.context.close()


def test_a_graph_that_is_too_wide_scrolls_to_the_step(figure: tuple[Browser, str]) -> None:
    tab = open_figure(*figure, "graph", viewport={"width": 320, "height": 800})
    tab.get_by_label("Expression").fill(LONG)
    tab.get_by_label("Expression").press("Enter")
    inside = """box => {
      const outer = box.closest(".wide").getBoundingClientRect();
      const inner = box.getBoundingClientRect();
      return inner.left >= outer.left - 1 && inner.right <= outer.right + 1;
    }"""
    for _ in range(38):
        tab.get_by_role("button", name="Next").click()
        assert tab.locator("svg rect.forward, svg rect.back").evaluate(inside)
    tab.context.close()


FITS = """groups => groups.filter((group) => {
  const box = group.querySelector("rect").getBBox();
  return [...group.querySelectorAll("text")].some((text) => text.getBBox().width > box.width);
}).length"""


@pytest.mark.parametrize("width", [390, 1250])
def test_boxes_do_not_overlap_and_hold_their_text(figure: tuple[Browser, str], width: int) -> None:
    tab = open_figure(*figure, "graph", viewport={"width": width, "height": 800})
    tab.add_style_tag(content=BOOK)
    named = "first_activation = sigmoid(a); L = first_activation**2 * exp(25*b)"
    for source in [named, *PROGRAMS, LONG, *EXPRESSIONS]:
        tab.get_by_label("Expression").fill(source)
        tab.get_by_label("Expression").press("Enter")
        assert tab.get_by_role("alert").inner_text() == ""
        rects = tab.locator("svg rect").evaluate_all(
            "all => all.map(r => ['x', 'y', 'width', 'height'].map(k => r[k].baseVal.value))"
        )
        for i, (x, y, wide, high) in enumerate(rects):
            for u, v, *_ in rects[:i]:
                assert abs(x - u) >= wide or abs(y - v) >= high, source
        tab.get_by_role("button", name="End", exact=True).press("Enter")
        assert tab.locator("svg g").evaluate_all(FITS) == 0, source
    tab.context.close()


def test_nothing_moves_by_itself(figure: tuple[Browser, str]) -> None:
    tab = open_figure(*figure, "graph", reduced_motion="reduce")
    before = said(tab)
    tab.wait_for_timeout(300)
    assert said(tab) == before
    for key in ("Next", "End", "Start"):
        tab.get_by_role("button", name=key, exact=True).click()
        assert tab.evaluate("document.getAnimations().length") == 0
    tab.context.close()
