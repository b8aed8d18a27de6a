"""Times a step of training: this package, PyTorch, and the bare matrix products, in one run.

`make bench` runs it. All on one thread, in float32, on random data of the shape of MNIST. The ways
take turns, so that a slow moment of the machine meets all of them, and the best turn counts.
"""

from __future__ import annotations

import importlib.util
import itertools
import time
from collections.abc import Callable

import numpy as np
from rich.console import Console
from rich.table import Table

from solutions.backprop import initialize, train

ROWS, CLASSES, TURNS = 12_800, 10, 7
console = Console(width=100)


def data(width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return random inputs (ROWS, width) and labels."""
    rng = np.random.default_rng(0)
    return rng.random((ROWS, width), dtype=np.float32), rng.integers(0, CLASSES, ROWS)


def ours(sizes: list[int], batch: int) -> Callable[[], None]:
    """Return an epoch of this package's `train`."""
    X, labels = data(sizes[0])
    parameters = initialize(sizes, np.random.default_rng(1), dtype=np.float32)
    return lambda: train(X, labels, parameters, 0.1, 1, batch, np.random.default_rng(2))


def products(sizes: list[int], batch: int) -> Callable[[], None]:
    """Return the matrix products of an epoch and nothing else: the bound."""
    a = [np.ones((batch, size), np.float32) for size in sizes]
    W = [np.ones(shape, np.float32) for shape in itertools.pairwise(sizes)]

    def epoch() -> None:
        for _ in range(ROWS // batch):
            for layer, weights in enumerate(W):
                a[layer] @ weights
            for layer, weights in reversed(list(enumerate(W))):
                a[layer].T @ a[layer + 1]
                if layer > 0:
                    a[layer + 1] @ weights.T

    return epoch


def pytorch(sizes: list[int], batch: int) -> Callable[[], None]:
    """Return an epoch of the same training in PyTorch, eager, on the CPU."""
    import torch

    torch.set_num_threads(1)
    layers: list[torch.nn.Module] = []
    for d_in, d_out in itertools.pairwise(sizes):
        layers += [torch.nn.Linear(d_in, d_out), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    loss = torch.nn.CrossEntropyLoss()
    X, labels = map(torch.from_numpy, data(sizes[0]))

    def epoch() -> None:
        for rows in torch.randperm(ROWS).split(batch):
            optimizer.zero_grad()
            loss(net(X[rows]), labels[rows]).backward()
            optimizer.step()

    return epoch


def microseconds(sizes: list[int], batch: int) -> dict[str, float]:
    """Return the time of one step each way, the best of some turns."""
    ways = {"products": products, "ours": ours}
    if importlib.util.find_spec("torch"):
        ways["PyTorch"] = pytorch
    epochs = {name: way(sizes, batch) for name, way in ways.items()}
    best = dict.fromkeys(epochs, np.inf)
    for _ in range(TURNS):
        for name, epoch in epochs.items():
            start = time.perf_counter()
            epoch()
            best[name] = min(best[name], time.perf_counter() - start)
    return {name: seconds / (ROWS / batch) * 1e6 for name, seconds in best.items()}


def compare(title: str, cases: list[tuple[list[int], int]]) -> None:
    """Print a table of microseconds a step, and ratios."""
    table = Table(title=f"{title} (microseconds a step)", title_justify="left")
    table.add_column("network", overflow="fold")
    for name in ("batch", "products", "ours", "PyTorch", "ours / products", "PyTorch / ours"):
        table.add_column(name, justify="right", no_wrap=True)
    for sizes, batch in cases:
        took = microseconds(sizes, batch)
        torch = took.get("PyTorch")
        table.add_row(
            "-".join(map(str, sizes)),
            str(batch),
            f"{took['products']:.0f}",
            f"{took['ours']:.0f}",
            f"{torch:.0f}" if torch else "-",
            f"{took['ours'] / took['products']:.2f}",
            f"{torch / took['ours']:.2f}" if torch else "-",
        )
    console.print(table)


def main() -> None:
    if not importlib.util.find_spec("torch"):
        console.print("PyTorch is not installed; for that column: pip install torch==2.13.0")
    compare("The articles' networks", [([784, 128, 10], 128), ([784, 64, 10], 128)])
    compare("Cost against width", [([784, width, 10], 128) for width in (32, 64, 128, 256, 512)])
    compare("Cost against depth", [([784, *[128] * depth, 10], 128) for depth in (1, 2, 4, 8)])
    compare(
        "Cost against batch", [([784, 128, 10], batch) for batch in (16, 32, 64, 128, 256, 512)]
    )


if __name__ == "__main__":
    main()
