"""The command line: options, printing and exit codes, nothing else.

Exit status: 0 clean; 1 findings at or above ``--fail-on``; 2 usage or data error; 3 a rule could not be evaluated, or a
plan not be checked, under ``--strict``. Data goes to stdout, messages to stderr; colour only on a terminal.
"""

import sys

try:
    import click as _click  # noqa: F401  # asked for only to see whether it is there
except ImportError:  # the library works without it
    sys.stderr.write("plantrack: the command line needs the extra `cli`: pip install 'plantrack-ledger[cli]'\n")
    sys.exit(2)

from plantrack.cli import asking, charting, checking, evidence, exporting, privacy, reading, rules, writing
from plantrack.cli.program import main

__all__ = ["asking", "charting", "checking", "evidence", "exporting", "main", "privacy", "reading", "rules", "writing"]
