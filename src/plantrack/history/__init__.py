"""Asking the past: who said so, what was learned late, what came from another plan."""

from plantrack.history.blame import Amended, Blame, Blamed, Said, blame
from plantrack.history.late import Late, late
from plantrack.history.lineage import Lineage, Link, Told, lineage

__all__ = [
    "Amended",
    "Blame",
    "Blamed",
    "Late",
    "Lineage",
    "Link",
    "Said",
    "Told",
    "blame",
    "late",
    "lineage",
]
