"""Data: the running example, the digits, the toy sets, and MNIST from files and from a server."""

import gzip
import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from solutions import data
from solutions.data import digits, example, mnist, moons, ravine, spirals
from solutions.loss import mse


def test_example_predicts_what_the_course_says() -> None:
    X, y, [(W1, b1), (W2, b2)] = example()
    shapes = [part.shape for part in (X, y, W1, b1, W2, b2)]
    assert shapes == [(1, 2), (1, 2), (2, 3), (3,), (3, 2), (2,)]
    z = X @ W1 + b1
    np.testing.assert_allclose(z, [[0.5, 0.2, -0.1]], atol=1e-15)
    y_hat = np.maximum(z, 0) @ W2 + b2
    np.testing.assert_allclose(y_hat, [[0.5, 0.8]], atol=1e-15)
    assert np.sum((y_hat - y) ** 2) / 2 == pytest.approx(0.145)


def test_example_is_new_at_each_call() -> None:
    example()[0][:] = 7
    example()[2][0][0][:] = 7
    assert example()[0].max() == 2
    assert example()[2][0][0].max() == 0.3


def test_digits_are_whole() -> None:
    X_train, labels_train, X_test, labels_test = digits()
    assert (X_train.shape, X_test.shape) == ((1352, 64), (445, 64))
    assert (labels_train.shape, labels_test.shape) == ((1352,), (445,))
    X = np.concatenate([X_train, X_test])
    assert X.dtype == np.float64
    assert labels_train.dtype == np.int64
    assert (X.min(), X.max()) == (0, 1)
    assert len(np.unique(X, axis=0)) == 1797  # no image stands in both parts
    numbers = np.bincount(np.concatenate([labels_train, labels_test]))
    assert numbers.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # as UCI counts


def test_digits_are_split_within_each_class() -> None:
    _, labels_train, _, labels_test = digits()
    train, test = np.bincount(labels_train), np.bincount(labels_test)
    assert ((train - 3 * test >= 0) & (train - 3 * test <= 3)).all()


def test_digits_look_like_their_labels() -> None:
    X_train, labels_train, X_test, labels_test = digits()
    means = np.stack([X_train[labels_train == digit].mean(axis=0) for digit in range(10)])
    distances = ((X_test[:, np.newaxis] - means) ** 2).sum(axis=2)
    assert np.mean(distances.argmin(axis=1) == labels_test) > 0.85


def test_file_of_digits_names_its_source() -> None:
    for word in ("Alpaydin", "Kaynak", "10.24432/C50P49", "CC BY 4.0"):
        assert word in data.__doc__


@pytest.mark.parametrize("make", [moons, spirals, ravine])
def test_toy_sets_come_from_their_generator(make: Callable) -> None:
    first, same = (make(30, np.random.default_rng(5)) for _ in range(2))
    other = make(30, np.random.default_rng(6))
    for i in range(2):
        np.testing.assert_array_equal(first[i], same[i])
    assert not np.allclose(first[0], other[0])
    assert first[0].shape == (30, 2)
    assert first[1].shape == (30,)


def test_moons_are_half_circles() -> None:
    X, labels = moons(1001, np.random.default_rng(0), noise=0)
    np.testing.assert_allclose(np.linalg.norm(X[labels == 0], axis=1), 1)
    np.testing.assert_allclose(np.linalg.norm(X[labels == 1] - [1, 0.5], axis=1), 1)
    assert X[labels == 0, 1].min() >= 0  # the upper half
    assert X[labels == 1, 1].max() <= 0.5  # the lower half
    assert X[:, 0].min() < -0.99
    assert X[:, 0].max() > 1.99
    assert np.bincount(labels).tolist() == [501, 500]


def test_spirals_have_one_arm_a_class() -> None:
    X, labels = spirals(900, np.random.default_rng(0), classes=4, noise=0)
    radius, angle = np.linalg.norm(X, axis=1), np.arctan2(X[:, 1], X[:, 0])
    assert radius.min() >= 0.1
    assert 0.99 < radius.max() <= 1
    turn = (angle - 4 * radius) / (2 * np.pi / 4)
    np.testing.assert_allclose((turn - labels + 2) % 4, 2, atol=1e-9)
    assert np.bincount(labels).tolist() == [225] * 4


@pytest.mark.parametrize("make", [moons, spirals])
def test_noise_has_the_given_deviation(make: Callable) -> None:
    clean, noisy = (make(4000, np.random.default_rng(0), noise=s)[0] for s in (0, 0.3))
    assert np.std(noisy - clean) == pytest.approx(0.3, rel=0.03)


@pytest.mark.parametrize("condition", [1, 7.0, 100.0])
@pytest.mark.parametrize("n", [3, 64])
def test_ravine_has_the_given_curvatures(n: int, condition: float) -> None:
    X, y = ravine(n, np.random.default_rng(1), condition)
    np.testing.assert_allclose(2 / n * X.T @ X, np.diag([condition, 1]), atol=1e-12)
    for w in ([1.0, 1.0], [0.0, 0.0], [-2.0, 5.0]):
        expected = 0.01 + (condition * (w[0] - 1) ** 2 + (w[1] - 1) ** 2) / 2
        assert mse(X @ np.array(w), y) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda rng: moons(0, rng), ValueError, "n must be an integer, at least 1, got 0"),
        (lambda rng: moons(2.5, rng), ValueError, "n must be an integer, at least 1, got 2.5"),
        (lambda rng: spirals(-1, rng), ValueError, "n must be an integer, at least 1, got -1"),
        (lambda rng: ravine(2, rng), ValueError, "n must be an integer, at least 3, got 2"),
        (lambda rng: moons(9, 0), TypeError, "rng must be a numpy Generator, got int"),
        (lambda rng: ravine(9, None), TypeError, "rng must be a numpy Generator, got NoneType"),
        (lambda rng: moons(9, rng, -1), ValueError, "noise must be at least 0.* got -1"),
        (lambda rng: spirals(9, rng, 3, np.inf), ValueError, "noise must be .* got inf"),
        (lambda rng: spirals(9, rng, 1), ValueError, "classes must be .* at least 2, got 1"),
        (lambda rng: ravine(9, rng, 0.5), ValueError, "condition must be at least 1.* got 0.5"),
        (lambda rng: ravine(9, rng, np.nan), ValueError, "condition must be .* got nan"),
    ],
)
def test_bad_arguments_are_an_error(call: Callable, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        call(np.random.default_rng(0))


# MNIST: small files of the same form.

rng = np.random.default_rng(20240501)
IMAGES = {"train": rng.integers(0, 256, (7, 5, 4)), "t10k": rng.integers(0, 256, (3, 5, 4))}
LABELS = {"train": rng.integers(0, 10, 7), "t10k": np.array([0, 9, 4])}


def idx(array: np.ndarray) -> bytes:
    """Return an array of bytes as an IDX file."""
    shape = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return bytes([0, 0, 8, array.ndim]) + shape + array.astype(np.uint8).tobytes()


FILES = {f"{part}-images-idx3-ubyte": idx(array) for part, array in IMAGES.items()}
FILES |= {f"{part}-labels-idx1-ubyte": idx(array) for part, array in LABELS.items()}


def write(folder: Path, **changed: bytes) -> Path:
    """Write the four files, unpacked, with other contents for those named like `t10k_labels`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in FILES.items():
        short = "_".join(name.split("-")[:2])
        (folder / name).write_bytes(changed.pop(short, content))
    assert not changed
    return folder


def check_split(split: data.Split) -> None:
    """Assert that the four arrays are those of the small files."""
    for X, labels, part in ((*split[:2], "train"), (*split[2:], "t10k")):
        assert X.dtype == np.float32
        assert labels.dtype == np.int64
        np.testing.assert_array_equal(labels, LABELS[part])
        pixels = IMAGES[part].reshape(len(labels), 20)
        np.testing.assert_allclose(X, pixels / 255, rtol=1e-6)


def test_the_hashes_are_those_of_four_files() -> None:
    assert set(data.MNIST_FILES) == set(FILES)
    assert len({int(digest, 16) for digest in data.MNIST_FILES.values()}) == 4
    assert all(len(digest) == 64 for digest in data.MNIST_FILES.values())


def test_mnist_reads_plain_files(tmp_path: Path) -> None:
    check_split(mnist(write(tmp_path)))
    check_split(mnist(str(tmp_path)))


def test_mnist_reads_packed_files(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
    check_split(mnist(tmp_path))


def test_mnist_looks_in_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write(tmp_path / "cache" / "backpropagation-by-hand")
    check_split(mnist())
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"\.cache/backpropagation-by-hand"):
        mnist()


def test_missing_file_is_named_and_nothing_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: pytest.fail("asked the network"))
    (write(tmp_path) / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(FileNotFoundError, match=r"t10k-labels-idx1-ubyte.*mnist\(fetch=True\)"):
        mnist(tmp_path)


IMAGE_FILE, LABEL_FILE = FILES["train-images-idx3-ubyte"], FILES["train-labels-idx1-ubyte"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"train_images": b""}, "train-images.* must begin with 00 00 08 03, got nothing"),
        ({"train_images": IMAGE_FILE[:3]}, "train-images.* 00 00 08 03, got 00 00 08$"),
        ({"train_images": IMAGE_FILE[:9]}, "train-images.* 16 bytes of header, got 9"),
        ({"train_images": IMAGE_FILE[:-1]}, r"must have 156 bytes, for \(7, 5, 4\), got 155"),
        ({"train_images": IMAGE_FILE + b"\0"}, r"must have 156 bytes, for \(7, 5, 4\), got 157"),
        ({"train_images": LABEL_FILE}, "train-images.* 00 00 08 03, got 00 00 08 01"),
        ({"train_images": b"<html>"}, "train-images.* got 3c 68 74 6d"),
        ({"t10k_labels": LABEL_FILE}, "the t10k files must agree, got 3 images and 7 labels"),
        ({"t10k_labels": idx(np.array([1, 2, 10]))}, "t10k labels must lie in 0 … 9, got 10"),
        ({"t10k_images": idx(np.zeros((3, 5, 5)))}, "have one size, got 20 and 25 pixels"),
        ({"t10k_images": idx(np.zeros((0, 5, 4)))}, r"must not be empty, got \(0, 5, 4\)"),
        ({"t10k_images": bytes([0, 0, 8, 3]) + b"\xff" * 12}, "t10k-images.* got 16$"),
    ],
)
def test_wrong_file_is_an_error_that_names_it(
    tmp_path: Path, changed: dict[str, bytes], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        mnist(write(tmp_path, **changed))


def flipped(packed: bytes) -> bytes:
    """Return a gzip file with one bit of its contents changed, which only its checksum can tell."""
    stored = gzip.compress(gzip.decompress(packed), compresslevel=0)
    return stored[:-9] + bytes([stored[-9] ^ 1]) + stored[-8:]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda packed: packed[:-5],
        lambda packed: packed[20:],
        lambda packed: packed + packed[9:],
        lambda packed: packed[:10] + b"\xff" * 4 + packed[14:],
        flipped,
    ],
)
def test_spoiled_packed_file_is_an_error_that_names_it(tmp_path: Path, spoil: Callable) -> None:
    packed = gzip.compress(IMAGE_FILE)
    (write(tmp_path) / "train-images-idx3-ubyte.gz").write_bytes(spoil(packed))
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte\.gz must be a whole gzip file:"):
        mnist(tmp_path)


class Mirror(SimpleHTTPRequestHandler):
    """A server of files that notes what it was asked for, and lies where it is told to."""

    asked: list[str]
    short: bool  # send half of what the length says

    def log_message(self, *_: object) -> None:
        self.asked.append(self.path.removeprefix("/"))

    def copyfile(self, source, outputfile) -> None:  # noqa: ANN001
        content = source.read()
        outputfile.write(content[: len(content) // 2] if self.short else content)


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Mirror]]:
    """Serve the four files, packed, from this machine as if it were the mirror of MNIST."""
    served = tmp_path / "served"
    served.mkdir()
    hashes = {}
    for name, content in FILES.items():
        packed = gzip.compress(content)
        (served / f"{name}.gz").write_bytes(packed)
        hashes[name] = hashlib.sha256(packed).hexdigest()
    handler = type("Handler", (Mirror,), {"asked": [], "short": False})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=served)) as server:
        monkeypatch.setattr(data, "MNIST_URL", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setattr(data, "MNIST_FILES", hashes)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield handler
        server.shutdown()


def test_fetch_downloads_only_what_is_missing(tmp_path: Path, mirror: type[Mirror]) -> None:
    folder = tmp_path / "new" / "folder"
    check_split(mnist(folder, fetch=True))
    assert sorted(mirror.asked) == sorted(f"{name}.gz" for name in FILES)
    assert sorted(path.name for path in folder.iterdir()) == sorted(mirror.asked)
    mirror.asked.clear()
    (folder / "t10k-images-idx3-ubyte.gz").unlink()
    check_split(mnist(folder, fetch=True))
    assert mirror.asked == ["t10k-images-idx3-ubyte.gz"]
    check_split(mnist(write(tmp_path / "plain"), fetch=True))
    assert len(mirror.asked) == 1


def test_fetch_shows_its_progress(
    tmp_path: Path,
    mirror: type[Mirror],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    mnist(tmp_path / "cache", fetch=True)
    shown = capsys.readouterr().out
    for name in FILES:
        size = (tmp_path / "cache" / f"{name}.gz").stat().st_size
        assert re.search(rf"{name} .*{size}/{size} bytes", shown)


def test_fetch_refuses_a_file_with_another_hash(tmp_path: Path, mirror: type[Mirror]) -> None:
    name = "train-images-idx3-ubyte"
    (tmp_path / "served" / f"{name}.gz").write_bytes(gzip.compress(IMAGE_FILE, compresslevel=1))
    wrong = f"{name}.gz must have the SHA-256 {data.MNIST_FILES[name]}, got [0-9a-f]{{64}}$"
    with pytest.raises(ValueError, match=wrong):
        mnist(tmp_path / "cache", fetch=True)
    assert list((tmp_path / "cache").iterdir()) == []


def test_fetch_refuses_half_a_file(tmp_path: Path, mirror: type[Mirror]) -> None:
    mirror.short = True
    with pytest.raises(ValueError, match="must have the SHA-256"):
        mnist(tmp_path / "cache", fetch=True)
    assert list((tmp_path / "cache").iterdir()) == []


def test_fetch_leaves_nothing_that_it_cannot_put_in_place(
    tmp_path: Path, mirror: type[Mirror]
) -> None:
    in_the_way = tmp_path / "cache" / "train-images-idx3-ubyte.gz"
    in_the_way.mkdir(parents=True)
    with pytest.raises(OSError, match="train-images"):
        mnist(tmp_path / "cache", fetch=True)
    assert list((tmp_path / "cache").iterdir()) == [in_the_way]


def test_fetch_names_the_address_that_failed(tmp_path: Path, mirror: type[Mirror]) -> None:
    (tmp_path / "served" / "train-images-idx3-ubyte.gz").unlink()
    with pytest.raises(OSError, match=r"train-images-idx3-ubyte\.gz cannot be downloaded: .*404"):
        mnist(tmp_path / "cache", fetch=True)


def test_every_public_function_has_types_and_says_shapes() -> None:
    for f in (example, digits, moons, spirals, ravine, mnist):
        assert f.__annotations__.keys() >= {"return"}
        assert "(" in f.__doc__.split("\n")[0], "no shapes"
