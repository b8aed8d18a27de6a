"""Serves the built book on this machine alone."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from grading.release import CourseError


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a line for each request."""

    def log_message(self, *args: object) -> None:
        pass


def open_port(folder: Path, first: int) -> ThreadingHTTPServer:
    """Return a server of `folder` on the first free port from `first` on."""
    for port in range(first, first + 100):
        try:
            return ThreadingHTTPServer(("127.0.0.1", port), partial(Quiet, directory=str(folder)))
        except OSError:
            continue
    raise CourseError(f"no free port between {first} and {first + 99}")


def serve_site(folder: Path, first: int) -> None:
    """Serve `folder` until Ctrl-C, and print its address."""
    if not (folder / "index.html").is_file():
        raise CourseError(f"there is no built book in {folder}; run: make site")
    with open_port(folder, first) as server:
        print(
            f"The book is at http://127.0.0.1:{server.server_port}/ (stop with Ctrl-C)", flush=True
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
