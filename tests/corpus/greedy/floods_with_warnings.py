# A cell gives warnings, each from a line of its own.
import warnings

warnings.simplefilter("always")
for number in range(100_000):
    warnings.warn_explicit("flood " * 100, UserWarning, f"file-{number}", number)
