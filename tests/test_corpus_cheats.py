"""No cheat gains a point over the same work without the cheat."""

import pytest
from test_corpus import Musts

pytestmark = pytest.mark.corpus


class TestCheats(Musts):
    kind = "cheats"
