"""Data of the course: the running example, the handwritten digits, three toy sets, and MNIST.

Conventions. Rows are samples: `X` has shape (n, d), targets `y` have shape (n,) or (n, d_out), and
labels have shape (n,) and hold the class numbers 0 … C-1. `X` is float64, MNIST's float32. A toy
set takes a numpy Generator: the same generator state gives the same data.

`digits.npz` holds the test set of "Optical Recognition of Handwritten Digits" by E. Alpaydin and
C. Kaynak (1998), UCI Machine Learning Repository, https://doi.org/10.24432/C50P49, licence
CC BY 4.0, in the order of the source: 1,797 images of 8 × 8 pixels with the values 0 … 16.
"""

import gzip
import hashlib
import math
import os
import struct
import urllib.request
import zlib
from http.client import HTTPException
from pathlib import Path

import numpy as np

Parameters = list[tuple[np.ndarray, np.ndarray]]
Split = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]

DIGITS = Path(__file__).with_name("digits.npz")

# MNIST, Y. LeCun, C. Cortes, C. J. C. Burges: a mirror, and the SHA-256 of each of its .gz files.
MNIST_URL = "https://ossci-datasets.s3.amazonaws.com/mnist/"
MNIST_FILES = {
    "train-images-idx3-ubyte": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}


def example() -> tuple[np.ndarray, np.ndarray, Parameters]:
    """Return the running example: X (1, 2), y (1, 2) and [(W1, b1), (W2, b2)] of a 2-3-2 network.

    W1 is (2, 3), b1 (3,), W2 (3, 2) and b2 (2,). With ReLU in the hidden layer and a linear output
    layer, the third hidden unit is dead and the prediction is (0.5, 0.8).
    """
    X, y = np.array([[1.0, 2.0]]), np.array([[0.0, 1.0]])
    W1 = np.array([[0.1, 0.3, -0.5], [0.2, -0.1, 0.2]])
    b1 = np.array([0.0, 0.1, 0.0])
    W2 = np.array([[0.6, 1.0], [0.5, 0.5], [0.4, -0.3]])
    b2 = np.array([0.1, 0.2])
    return X, y, [(W1, b1), (W2, b2)]


def digits() -> Split:
    """Return X_train (1352, 64), labels_train, X_test (445, 64), labels_test; X lies in [0, 1].

    The split is fixed and stratified: every fourth image of each class, in the order of the source,
    is a test image. The images of the 13 writers carry no names, so both parts share writers.
    """
    with np.load(DIGITS) as file:
        X, labels = file["images"] / 16, file["labels"].astype(np.int64)
    test = np.zeros(len(labels), dtype=bool)
    for digit in range(10):
        test[np.flatnonzero(labels == digit)[3::4]] = True
    return X[~test], labels[~test], X[test], labels[test]


def _check(n: int, least: int, rng: np.random.Generator, noise: float = 0.0) -> None:
    """Raise an error unless the arguments that all toy sets share are good."""
    if not isinstance(n, int | np.integer) or n < least:
        raise ValueError(f"n must be an integer, at least {least}, got {n}")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy Generator, got {type(rng).__name__}")
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise must be at least 0 and finite, got {noise}")


def moons(n: int, rng: np.random.Generator, noise: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """Return X (n, 2) and labels (n,): two half circles of radius 1 that reach into each other.

    Labels alternate 0, 1, 0, 1 …; `noise`, at least 0, is the standard deviation of the normal
    noise on each coordinate; else ValueError.
    """
    _check(n, 1, rng, noise)
    labels = np.arange(n) % 2
    angle = rng.uniform(0, np.pi, n)
    arc = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    X = np.where(labels[:, np.newaxis] == 0, arc, [1.0, 0.5] - arc)
    return X + rng.normal(0, noise, (n, 2)), labels


def spirals(
    n: int, rng: np.random.Generator, classes: int = 3, noise: float = 0.1
) -> tuple[np.ndarray, np.ndarray]:
    """Return X (n, 2) and labels (n,): spiral arms from the origin out to radius 1, one a class.

    Labels run 0 … classes-1 and again from 0; `classes` is at least 2; `noise`, at least 0, is the
    standard deviation of the normal noise on each coordinate; else ValueError.
    """
    _check(n, 1, rng, noise)
    if not isinstance(classes, int | np.integer) or classes < 2:
        raise ValueError(f"classes must be an integer, at least 2, got {classes}")
    labels = np.arange(n) % classes
    radius = rng.uniform(0.1, 1, n)
    angle = 4 * radius + 2 * np.pi * labels / classes
    X = radius[:, np.newaxis] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return X + rng.normal(0, noise, (n, 2)), labels


def ravine(
    n: int, rng: np.random.Generator, condition: float = 100.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return X (n, 2) and y (n,) of a linear regression whose loss is a long narrow valley.

    The mean squared error of X @ w is exactly 0.01 + (condition (w_1 - 1)² + (w_2 - 1)²) / 2: its
    curvatures are `condition` and 1, its minimum lies at w = (1, 1), and what is left there is
    noise. `n` is at least 3, `condition` at least 1 and finite; else ValueError.
    """
    _check(n, 3, rng)
    if not 1 <= condition < np.inf:
        raise ValueError(f"condition must be at least 1 and finite, got {condition}")
    Q, _ = np.linalg.qr(rng.normal(size=(n, 3)))  # orthogonal columns, so nothing is left to chance
    columns = np.sqrt(n) * Q  # with mean square 1
    X = columns[:, :2] * np.sqrt([condition / 2, 1 / 2])
    return X, X.sum(axis=1) + 0.1 * columns[:, 2]


# MNIST, which does not ship with the course.


def mnist(folder: str | Path | None = None, fetch: bool = False) -> Split:
    """Return X_train (60000, 784), labels_train, X_test (10000, 784), labels_test of MNIST.

    X is float32 and lies in [0, 1]. The four IDX files, gzipped or not, are read from `folder`, by
    default the course's folder in the user's cache. With `fetch`, those that are missing there are
    downloaded first and checked by their SHA-256. A file that is still missing is a
    FileNotFoundError; one that is truncated, altered or of another kind is a ValueError, and a
    download that fails an OSError.
    """
    folder = cache_folder() if folder is None else Path(folder)
    if fetch:
        folder.mkdir(parents=True, exist_ok=True)
        for name in MNIST_FILES:
            if _find(folder, name) is None:
                _download(folder, name)
    split = []
    for part in ("train", "t10k"):
        images = _read(folder, f"{part}-images-idx3-ubyte", 3)
        labels = _read(folder, f"{part}-labels-idx1-ubyte", 1)
        if len(images) != len(labels):
            raise ValueError(
                f"{folder}: the {part} files must agree, got {len(images)} images and "
                f"{len(labels)} labels"
            )
        if labels.max() > 9:
            raise ValueError(f"{folder}: {part} labels must lie in 0 … 9, got {labels.max()}")
        split += [images.reshape(len(images), -1) / np.float32(255), labels.astype(np.int64)]
    if split[0].shape[1] != split[2].shape[1]:
        sizes = f"{split[0].shape[1]} and {split[2].shape[1]}"
        raise ValueError(f"{folder}: train and t10k images must have one size, got {sizes} pixels")
    return tuple(split)


def cache_folder() -> Path:
    """Return the course's folder in the user's cache, below XDG_CACHE_HOME or ~/.cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "backpropagation-by-hand"


def _find(folder: Path, name: str) -> Path | None:
    """Return the path of a file, gzipped or not, if it is there."""
    paths = (folder / f"{name}.gz", folder / name)
    return next((path for path in paths if path.is_file()), None)


def _read(folder: Path, name: str, axes: int) -> np.ndarray:
    """Return the bytes in an IDX file as an array with so many axes.

    IDX: two zero bytes, the type (8, bytes), the number of axes, each length as four bytes, highest
    first, and then the elements, row by row.
    """
    path = _find(folder, name)
    if path is None:
        raise FileNotFoundError(
            f"neither {name}.gz nor {name} is in {folder}: put it there, or download it with "
            "mnist(fetch=True)"
        )
    content = path.read_bytes()
    if path.suffix == ".gz":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as problem:
            raise ValueError(f"{path} must be a whole gzip file: {problem}") from None
    magic = bytes([0, 0, 8, axes])
    if content[:4] != magic:
        got = content[:4].hex(" ") or "nothing"
        raise ValueError(f"{path} must begin with {magic.hex(' ')}, got {got}")
    head = 4 + 4 * axes
    if len(content) < head:
        raise ValueError(f"{path} must begin with {head} bytes of header, got {len(content)}")
    shape = struct.unpack(f">{axes}I", content[4:head])
    expected = head + math.prod(shape)
    if len(content) != expected:
        raise ValueError(f"{path} must have {expected} bytes, for {shape}, got {len(content)}")
    if 0 in shape:
        raise ValueError(f"{path} must not be empty, got {shape}")
    return np.frombuffer(content, np.uint8, offset=head).reshape(shape)


def _download(folder: Path, name: str) -> None:
    """Download one file into `folder`; it appears there only if it is whole and right."""
    from rich.progress import wrap_file  # here, since only this function needs it

    url = f"{MNIST_URL}{name}.gz"
    try:
        with (
            urllib.request.urlopen(url, timeout=60) as reply,
            wrap_file(reply, total=reply.length or 0, description=name) as file,
        ):
            content = b"".join(iter(lambda: file.read(1 << 16), b""))
    except (OSError, HTTPException) as problem:
        raise OSError(f"{url} cannot be downloaded: {problem}") from None
    digest = hashlib.sha256(content).hexdigest()
    if digest != MNIST_FILES[name]:
        raise ValueError(f"{url} must have the SHA-256 {MNIST_FILES[name]}, got {digest}")
    part = folder / f".{name}.{os.getpid()}"
    try:
        part.write_bytes(content)
        part.replace(folder / f"{name}.gz")
    finally:
        part.unlink(missing_ok=True)
