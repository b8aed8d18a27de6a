"""The moving figure `softmax` against `solutions.loss`, in a real browser."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page as Tab

from solutions.loss import cross_entropy, cross_entropy_gradient, logsumexp, softmax
from tests.browser import ROOT, open_browser, open_figure, serve

CALL = """async ([z, label, rate]) => {
    const m = await import("./softmax.js");
    return {
        p: m.softmax(z),
        logsumexp: m.logsumexp(z),
        loss: m.crossEntropy(z, label),
        gradient: m.crossEntropyGradient(z, label),
        next: m.descend(z, label, rate),
    };
}"""
EXTREME = [
    ([1000.0, -1000.0, 0.0], 1),
    ([1000.0, 1001.0, -1000.0], 2),
    ([-1000.0, -1000.0, -1000.0], 0),
    ([1000.0, 999.5, 1000.0, -1000.0, 0.0], 1),
]


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with open_browser() as browser, serve(ROOT) as address:
        yield browser, address


@pytest.fixture
def tab(browser: tuple) -> Iterator[Tab]:
    tab = open_figure(*browser, "softmax")
    yield tab
    tab.context.close()


def said(tab: Tab) -> str:
    """Return the figure in words, with signs as Python writes them."""
    return tab.locator(".words").text_content().replace("−", "-")


def numbers(tab: Tab, word: str) -> list[float]:
    """Return the numbers that follow a word of the text."""
    number = r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?"
    found = re.search(rf"{word} ({number}(?:, {number})*)", said(tab))
    return [float(value) for value in found[1].split(", ")]


def assert_shown(tab: Tab, z: list[float], label: int) -> None:
    """Check that words, bars and sliders show what `solutions` computes for these logits."""
    row, labels = np.array([z], float), np.array([label])
    p, gradient = softmax(row)[0], cross_entropy_gradient(row, labels)[0]
    for word, true in {"Logits": z, "probabilities": p, "gradient": gradient}.items():
        np.testing.assert_allclose(numbers(tab, word), true, rtol=0, atol=5.1e-4, err_msg=word)
    loss = numbers(tab, f"log p of class {label} is")
    np.testing.assert_allclose(loss, [cross_entropy(row, labels)], rtol=0, atol=5.1e-4)
    assert "with the sum 0." in said(tab)
    outputs = [float(text.replace("−", "-")) for text in tab.locator("output").all_text_contents()]
    np.testing.assert_allclose(outputs, z, rtol=0, atol=5.1e-4)
    for k, drawing in enumerate(tab.get_by_role("img").all()):
        widths = [float(bar.get_attribute("width")) for bar in drawing.locator("rect").all()]
        frame = widths[1]
        np.testing.assert_allclose(widths[0], frame * p[k], atol=1e-9)
        np.testing.assert_allclose(widths[2], frame / 2 * abs(gradient[k]), atol=1e-9)
        left = float(drawing.locator("rect").nth(2).get_attribute("x"))
        middle = float(drawing.locator("rect").nth(3).get_attribute("x")) + frame / 2
        np.testing.assert_allclose(left, middle + min(0, gradient[k]) * frame / 2, atol=1e-9)
        assert ("right" in drawing.get_attribute("aria-label")) == (k == label)


def test_values_equal_those_of_the_solutions(tab: Tab) -> None:
    rng = np.random.default_rng(6)
    cases = [
        (list(scale * rng.normal(size=classes)), int(rng.integers(classes)))
        for classes in (3, 4, 5)
        for scale in (1, 5, 30, 300)
        for _ in range(5)
    ]
    for z, label in cases + EXTREME:
        row, labels = np.array([z]), np.array([label])
        gradient = cross_entropy_gradient(row, labels)[0]
        true = {
            "p": softmax(row)[0],
            "logsumexp": logsumexp(row)[0],
            "loss": cross_entropy(row, labels),
            "gradient": gradient,
            "next": row[0] - 0.3 * gradient,
        }
        found = tab.evaluate(CALL, [z, label, 0.3])
        for name, value in true.items():
            assert np.isfinite(np.array(found[name], float)).all()
            np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-300, err_msg=name)


def test_by_keyboard(tab: Tab) -> None:
    assert_shown(tab, [2, 0.5, -1], 1)
    for key in ("Tab", "ArrowDown"):  # classes: 4
        tab.keyboard.press(key)
    assert_shown(tab, [2, 0.5, -1, 0], 1)
    for key in ("Tab", "ArrowDown"):  # right class: 2
        tab.keyboard.press(key)
    assert_shown(tab, [2, 0.5, -1, 0], 2)
    for key in ("Tab", "Tab", "ArrowLeft", "ArrowLeft", "Tab", "Tab", "Tab", "End"):
        tab.keyboard.press(key)
    z = [1.8, 0.5, -1, 5]
    assert_shown(tab, z, 2)
    for key in ("Tab", "Enter"):  # one step of descent
        tab.keyboard.press(key)
    before = cross_entropy(np.array([z]), np.array([2]))
    z = list(z - cross_entropy_gradient(np.array([z]), np.array([2]))[0])
    assert_shown(tab, z, 2)
    assert said(tab).startswith(f"One step: the loss was {before:.3f}. ")
    old = said(tab).split("probabilities")[1]
    for key in ("Tab", "Space", "Space"):  # add 1 to every logit
        tab.keyboard.press(key)
    assert_shown(tab, [value + 2 for value in z], 2)
    assert said(tab).startswith("Added 1 to every logit. ")
    assert said(tab).split("probabilities")[1] == old


def test_extreme_logits(tab: Tab) -> None:
    tab.get_by_label("range of the logits").select_option("−1000 to 1000")
    assert_shown(tab, [2, 0.5, -1], 1)
    sliders = tab.locator("input")
    sliders.nth(0).press("End")
    sliders.nth(1).press("Home")
    assert_shown(tab, [1000, -1000, -1], 1)
    assert "is 2000.000" in said(tab)
    assert "from that alone the loss would be infinite" in said(tab)
    tab.get_by_role("button", name="Add 200 to every logit").click()
    assert_shown(tab, [1200, -800, 199], 1)
    tab.get_by_role("button", name="descent").click()
    assert_shown(tab, [1199, -799, 199], 1)
    tab.get_by_label("range of the logits").select_option("−5 to 5")
    assert_shown(tab, [5, -5, 5], 1)
    assert "infinite" not in said(tab)


def test_fewer_classes_keep_a_right_one(tab: Tab) -> None:
    tab.get_by_label("classes").select_option("5")
    tab.get_by_label("right class").select_option("4")
    assert_shown(tab, [2, 0.5, -1, 0, 0], 4)
    tab.get_by_label("classes").select_option("3")
    assert_shown(tab, [2, 0.5, -1], 2)
    assert tab.get_by_label("right class").input_value() == "2"


def test_narrow_screen_and_less_motion(browser: tuple) -> None:
    phone = {"width": 300, "height": 640}  # a page of the book is 320 wide and has margins
    tab = open_figure(*browser, "softmax", viewport=phone, reduced_motion="reduce")
    tab.get_by_label("classes").select_option("5")
    tab.get_by_label("range of the logits").select_option("−1000 to 1000")
    tab.locator("input").nth(0).press("End")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 300
    sizes = tab.evaluate("""() => [...document.querySelectorAll("svg text")].map(
        (text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a)""")
    assert len(sizes) == 15
    assert min(sizes) >= 12
    tab.get_by_role("button", name="descent").click()
    assert tab.evaluate("document.getAnimations().length") == 0
    assert said(tab).startswith("One step")
