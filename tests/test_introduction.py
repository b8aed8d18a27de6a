"""The introduction: its forward pass, its counts, its random search and its table of names."""

import re

import numpy as np
from numeric import ROOT, run

from solutions.backprop import forward, initialize
from solutions.data import example

CHAPTER = ROOT / "chapters" / "introduction.md"


def test_forward_pass_is_that_of_the_solutions() -> None:
    spelled_out = run(CHAPTER).names["forward"]
    rng = np.random.default_rng(0)
    parameters = [(W, rng.normal(size=b.shape)) for W, b in initialize((4, 5, 3, 2), rng)]
    X = rng.normal(size=(6, 4))
    z, cache = spelled_out(X, parameters)
    expected, expected_cache = forward(X, parameters)
    np.testing.assert_allclose(z, expected, rtol=1e-12)
    assert len(cache) == len(expected_cache) == 3
    for entry, right in zip(cache, expected_cache, strict=True):
        for array, same in zip(entry, right, strict=True):
            np.testing.assert_allclose(array, same, rtol=1e-12)


def test_numbers_written_out_are_right() -> None:
    lines = re.findall(r"^(hidden|output) (\d):  z = (.+) = (\S+)$", run(CHAPTER).printed, re.M)
    X, _, parameters = example()
    _, cache = forward(X, parameters)
    neurons = [f"{name} {number}" for name, number, *_ in lines]
    assert neurons == ["hidden 1", "hidden 2", "hidden 3", "output 1", "output 2"]
    expected = np.concatenate([cache[0][1][0], cache[1][1][0]])
    for (*_, terms, result), z in zip(lines, expected, strict=True):
        assert abs(eval(terms.replace("·", "*")) - z) < 1e-12
        assert abs(float(result) - z) < 1e-12


def test_layers_without_activation_are_one_layer() -> None:
    X, _, [(W1, b1), (W2, b2)] = example()
    two, _ = forward(X, [(W1, b1), (W2, b2)], "identity")
    one, _ = forward(X, [(W1 @ W2, b1 @ W2 + b2)])
    np.testing.assert_allclose(one, two)


def test_parameters_are_counted_right() -> None:
    names, printed = run(CHAPTER)[:2]
    for sizes in [(2, 3, 2), (784, 64, 10), (784, 128, 10)]:
        parameters = initialize(sizes, np.random.default_rng(0))
        assert names["count"](sizes) == sum(W.size + b.size for W, b in parameters)
    assert re.search(r"784-128-10 +101,770 parameters", printed)


def test_random_search_learns_and_wastes() -> None:
    names, printed = run(CHAPTER)[:2]
    losses = [float(loss) for loss in re.findall(r"tries: loss (\S+)", printed)]
    assert losses[0] > 1
    assert losses[0] / 50 > losses[1] > 5 * losses[2]
    assert 10 < names["kept"] < 100  # of 5000


def test_one_prediction_has_another_gradient_for_another_target() -> None:
    printed = run(CHAPTER).printed
    assert printed.count("prediction [[0.5 0.8]]  cached arrays: 4") == 1
    shown = re.findall(r"^target (\[.+\])  gradient (\[.+\])$", printed, re.M)
    assert shown == [("[[0. 1.]]", "[[ 0.5 -0.2]]"), ("[[1. 0.]]", "[[-0.5  0.8]]")]
