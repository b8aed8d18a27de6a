"""The autograder: releases exercises and grades submissions inside a sandbox."""


def main() -> None:
    """Run the command line. Workers import this module anew: it is to be light."""
    from grading.cli import main

    main()
