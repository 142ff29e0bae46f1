"""Print the table of speeds: ratios of both sides measured in one run, medians over several rounds.

``python benchmarks/run.py [ROUNDS] [append|read|rules|watch|spc|imports|attacks ...]``
"""

from __future__ import annotations

import platform
import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import append, attacks, imports, read, rules, spc, watch

PARTS = {
    "append": append,
    "read": read,
    "rules": rules,
    "watch": watch,
    "spc": spc,
    "imports": imports,
    "attacks": attacks,
}


def main(arguments: list[str]) -> None:
    """Run the parts asked for, all by default."""
    rounds = next((int(a) for a in arguments if a.isdecimal()), 7)
    chosen = [a for a in arguments if a in PARTS] or list(PARTS)
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}; {rounds} rounds, median (range)\n")
    print("| work | floor | ratio | to reach | here |\n|---|---|---|---|---|")
    for name in chosen:
        for row in PARTS[name].rows(rounds):
            print(row.text, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
