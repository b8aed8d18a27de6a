"""The moving figure of the 2-3-2 network: its numbers are Python's, and everyone can use it."""

import ast
import re
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.testing import assert_allclose
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from solutions import backprop, data
from solutions.loss import (
    cross_entropy,
    cross_entropy_gradient,
    half_sse,
    half_sse_gradient,
    softmax,
)
from tests.browser import ROOT, open_browser, open_figure, serve

SQUARES, ENTROPY = "half the sum of squares", "softmax + cross-entropy"
BOOK = "body { font: 1rem sans-serif } button, select, input { font: inherit }"
IMPORT = "async ([name, ...args]) => (await import('./stepper.js'))[name](...args)"
LAST = 12


@pytest.fixture(scope="module")
def figure() -> Iterator[tuple[Browser, str]]:
    with open_browser() as browser, serve(ROOT) as address:
        yield browser, address


@pytest.fixture
def tab(figure: tuple[Browser, str]) -> Iterator[Tab]:
    tab = open_figure(*figure, "stepper")
    yield tab
    tab.context.close()


def network(seed: int, loss: str) -> dict:
    """A network as the figure stores it: lists of numbers, where a single row is flat."""
    rng = np.random.default_rng(seed)
    shapes = {"X": 2, "y": 2, "W1": (2, 3), "b1": 3, "W2": (3, 2), "b2": 2}
    net = {name: rng.normal(size=shape).tolist() for name, shape in shapes.items()}
    return net | {"lr": float(rng.uniform(0.01, 0.5))} | ({"y": [0, 1]} if loss == ENTROPY else {})


def in_python(net: dict, loss: str) -> dict[str, np.ndarray]:
    """All that a forward and a backward pass compute, by `solutions`."""
    X, y = np.array([net["X"]]), np.array([net["y"]])
    parameters = [(np.array(net[f"W{k}"]), np.array(net[f"b{k}"])) for k in (1, 2)]
    z2, cache = backprop.forward(X, parameters)
    if loss == SQUARES:
        y_hat, L, delta2 = z2, half_sse(z2, y), half_sse_gradient(z2, y)
    else:
        label = y.argmax(axis=1)
        y_hat, L = softmax(z2), cross_entropy(z2, label)
        delta2 = cross_entropy_gradient(z2, label)
    (dW1, db1), (dW2, db2) = backprop.backward(delta2, parameters, cache)
    found = {"z1": cache[0][1][0], "a1": cache[1][0][0], "z2": z2[0], "y_hat": y_hat[0]}
    found |= {"loss": L, "delta2": delta2[0], "dW2": dW2, "db2": db2, "delta1": db1}
    return found | {"dW1": dW1, "db1": db1}  # one sample: delta1 and db1 are the same numbers


def shown(tab: Tab) -> dict:
    """The numbers that stand under "All numbers so far"."""
    lines = tab.locator("details pre").text_content().replace("−", "-").splitlines()
    return {name: ast.literal_eval(value) for name, value in (x.split(" = ") for x in lines)}


def said(tab: Tab) -> str:
    return tab.locator(".words").inner_text()


def drawn(tab: Tab) -> list[str]:
    return [x.replace("−", "-") for x in tab.locator("svg text").all_text_contents()]


def test_it_opens_on_the_running_example(tab: Tab) -> None:
    X, y, [(W1, b1), (W2, b2)] = data.example()
    net = tab.evaluate(IMPORT, ["example"])
    for name, array in {"X": X[0], "y": y[0], "W1": W1, "b1": b1, "W2": W2, "b2": b2}.items():
        assert_allclose(net[name], array, rtol=0, atol=0, err_msg=name)
    assert net["lr"] == 0.1


def test_the_worked_numbers_come_out_to_the_last_digit(tab: Tab) -> None:
    tab.get_by_role("button", name="End", exact=True).click()
    numbers = shown(tab)
    expected = {
        "z1": [[0.5, 0.2, -0.1]],
        "a1": [[0.5, 0.2, 0]],
        "y_hat": [[0.5, 0.8]],
        "loss": 0.145,
        "delta2": [[0.5, -0.2]],
        "dW2": [[0.25, -0.1], [0.1, -0.04], [0, 0]],
        "delta1": [[0.1, 0.15, 0]],
        "db1": [0.1, 0.15, 0],
        "dW1": [[0.1, 0.15, 0], [0.2, 0.3, 0]],
        "new W2": [[0.575, 1.01], [0.49, 0.504], [0.4, -0.3]],
        "new b2": [0.05, 0.22],
    }
    assert {name: numbers[name] for name in expected} == expected
    assert said(tab).endswith("the loss is 0.102934; it was 0.145.")
    tab.get_by_label("Loss").select_option(ENTROPY)
    numbers = shown(tab)
    assert numbers["loss"] == 0.554355
    assert numbers["delta2"] == [[0.425557, -0.425557]]
    assert np.transpose(numbers["dW1"]).tolist() == [[-0.170223, -0.340446], [0, 0], [0, 0]]
    assert said(tab).endswith("the loss is 0.491308; it was 0.554355.")


@pytest.mark.parametrize("loss", [SQUARES, ENTROPY])
def test_both_passes_equal_python(tab: Tab, loss: str) -> None:
    for seed in range(20):
        net = network(seed, loss)
        found = tab.evaluate(IMPORT, ["pass", net, loss])
        expected = in_python(net, loss)
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            message = f"{name}, seed {seed}"
            assert_allclose(found[name], value, rtol=1e-9, atol=1e-12, err_msg=message)


@pytest.mark.parametrize("loss", [SQUARES, ENTROPY])
def test_the_lines_of_code_compute_what_is_shown(tab: Tab, loss: str) -> None:
    net = network(3, loss)
    names = {name: np.array(value) for name, value in net.items()}
    names |= {"X": names["X"][None], "y": names["y"][None], "np": np, "softmax": softmax}
    found = tab.evaluate(IMPORT, ["steps", net, loss])
    lines = [step["code"] for step in found["made"]]
    assert [step.get("name") for step in found["made"]] == [None, *found["values"], "update"]
    for line in lines:
        exec(line, names)
    for name, value in found["values"].items():
        assert_allclose(value, np.squeeze(names[name]), rtol=1e-9, atol=1e-12, err_msg=name)
    for name in ("W1", "b1", "W2", "b2"):
        assert_allclose(found["after"][name], names[name], rtol=1e-9, err_msg=name)


def test_the_arithmetic_in_words_is_right(tab: Tab) -> None:
    for loss in (SQUARES, ENTROPY):
        made = tab.evaluate(IMPORT, ["steps", network(5, loss), loss])["made"]
        lines = [line for step in made for line in step.get("workings", [])]
        assert len(lines) == 3 + 3 + 2 + 2 + 1 + 2 + 6 + 2 + 3 + 6 + 3 + 17
        for line in lines:
            _, term, value = line.translate(str.maketrans("−·", "-*")).split(" = ")
            term = re.sub(r"log (\S+?)(?=\)| )", r"log(\1)", term.replace("²", "**2"))
            number = eval(term, {"exp": np.exp, "log": np.log, "max": max})
            assert number == pytest.approx(float(value), abs=2e-5), line


def test_it_is_walked_with_the_keyboard(tab: Tab) -> None:
    expected = in_python(tab.evaluate(IMPORT, ["example"]), SQUARES)
    code = tab.locator("pre.line code").first
    while tab.evaluate("document.activeElement.textContent") != "Next":
        tab.keyboard.press("Tab")
    for step, (name, value) in enumerate(expected.items(), 1):
        tab.keyboard.press("Enter" if step % 2 else "ArrowRight")
        assert code.inner_text().startswith(f"{name} = ")
        assert said(tab).startswith(f"Step {step} of {LAST}.")
        assert_allclose(np.squeeze(shown(tab)[name]), value, atol=1e-12)
    assert "dW1" in shown(tab)
    tab.keyboard.press("ArrowLeft")
    assert "db1" not in shown(tab)
    assert "dW1" in shown(tab)
    tab.keyboard.press("End")
    assert said(tab).startswith(f"Step {LAST} of")
    tab.keyboard.press("ArrowRight")
    assert said(tab).startswith(f"Step {LAST} of")
    tab.keyboard.press("Home")
    assert said(tab).startswith("Step 0 of")
    assert "z1" not in shown(tab)
    tab.keyboard.press("ArrowLeft")
    assert said(tab).startswith("Step 0 of")


def test_the_drawing_fills_as_the_pass_reaches_it(tab: Tab) -> None:
    following = tab.get_by_role("button", name="Next")
    assert not {"z 0.5", "a 0.5", "L 0.145", "δ 0.5"} & set(drawn(tab))
    states = {"z 0.5": 1, "a 0.5": 2, "z 0.8": 3, "ŷ 0.8": 4, "L 0.145": 5, "δ -0.2": 6}
    states |= {"-0.04": 7, "δ 0.15": 9}
    for step in range(1, LAST + 1):
        following.click()
        texts = drawn(tab)
        assert {text for text in states if text in texts} == {
            text for text, first in states.items() if first <= step
        }
        slopes = [text for text in texts if text.startswith("× ")]
        expected = {7: [0.5, 0.5, 0.2, 0.2, 0, 0], 9: [0.6, 1, 0.5, 0.5, 0.4, -0.3]}
        expected[10] = [1, 1, 1, 2, 2, 2]
        assert slopes == [f"× {value}" for value in expected.get(step, [])]
    assert {"0.575", "0.504"} <= set(texts)  # after the update the wires carry the new weights


def test_the_dead_unit_is_shown(tab: Tab) -> None:
    tab.get_by_role("button", name="Next").click()
    assert tab.locator(".wire.off").count() == 0
    tab.get_by_role("button", name="Next").click()
    assert "Unit 3 is off." in said(tab)
    assert "unit 3: off" in drawn(tab)
    assert tab.locator(".wire.off").count() == 2 + 2
    tab.get_by_label("Number to change").select_option(label="b1[2] · bias of unit 3")
    tab.get_by_role("slider").fill("0.2")
    assert "All three units are on." in said(tab)
    assert tab.locator(".wire.off").count() == 0


def test_a_number_is_changed_with_the_keyboard(tab: Tab) -> None:
    tab.get_by_role("button", name="End", exact=True).press("Enter")
    tab.keyboard.press("Tab")
    for _ in range(4):
        tab.keyboard.press("ArrowDown")
    assert tab.get_by_label("Number to change").input_value() == "W2[2, 0] · unit 3 → output 1"
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("Tab")
    before = said(tab)
    for _ in range(3):
        tab.keyboard.press("ArrowRight")
    assert said(tab) != before
    net = tab.evaluate(IMPORT, ["example"])
    net["W2"][1][0] = shown(tab)["W2"][1][0]
    assert net["W2"][1][0] == pytest.approx(0.65)
    assert tab.locator("output").inner_text() == "0.65"
    for name, value in in_python(net, SQUARES).items():
        assert_allclose(np.squeeze(shown(tab)[name]), value, atol=6e-7, err_msg=name)


def test_every_number_can_be_changed(tab: Tab) -> None:
    tab.get_by_role("button", name="End", exact=True).click()
    options = tab.get_by_label("Number to change").locator("option").all_text_contents()
    assert len(options) == 2 + 2 + 6 + 3 + 6 + 2 + 1
    for option in options:
        tab.get_by_label("Number to change").select_option(label=option)
        before = shown(tab)
        tab.get_by_role("slider").fill("0.37")
        after = shown(tab)
        name, *index = re.findall(r"\w+", option.split(" · ")[0])
        given = [
            x
            for x in before
            if before[x] != after[x] and x in (*"Xy", "W1", "b1", "W2", "b2", "lr")
        ]
        assert given == [name]
        value = after[name]
        for i in index:
            value = value[int(i)]
        assert value == 0.37


def test_a_click_chooses_a_wire_or_a_node(tab: Tab) -> None:
    for part in ("W1[1, 2]", "X[0, 1]", "b2[1]", "y[0, 1]"):
        tab.locator(f'[data-part="{part}"] text').last.click()
        assert tab.get_by_label("Number to change").input_value().startswith(f"{part} · ")
        assert tab.locator("svg .chosen").count() == 1


def test_targets_of_a_softmax_add_up_to_one(tab: Tab) -> None:
    tab.get_by_label("Number to change").select_option(label="y[0, 0] · target 1")
    tab.get_by_role("slider").fill("-2")
    assert shown(tab)["y"] == [[-2, 1]]
    tab.get_by_label("Loss").select_option(ENTROPY)
    assert shown(tab)["y"] == [[0, 1]]
    limits = "slider => [slider.min, slider.max]"
    assert tab.get_by_role("slider").evaluate(limits) == ["0", "1"]
    tab.get_by_role("slider").fill("0.25")
    tab.get_by_role("button", name="End", exact=True).click()
    numbers = shown(tab)
    assert numbers["y"] == [[0.25, 0.75]]
    p = softmax(np.array(numbers["z2"]))
    assert numbers["loss"] == pytest.approx(-np.sum([0.25, 0.75] * np.log(p)), abs=1e-6)
    assert_allclose(numbers["delta2"], p - [[0.25, 0.75]], atol=1e-6)


def test_steps_of_descent_follow_each_other(tab: Tab) -> None:
    net = tab.evaluate(IMPORT, ["example"])
    for _ in range(3):
        tab.get_by_role("button", name="Take the step").press("Enter")
        gradients = in_python(net, SQUARES)
        for name in ("W1", "b1", "W2", "b2"):
            net[name] = (np.array(net[name]) - 0.1 * gradients[f"d{name}"]).tolist()
            assert_allclose(shown(tab)[name], net[name], atol=6e-7)
    assert said(tab).startswith("Step 0 of")
    tab.get_by_role("button", name="Back to the example").press("Enter")
    assert shown(tab)["W2"] == [[0.6, 1], [0.5, 0.5], [0.4, -0.3]]


@pytest.mark.parametrize("width", [320, 390, 700, 1250])
def test_it_fits_any_screen(figure: tuple[Browser, str], width: int) -> None:
    tab = open_figure(*figure, "stepper", viewport={"width": width, "height": 800})
    tab.add_style_tag(content=BOOK)
    tab.get_by_role("button", name="End", exact=True).click()
    tab.locator("summary").click()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    heights = (
        "nodes => nodes.map(n => parseFloat(getComputedStyle(n).fontSize) * n.getScreenCTM().a)"
    )
    assert min(tab.locator("svg text").evaluate_all(heights)) >= 12
    tab.context.close()


def test_nothing_moves_by_itself(figure: tuple[Browser, str]) -> None:
    tab = open_figure(*figure, "stepper", reduced_motion="reduce")
    before = said(tab)
    tab.wait_for_timeout(300)
    assert said(tab) == before
    for key in ("Next", "End", "Start"):
        tab.get_by_role("button", name=key, exact=True).click()
        assert tab.evaluate("document.getAnimations().length") == 0
    tab.context.close()
