"""The autograder: releases exercises and grades submissions inside a sandbox."""

import sys

# jsonschema imports this where it finds it, which takes most of a second, for a format ("iri") that
# no notebook's schema uses.
sys.modules.setdefault("rfc3987_syntax", None)


def main() -> None:
    """Run the command line. Workers import this module anew: it is to be light."""
    from grading.cli import main

    main()
