"""Code that takes all time, memory, processes, files and output there is costs nobody anything."""

from test_corpus import Musts


class TestGreedy(Musts):
    kind = "greedy"
