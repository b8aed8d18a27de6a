"""Code that reads, writes and breaks what it can reach learns nothing and harms nobody."""

from test_corpus import Musts


class TestHostile(Musts):
    kind = "hostile"
