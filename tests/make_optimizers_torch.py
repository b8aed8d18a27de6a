"""Record what PyTorch's optimizers do, for tests/test_optimizers.py, which also runs this live.

With torch==2.13.0 installed: `python tests/make_optimizers_torch.py`. It rewrites
tests/optimizers_torch.json, which holds the problem, the settings, the paths and the schedules.
"""

import json
import sys
from pathlib import Path

import torch

FILE = Path(__file__).with_name("optimizers_torch.json")
STEPS = 20

# The loss is sum(h (w - c)² / 2 + a sin w): three curvatures, no symmetry, not quadratic.
PROBLEM = {
    "h": [10.0, 1.0, 0.05],
    "c": [1.0, -2.0, 3.0],
    "a": 0.5,
    "w": [-0.5, 0.3, 1.5],
}

# The name of our rule, the class of torch.optim, our settings, and torch's for the same.
RUNS = [
    ("sgd", "SGD", {"lr": 0.05}, {}),
    ("momentum", "SGD", {"lr": 0.05, "beta": 0.9}, {"momentum": 0.9}),
    ("momentum", "SGD", {"lr": 0.01, "beta": 0.5}, {"momentum": 0.5}),
    ("nesterov", "SGD", {"lr": 0.05, "beta": 0.9}, {"momentum": 0.9, "nesterov": True}),
    ("adagrad", "Adagrad", {"lr": 0.3}, {}),
    ("adagrad", "Adagrad", {"lr": 0.3, "eps": 0.1}, {"eps": 0.1}),
    ("rmsprop", "RMSprop", {"lr": 0.05}, {}),
    ("rmsprop", "RMSprop", {"lr": 0.05, "rho": 0.9, "eps": 0.1}, {"alpha": 0.9, "eps": 0.1}),
    ("adadelta", "Adadelta", {"lr": 1.0}, {}),
    ("adadelta", "Adadelta", {"lr": 0.7, "rho": 0.8, "eps": 0.01}, {"rho": 0.8, "eps": 0.01}),
    ("adam", "Adam", {"lr": 0.1}, {}),
    (
        "adam",
        "Adam",
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 0.1},
        {"betas": (0.8, 0.95), "eps": 0.1},
    ),
    ("adamw", "AdamW", {"lr": 0.1}, {}),
    ("adamw", "AdamW", {"lr": 0.1, "decay": 0.5, "eps": 0.1}, {"weight_decay": 0.5, "eps": 0.1}),
]
SCHEDULES = [
    ("step_decay", "StepLR", {"every": 6, "factor": 0.3}, {"step_size": 6, "gamma": 0.3}),
    ("cosine_decay", "CosineAnnealingLR", {"steps": 19}, {"T_max": 19}),
    ("warmup", "LinearLR", {"steps": 5}, {"start_factor": 1 / 5, "total_iters": 4}),
]
LOSSES = [5, 4, 4, 4.5, 3, 3.5, 3.2, 3.1, 3, 2.9, 2.8, 2.8, 2.8, 2.8, 2.8, 2.8, 2.5, 2.6, 2.5, 2.7]
PLATEAU = {"factor": 0.5, "patience": 2}


def path(cls: str, options: dict) -> list[list[float]]:
    """Return the points of a walk of torch's optimizer, the first included."""
    h, c = (torch.tensor(PROBLEM[name], dtype=torch.float64) for name in "hc")
    w = torch.tensor(PROBLEM["w"], dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, cls)([w], **options)
    points = [w.tolist()]
    for _ in range(STEPS):
        optimizer.zero_grad()
        (h * (w - c) ** 2 / 2 + PROBLEM["a"] * torch.sin(w)).sum().backward()
        optimizer.step()
        points.append(w.tolist())
    return points


def rates(cls: str, options: dict, lr: float) -> list[float]:
    """Return the learning rates of the first steps under torch's schedule."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    schedule = getattr(torch.optim.lr_scheduler, cls)(optimizer, **options)
    found = []
    for _ in range(STEPS):
        found += schedule.get_last_lr()
        optimizer.step()
        schedule.step()
    return found


def plateau() -> list[float]:
    """Return the learning rates of torch's ReduceLROnPlateau after each of the losses."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.4)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, threshold=0, **PLATEAU)
    found = []
    for loss in LOSSES:
        schedule.step(loss)
        found += schedule.get_last_lr()
    return found


def record() -> dict:
    """Return the problem, and for each run our rule, its settings and torch's path."""
    return {
        "torch": torch.__version__,
        "problem": PROBLEM,
        "runs": [
            {"rule": rule, "settings": ours, "path": path(cls, {"lr": ours["lr"]} | theirs)}
            for rule, cls, ours, theirs in RUNS
        ],
        "schedules": [
            {"rule": rule, "settings": {"lr": 0.4} | ours, "rates": rates(cls, theirs, 0.4)}
            for rule, cls, ours, theirs in SCHEDULES
        ],
        "plateau": {"losses": LOSSES, "settings": {"lr": 0.4} | PLATEAU, "rates": plateau()},
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(record()) + "\n")
    sys.stdout.write(f"wrote {FILE}\n")
