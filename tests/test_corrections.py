"""The corrections: every entry is complete, and its cell shows what the entry says."""

import re

import numpy as np
import pytest
from numeric import ROOT, run

PAGE = ROOT / "chapters" / "corrections.md"
TEXT = PAGE.read_text(encoding="utf-8")
ENTRY = re.compile(r"^\((e\d+)\)=\n### (E\d+): ([^\n]+)\n(.*?)(?=^\(e\d+\)=$|^## |\Z)", re.M | re.S)
ENTRIES = {match[1]: match for match in ENTRY.finditer(TEXT)}
IDS = [f"e{number}" for number in range(1, 34)]


def found(name: str) -> list:
    """Return what the cell of an entry found, in its order."""
    return list(run(PAGE).names[name].values())


def is_rounding(error: float) -> bool:
    return 0 <= error < 1e-7


def test_all_entries_once_and_in_the_index() -> None:
    assert sorted(ENTRIES, key=lambda name: int(name[1:])) == IDS
    assert len(re.findall(r"^\(e\d+\)=$", TEXT, re.M)) == len(IDS)
    index = TEXT[: TEXT.index("```{code-cell}")]
    assert sorted(re.findall(r"\{ref\}`(e\d+)`", index)) == sorted(IDS)


@pytest.mark.parametrize("name", IDS)
def test_entry_is_complete(name: str) -> None:
    _, number, _, body = ENTRIES[name].groups()
    assert number == name.upper()
    parts = re.match(
        r"\n\*\*Claim\*\* \(F[0-4].*?\)\. (.+?)\n\n\*\*Right\.\*\* (.+?)\n\n\*\*Shown by\*\* (.+)",
        body,
        re.S,
    )
    assert parts, "write Claim (F…), Right and Shown by, in this order"
    claim, right, shown = parts.groups()
    assert min(map(len, (claim, right, shown))) > 25
    assert re.search(r"\{(doc|eq|exercise|numref)\}|https://", right), (
        "where does the book treat it?"
    )
    assert re.search(rf"^ *(\w+, )?{name} = ", shown, re.M), "no evidence"
    assert f"show({name})" in shown


@pytest.mark.parametrize("name", IDS)
def test_what_was_found_is_printed(name: str) -> None:
    names, printed = run(PAGE)[:2]
    assert found(name)
    for label in names[name]:
        assert f"\n{label}: " in f"\n{printed}"


def test_introduction() -> None:
    prediction, first, second = found("e1")
    np.testing.assert_allclose(prediction, [0.5, 0.8])
    np.testing.assert_allclose(first, [0.1, 0.15, 0])
    assert not np.allclose(first, second)
    parameters, on_connections, inside, outside = found("e6")
    assert (parameters, inside, outside) == (101_770, 0, 0.1)
    assert on_connections == 2 * (784 * 128 + 128 * 10)


def test_loss() -> None:
    claimed, right, logits = found("e16")
    assert claimed == pytest.approx(1.23, abs=0.005)
    assert is_rounding(right)
    assert is_rounding(logits)
    half, mean = found("e17")
    np.testing.assert_allclose(half, 1)
    np.testing.assert_allclose(mean, 2 / 4)
    features, targets, slope, output = found("e21")
    assert features != targets
    assert is_rounding(slope)
    assert output > 0.5


def test_gradient_descent() -> None:
    along, against = found("e7")
    assert along == pytest.approx(38.3, abs=0.05)
    assert against < 0.02
    below, at, above = found("e25")
    assert below == pytest.approx(2e-10, rel=0.05)
    assert abs(at) == pytest.approx(1)
    assert above == pytest.approx(8e7, rel=0.05)
    end, loss, beside, last = found("e8")
    np.testing.assert_array_equal(end, 0)
    assert beside < 0 <= loss < 1e-9
    np.testing.assert_allclose(last, [-0.05, 0.05, -0.05, 0.05])
    lucky, converged, unlucky, diverged = found("e24")
    assert min(lucky, unlucky) > 0.5
    assert converged == pytest.approx(2)
    assert abs(diverged) > 1e12


def test_chain_rule() -> None:
    da, divided = found("e3")
    np.testing.assert_allclose(da, [0.1, 0.15, 0.26])
    assert np.isnan(divided[2])
    np.testing.assert_allclose(divided[:2], da[:2])
    one, all_paths = found("e4")
    assert one > 0.5
    assert is_rounding(all_paths)
    transposed, stretched, shapes, summed = found("e11")
    assert is_rounding(transposed)
    assert is_rounding(summed)
    assert stretched == (3, 3)
    assert shapes == ((5, 3), (3,))
    drawn, no_target, series, target, moved = found("e13")
    assert (drawn, no_target, series, target) == (True, False, False, True)
    assert np.all(moved != 0)
    difference, multiple, passes = found("e22")
    assert difference < 1e-12
    assert 2 < multiple < 3
    assert passes == 203_540
    loss, slope, same_loss, other_slope = found("e23")
    assert loss == same_loss
    assert slope == pytest.approx(-other_slope)
    assert abs(slope) > 1


def test_backprop_and_its_formulas() -> None:
    changed, sgd, adam = found("e2")
    assert changed is False
    np.testing.assert_allclose(sgd, [-0.05, 0.02])
    np.testing.assert_allclose(adam, [-0.1, 0.1])
    claimed, right, bce = found("e9")
    assert 2.7 < claimed < 5.9
    assert is_rounding(right)
    assert is_rounding(bce)
    (printed, matched, _), (printed_end, matched_end, share) = found("e9_training")
    assert printed == pytest.approx(0.69, abs=0.02)
    assert printed_end > 2.2
    assert matched_end < matched / 2
    assert 0.15 < share < 0.8
    error, loss, climbed, fell = found("e14")
    assert error == pytest.approx(2)
    assert fell < loss < climbed
    sigmoid, step, product, square = found("e15")
    assert min(sigmoid, product) > 0.3
    assert is_rounding(step)
    assert is_rounding(square)


def test_backprop_and_its_programs() -> None:
    few, many, naive, stable = found("e10")
    assert few < 0.8 < 0.95 < many
    assert np.isnan(naive)
    assert stable == pytest.approx(1000 / 3)
    before, after, error, ce_before, ce_after, ce_error = found("e18")
    assert (before, ce_before) == pytest.approx((0.145, 0.223144), abs=1e-6)
    assert (after, ce_after) == pytest.approx((0.102934, -0.670390), abs=1e-6)
    assert is_rounding(error)
    assert is_rounding(ce_error)
    shapes, loss, half, [probabilities] = found("e19")
    assert shapes == ((3,), (4,))
    assert np.isnan(loss)
    assert half == pytest.approx(0.5)
    np.testing.assert_allclose(probabilities, [0, 0, 1, 1], atol=0.03)
    missing, dW2 = found("e20")
    assert "not defined" in missing
    np.testing.assert_allclose(dW2, [[0.25, -0.1], [0.1, -0.04], [0, 0]])
    good, flat, stuck, also_flat = found("e27")
    assert good < 1e-9
    assert stuck > 0.1
    assert max(flat, also_flat) < 1e-9
    seen, unseen, all_seen, all_unseen = found("e27_digits")
    assert min(seen, all_seen) > 0.98
    assert unseen < 0.8
    assert all_unseen > 0.95
    assert found("e28") == [pytest.approx(0.67, abs=0.05)]
    assert is_rounding(*found("e29"))


def test_optimizers_and_deep_networks() -> None:
    adagrad, rmsprop, adam = found("e32")
    assert adagrad > 1 > 0.1 > rmsprop > 10 * adam
    assert rmsprop == pytest.approx(0.022, abs=0.001)
    vanished, exploded = found("e12")
    assert vanished < 1e-9
    assert 1e9 < exploded < np.inf
    *norms, step = found("e26")
    np.testing.assert_allclose(norms[:3], [0.375, 3e-6, 2e-12], rtol=0.3)
    assert 1e-25 < norms[3] < 1e-24
    assert step < 1e-15
    whole, decayed, clipped, mean, variance = found("e31")
    assert 30 < whole / decayed < 120
    np.testing.assert_array_equal(clipped, [3e-12, 4e-12])
    assert (mean, variance) == (0, 1)


def test_frameworks_and_architectures() -> None:
    refused, first, last = found("e5")
    assert refused == "ValueError"
    assert last < first / 5
    variance, flat, column = found("e30")
    assert flat == pytest.approx(variance)
    assert column < 8e-12
    forward, backward = found("e33")
    assert forward == 0
    assert 0.01 < backward < 0.5
