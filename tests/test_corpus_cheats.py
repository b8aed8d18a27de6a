"""No cheat gains a point over the same work without the cheat."""

from test_corpus import Musts


class TestCheats(Musts):
    kind = "cheats"
