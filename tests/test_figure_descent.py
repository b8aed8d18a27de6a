"""The moving figure of descent on a surface, in Chromium, against the rules of `solutions`."""

import inspect
import re
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect
from playwright.sync_api import Page as Tab

from solutions import optimizers
from solutions.chain_rule import numerical_gradient
from solutions.gradient_descent import descend
from tests.browser import ROOT, open_browser, open_figure, serve

NAMES = {
    "sgd": "gradient descent",
    "momentum": "momentum",
    "nesterov": "Nesterov",
    "adagrad": "AdaGrad",
    "rmsprop": "RMSprop",
    "adadelta": "Adadelta",
    "adam": "Adam",
}
RULES = tuple(NAMES)
SURFACES = {  # the loss and the gradient of a point w, at the curvature kappa
    "bowl": (
        lambda w, kappa: (w[0] ** 2 + kappa * w[1] ** 2) / 2,
        lambda w, kappa: np.array([w[0], kappa * w[1]]),
    ),
    "saddle": (
        lambda w, kappa: w[0] ** 2 - w[1] ** 2,
        lambda w, kappa: np.array([2 * w[0], -2 * w[1]]),
    ),
    "curved valley": (
        lambda w, kappa: (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2,
        lambda w, kappa: np.array(
            [-2 * (1 - w[0]) - 400 * w[0] * (w[1] - w[0] ** 2), 200 * (w[1] - w[0] ** 2)]
        ),
    ),
    "two minima": (
        lambda w, kappa: (w[0] ** 2 - 1) ** 2 + w[0] / 2 + w[1] ** 2,
        lambda w, kappa: np.array([4 * w[0] * (w[0] ** 2 - 1) + 0.5, 2 * w[1]]),
    ),
}
WALK = """async ([rule, name, w, steps, settings, kappa]) => {
  const { optimize, SURFACES } = await import("./descent.js");
  const { gradient, loss } = SURFACES[name];
  const path = optimize(rule, (w) => gradient(w, kappa), w, steps, settings);
  const [losses, gradients] = [loss, gradient].map((f) => path.map((w) => f(w, kappa)));
  return { path, losses, gradients };
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as found:
        yield found


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serve(ROOT) as found:
        yield found


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Tab]:
    found = open_figure(browser, address, "descent", reduced_motion="reduce")
    yield found
    found.context.close()


@pytest.fixture(scope="module")
def module(browser: Browser, address: str) -> Iterator[Tab]:
    """A page whose figure nobody operates, to call what the module exports."""
    found = open_figure(browser, address, "descent")
    yield found
    found.context.close()


def call(tab: Tab, name: str, *arguments: object) -> object:
    """Call a function that the module exports."""
    code = "async ([name, given]) => (await import('./descent.js'))[name](...given)"
    return tab.evaluate(code, [name, list(arguments)])


def control(tab: Tab, label: str) -> Locator:
    """Return the slider or the list of that label."""
    named = f'label:has(> span:text-is("{label}")) > :is(input, select)'
    return tab.locator(f'[aria-label="{label}"], {named}')


def press(tab: Tab, label: str, key: str, times: int = 1) -> None:
    """Operate a control by keyboard alone."""
    control(tab, label).focus()
    for _ in range(times):
        tab.keyboard.press(key)


def choose(tab: Tab, label: str, option: str) -> None:
    """Choose an option by typing it, as one does by keyboard."""
    control(tab, label).focus()
    tab.keyboard.type(option)


def said(tab: Tab) -> str:
    """Return the figure in words, with signs that Python reads."""
    return tab.locator(".words").inner_text().replace("−", "-")


def walk(
    rule: str, surface: str, w: object, steps: int, kappa: float = 10, **settings: float
) -> np.ndarray:
    """Return the path of a rule of `solutions` on a surface."""
    slope = partial(SURFACES[surface][1], kappa=kappa)
    w = np.array(w, np.float64)
    return optimizers.optimize(
        getattr(optimizers, rule), lambda w, t: slope(w), w, steps, **settings
    )


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("rule", RULES)
def test_paths_are_those_of_solutions(module: Tab, rule: str, surface: str) -> None:
    rates = module.evaluate(
        "async (s) => (await import('./descent.js')).SURFACES[s].rates", surface
    )
    rng = np.random.default_rng(RULES.index(rule))
    for _ in range(4):
        w, kappa, lr = rng.uniform(-1.5, 1.5, 2), rng.uniform(1, 10), rng.uniform(0.5, 1)
        settings = {"lr": rates[rule] * lr}
        if rule in ("momentum", "nesterov"):
            settings["beta"] = rng.uniform(0, 0.95)
        loss, slope = (partial(f, kappa=kappa) for f in SURFACES[surface])
        path = walk(rule, surface, w, 80, kappa, **settings)
        found = module.evaluate(WALK, [rule, surface, w.tolist(), 80, settings, kappa])
        assert np.isfinite(path).all()
        same = partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-12)
        same(found["path"], path)
        same(found["losses"], [loss(w) for w in path])
        same(found["gradients"], [slope(w) for w in path])
        if rule == "sgd":
            same(found["path"], descend(slope, w, settings["lr"], 80))
            numerical = [numerical_gradient(loss, w) for w in path[:9]]
            same(found["gradients"][:9], numerical, rtol=1e-6, atol=1e-6)


def test_defaults_are_those_of_solutions(module: Tab) -> None:
    for rule in RULES:
        given = {} if rule in ("adadelta", "adam") else {"lr": 0.1}
        default = inspect.signature(getattr(optimizers, rule)).parameters["lr"].default
        path = walk(rule, "bowl", [1, 2], 60, 3, **{"lr": default, **given})
        found = module.evaluate(WALK, [rule, "bowl", [1, 2], 60, given, 3])
        np.testing.assert_allclose(found["path"], path, rtol=1e-9)


@pytest.mark.parametrize("rule", ["sgd", "momentum", "nesterov"])
def test_threshold_parts_walks_that_shrink_from_walks_that_grow(module: Tab, rule: str) -> None:
    rng = np.random.default_rng(3)
    for _ in range(5):
        curvature, beta = rng.uniform(1, 100), rng.uniform(0, 0.95)
        limit = call(module, "threshold", rule, curvature, beta)
        settings = {} if rule == "sgd" else {"beta": beta}
        for ratio in (0.97, 1.0, 1.03):
            path = walk(rule, "bowl", [0, 1], 3000, curvature, lr=ratio * limit, **settings)
            size = np.abs(path[:, 1])
            change = np.log(size[-100:].max() / size[1000:1100].max())
            outcome = "converges" if change < -1 else "diverges" if change > 1 else None
            outcome = "oscillates for ever" if abs(change) < 1e-6 else outcome
            assert call(module, "verdict", ratio) == outcome
    assert call(module, "threshold", "adam", 2, 0.9) is None


def test_least_loss_is_least(module: Tab) -> None:
    least = module.evaluate(
        "async () => (await import('./descent.js')).SURFACES['two minima'].least"
    )
    grid = np.linspace(-2, 2, 100_001)
    lowest = ((grid**2 - 1) ** 2 + grid / 2).min()
    assert lowest - 1e-8 < least <= lowest


def test_contours_lie_on_their_level(module: Tab) -> None:
    n = 200
    grid = np.linspace(-2, 2, n + 1)
    rows = SURFACES["bowl"][0](np.array(np.meshgrid(grid, grid)), 3.0)
    code = """async ([rows, level]) =>
      (await import('./descent.js')).contour(rows, level, (i) => 10 * i, (j) => 10 * j)"""
    drawn = module.evaluate(code, [rows.tolist(), 1.0])
    points = np.array([p.split() for line in drawn[1:].split("M") for p in line.split("L")], float)
    w = points.T / 10 * 4 / n - 2
    np.testing.assert_allclose(SURFACES["bowl"][0](w, 3.0), 1.0, atol=0.01)
    angles = np.arctan2(np.sqrt(3) * w[1], w[0])
    assert np.diff(np.sort(angles)).max() < 0.05  # all the way round
    _, meetings = np.unique(points, axis=0, return_counts=True)
    assert (meetings % 2 == 0).all()  # without a gap


def test_slider_of_rates_has_two_digits_and_meets_each_threshold(module: Tab) -> None:
    rates = [call(module, "rate", p) for p in range(451)]
    assert (rates[0], rates[-1]) == (1e-4, 10)
    assert (np.diff(rates) > 0).all()
    assert [call(module, "position", lr) for lr in rates] == list(range(451))
    assert {2 / kappa for kappa in (1, 2, 5, 10, 20, 50, 100)} <= set(rates)


def shown(value: float, digits: int = 3) -> str:
    """Return a number as figure.js writes it."""
    if value != 0 and (abs(value) >= 1e5 or abs(value) < 0.5 * 10**-digits):
        return re.sub(r"e([+-])0", r"e\1", f"{value:.1e}")
    return f"{value:.{digits}f}"


def test_keyboard_alone_meets_the_threshold(tab: Tab) -> None:
    tab.get_by_role("button", name="Run").focus()
    tab.keyboard.press("Enter")
    outcomes = ("it converges.", "jumps from side to side for ever", "it diverges unless")
    for lr, outcome in zip((0.19, 0.2, 0.21), outcomes, strict=True):
        w1, w2 = walk("sgd", "bowl", [-2, 1], 100, lr=lr)[-1]
        now = said(tab)
        assert f"rate {lr}, stands at ({shown(w1)}, {shown(w2)})" in now
        assert f"{lr * 5:.2f} of that: a step multiplies w₂ by 1 - {lr} · 10" in now
        assert f" = {1 - lr * 10:.2f}, and " in now
        assert outcome in now
        press(tab, "learning rate of gradient descent", "ArrowRight")


@pytest.mark.parametrize("surface", SURFACES)
def test_race_of_all_rules_by_keyboard(tab: Tab, surface: str) -> None:
    choose(tab, "Surface", surface)
    for name in NAMES.values():
        box = tab.get_by_role("checkbox", name=name, exact=True)
        if not box.is_checked():
            box.focus()
            tab.keyboard.press("Space")
    press(tab, "Momentum β", "ArrowLeft", 10)
    press(tab, "Start w₂", "ArrowRight", 3)
    press(tab, "At step", "ArrowRight", 60)
    given = tab.evaluate("async (s) => (await import('./descent.js')).SURFACES[s]", surface)
    start = [given["start"][0], given["start"][1] + 0.15]
    now = said(tab)
    assert f"Step 60 of 100, surface {surface}, from ({start[0]:.2f}, {start[1]:.2f})." in now
    for rule, name in NAMES.items():
        settings = {"beta": 0.8} if rule in ("momentum", "nesterov") else {}
        path = walk(rule, surface, start, 60, lr=given["rates"][rule], **settings)
        before, loss = (SURFACES[surface][0](w, 10) for w in path[-2:])
        (sentence,) = re.findall(rf"{re.escape(name)}, rate .*?before\.", now, re.IGNORECASE)[:1]
        assert f"({', '.join(map(shown, path[-1]))}) with loss" in sentence
        told = re.search(r"loss (\S+), (\w+) from (\S+) one", sentence).groups()
        assert [float(told[0]), float(told[2])] == pytest.approx([loss, before], rel=1e-3)
        assert told[1] == ("down" if loss < before else "up")
        status = tab.locator(".controls", has=tab.get_by_role("checkbox", name=name, exact=True))
        assert f"loss {told[0]}" in status.inner_text().replace("−", "-")


def test_divergence_is_said_in_words(tab: Tab) -> None:
    choose(tab, "Surface", "curved valley")
    press(tab, "learning rate of gradient descent", "PageUp", 2)
    lr = float(
        control(tab, "learning rate of gradient descent").evaluate(
            "input => input.getAttribute('aria-valuetext')"
        )
    )
    with np.errstate(over="ignore", invalid="ignore"):
        path = descend(lambda w: SURFACES["curved valley"][1](w, 10), np.array([-1.2, 1.0]), lr, 9)
    end = np.flatnonzero(~(np.abs(path) < 1e6).all(axis=1))[0]
    assert np.isnan(path[-1]).any()
    press(tab, "At step", "ArrowRight", int(end) - 1)
    assert f"rate {lr}, stands at" in said(tab)
    press(tab, "At step", "ArrowRight")
    assert f"rate {lr}, diverged at step {end}." in said(tab)
    press(tab, "At step", "End")
    assert f"rate {lr}, diverged at step {end}." in said(tab)
    assert not re.search("NaN|Infinity|undefined", tab.content())


def test_saddle_stops_descent_and_a_nudge_frees_it(tab: Tab) -> None:
    choose(tab, "Surface", "saddle")
    press(tab, "At step", "End")
    w1, w2 = walk("sgd", "saddle", [1, 0], 100, lr=0.1)[-1]
    assert w2 == 0
    assert f"stands at ({shown(w1)}, 0.000)" in said(tab)
    press(tab, "Start w₂", "ArrowRight")
    assert "Gradient descent, rate 0.1, ran off downhill" in said(tab)


def test_step_and_reset_by_keyboard(tab: Tab) -> None:
    w = walk("sgd", "bowl", [-2, 1], 2, lr=0.19)
    for w1, w2 in w[1:]:
        tab.get_by_role("button", name="Step", exact=True).press("Enter")
        assert f"stands at ({shown(w1)}, {shown(w2)})" in said(tab)
    tab.get_by_role("button", name="Reset").press("Space")
    assert said(tab).startswith("Step 0 of 100")
    assert control(tab, "At step").input_value() == "0"


def test_settings_keep_the_step_and_the_other_settings(tab: Tab) -> None:
    press(tab, "At step", "ArrowRight", 30)
    press(tab, "learning rate of momentum", "ArrowRight", 5)
    choose(tab, "Curvature κ", "50")
    assert said(tab).startswith("Step 30 of 100, surface bowl")
    assert "rate 0.055" in said(tab)
    choose(tab, "Steps of a run", "20")
    assert said(tab).startswith("Step 20 of 20")


def test_race_without_rules_is_said(tab: Tab) -> None:
    for name in ("gradient descent", "momentum"):
        tab.get_by_role("checkbox", name=name, exact=True).press("Space")
    press(tab, "At step", "End")
    assert "No rule is in the race; tick one." in said(tab)
    assert not control(tab, "learning rate of momentum").is_visible()
    assert not re.search("NaN|Infinity|undefined", tab.content())


def test_pointer_puts_the_start(tab: Tab) -> None:
    box = tab.locator("svg[aria-label^='Level']").bounding_box()
    unit = box["width"] / 300

    def place(w1: float, w2: float) -> tuple[float, float]:
        x, y = 36 + 59 * (w1 + 2.2), 218.4 - 59 * (w2 + 1.8)
        return box["x"] + x * unit, box["y"] + y * unit

    tab.mouse.click(*place(1.5, -0.5))
    assert "from (1.50, -0.50)" in said(tab)
    tab.mouse.move(*place(1.5, -0.5))
    tab.mouse.down()
    tab.mouse.move(*place(-1, 1.25), steps=3)
    assert "from (-1.00, 1.25)" in said(tab)
    tab.mouse.up()
    tab.mouse.move(*place(0, 0))
    assert "from (-1.00, 1.25)" in said(tab)
    assert control(tab, "Start w₂").input_value() == "1.25"


def test_run_moves_only_when_asked_and_can_be_stopped(browser: Browser, address: str) -> None:
    tab = open_figure(browser, address, "descent", reduced_motion="no-preference")
    tab.wait_for_timeout(200)
    assert said(tab).startswith("Step 0 of 100")
    tab.get_by_role("button", name="Run").press("Enter")
    tab.wait_for_timeout(400)
    stop = tab.get_by_role("button", name="Stop")
    assert said(tab).startswith("Step 0 of 100")  # nothing is read aloud on the way
    stop.press("Enter")
    reached = int(control(tab, "At step").input_value())
    assert 0 < reached < 100
    assert said(tab).startswith(f"Step {reached} of 100")
    tab.get_by_role("button", name="Run").press("Enter")
    expect(tab.locator(".words")).to_contain_text("Step 100 of 100", timeout=10_000)
    tab.context.close()


def test_reduced_motion_shows_the_end_at_once(tab: Tab) -> None:
    tab.get_by_role("button", name="Run").press("Enter")
    assert said(tab).startswith("Step 100 of 100")


def test_phone_of_320_pixels(browser: Browser, address: str) -> None:
    tab = open_figure(browser, address, "descent", viewport={"width": 320, "height": 640})
    for box in tab.get_by_role("checkbox").all():
        box.check()
    for name in SURFACES:
        control(tab, "Surface").select_option(name)
        control(tab, "At step").press("End")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320
    sizes = """() => [...document.querySelectorAll(".moving-figure svg text")].map((t) =>
        parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a)"""
    assert min(tab.evaluate(sizes)) >= 12
    small = """() => [...document.querySelectorAll("button, select, input")]
        .filter((e) => e.checkVisibility() && Math.min(e.offsetWidth, e.offsetHeight) < 24)
        .map((e) => e.outerHTML)"""
    assert tab.evaluate(small) == []
    tab.context.close()


def test_answers_on_the_page_are_true(module: Tab) -> None:
    code = "async () => (await import('./descent.js')).SURFACES"
    rates = {name: one["rates"] for name, one in module.evaluate(code).items()}
    off = {}
    for rule in RULES:
        two = [
            walk(rule, "bowl", [-2, 1], 50, kappa, lr=rates["bowl"][rule]) for kappa in (10, 100)
        ]
        changed = np.abs(two[1] - two[0]).max()
        assert changed > 1e6 if rule in ("sgd", "momentum", "nesterov") else changed < 1e-7
        on_axis = walk(rule, "saddle", [1, 0], 1000, lr=rates["saddle"][rule])
        assert np.abs(on_axis[-1]).max() < 1e-9
        beside = walk(rule, "saddle", [1, 0.05], 100, lr=rates["saddle"][rule])
        off[rule] = np.flatnonzero(np.abs(beside[:, 1]) > 0.5)[0]
    assert max(off[rule] for rule in ("adagrad", "rmsprop", "adam")) < off["sgd"] < off["adadelta"]

    rate = rates["two minima"]
    ends = [
        walk("momentum", "two minima", [2, 1], 300, lr=rate["momentum"], beta=b) for b in (0, 0.9)
    ]
    assert [np.sign(path[-1, 0]) for path in ends] == [1, -1]
    back = np.sign(walk("momentum", "two minima", [1.8, 1], 300, lr=0.05)[:, 0])
    assert (back.min(), back[-1]) == (-1, 1)

    final = {
        lr: walk("sgd", "curved valley", [-1.2, 1], 1000, lr=lr) for lr in (0.002, 0.003, 0.005)
    }
    first, more, much = (SURFACES["curved valley"][0](path[-1], 0) for path in final.values())
    assert more < first < much
    assert (
        np.diff(np.sign(np.diff(final[0.005][-100:, 1]))) != 0
    ).mean() > 0.5  # it goes back and forth
    with np.errstate(over="ignore", invalid="ignore"):
        assert not (np.abs(walk("sgd", "curved valley", [-1.2, 1], 9, lr=0.01)[-1]) < 1e6).all()
