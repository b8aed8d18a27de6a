"""Serving the built book: a free port, files of the site, this machine only."""

import threading
import urllib.request
from pathlib import Path

import pytest

from grading.release import CourseError
from grading.serve import open_port, serve_site


def test_next_free_port(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>Book</p>")
    with open_port(tmp_path, 18_500) as first, open_port(tmp_path, 18_500) as second:
        assert first.server_port < second.server_port
        assert second.server_address[0] == "127.0.0.1"
        threading.Thread(target=second.handle_request).start()
        with urllib.request.urlopen(f"http://127.0.0.1:{second.server_port}/") as page:
            assert page.read() == b"<p>Book</p>"


def test_no_site_yet(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="make site"):
        serve_site(tmp_path, 18_500)
