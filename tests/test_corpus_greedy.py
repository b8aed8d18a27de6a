"""Code that takes all time, memory, processes, files and output there is costs nobody anything."""

import pytest
from test_corpus import Musts

pytestmark = pytest.mark.corpus


class TestGreedy(Musts):
    kind = "greedy"
