"""What the tests in a browser share: Debian's Chromium, and a server of a folder."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab

from grading.serve import open_port

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start Chromium; skip where there is none, but fail where CI=true."""
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if executable is None:
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse("no Chromium on this machine (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve `folder` on this machine; yield its address."""
    with open_port(folder, 18_600) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def open_figure(browser: Browser, address: str, name: str, **options: object) -> Tab:
    """Open a moving figure on a page of its own; `options` are those of a browser context.

    `address` is that of a server of the whole course. An error on the page fails the test.
    """
    tab = browser.new_context(**options).new_page()
    tab.on("pageerror", lambda error: pytest.fail(f"error in figures/{name}.js: {error}"))
    tab.route(
        f"{address}figures/test.html",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f"<!doctype html><html lang=en data-theme=light><title>{name}</title>"
            "<link rel=stylesheet href=figures.css><main><h1>Figure</h1>"
            f"<div class=moving-figure data-figure={name}></div></main>"
            f"<script type=module src={name}.js></script></html>",
        ),
    )
    tab.goto(f"{address}figures/test.html")
    tab.wait_for_selector("[data-ready]")
    return tab
