"""Room 1, in the box: runs the student's cells, and calls their functions for the checks."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
from wire import Line, answer  # beside this file, in the box as elsewhere


class Echo(DisplayHook):
    """Prints the value of a cell's last line, without its number."""

    def write_output_prompt(self) -> None:
        """Print no prompt."""


class Display(DisplayPublisher):
    """Prints what a cell displays, and keeps none of it."""

    def publish(self, data: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        print(data.get("text/plain", ""))


class Shell(InteractiveShell):
    """A notebook's shell: cells may hold magics, `!` commands and `await`."""

    def enable_gui(self, gui: str | None = None) -> None:
        """Start no event loop: there is no screen."""

    def ask_exit(self) -> None:
        """Go on after `exit`: a notebook has further cells."""


def main(descriptor: int) -> None:
    """Do what the other end of the socket asks for, until it hangs up."""
    line = Line(socket.socket(fileno=descriptor))
    line.connection.set_inheritable(False)
    os.register_at_fork(after_in_child=line.connection.close)  # a child's first answer ends it
    sys.path[0] = ""
    config = Config(HistoryManager={"enabled": False})
    shell = Shell.instance(
        config=config, colors="NoColor", displayhook_class=Echo, display_pub_class=Display
    )
    line.send(ready=True)
    with contextlib.suppress(OSError):
        while True:
            message = line.receive()
            if "run" in message:
                run(message["run"], shell)
                line.send(done=True)
            else:
                call(line, message, shell)


def run(source: str, shell: Shell) -> None:
    """Run a cell."""
    shell.run_cell(source, store_history=True)
    with contextlib.suppress(Exception):  # they may be the student's own by now
        sys.stdout.flush()
        sys.stderr.flush()


def call(line: Line, message: dict[str, Any], shell: Shell) -> None:
    """Call a function of the student's; what it writes is shown to nobody."""
    with contextlib.ExitStack() as stack:
        nowhere = stack.enter_context(open(os.devnull, "w"))
        stack.enter_context(contextlib.redirect_stdout(nowhere))
        stack.enter_context(contextlib.redirect_stderr(nowhere))
        stack.enter_context(shell.builtin_trap)
        answer(line, message, shell.user_ns)


if __name__ == "__main__":
    main(int(sys.argv[1]))
