"""Code that reads, writes and breaks what it can reach learns nothing and harms nobody."""

import pytest
from test_corpus import Musts

pytestmark = pytest.mark.corpus


class TestHostile(Musts):
    kind = "hostile"
