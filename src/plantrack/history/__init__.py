"""Asking the past: what was said when, by whom, and how that changed; pure functions over events and states."""

from plantrack.history.blame import Amended, Blame, Blamed, Said, blame
from plantrack.history.difference import Difference, SubjectChange, ValueChange, difference
from plantrack.history.goalposts import Goalpost, Goalposts, Move, goalposts
from plantrack.history.late import Late, late
from plantrack.history.lineage import Lineage, Link, lineage
from plantrack.history.omissions import Absent, Told
from plantrack.history.rule_changes import PackChange
from plantrack.history.settings import Approval, Setting

__all__ = [
    "Absent",
    "Amended",
    "Approval",
    "Blame",
    "Blamed",
    "Difference",
    "Goalpost",
    "Goalposts",
    "Late",
    "Lineage",
    "Link",
    "Move",
    "PackChange",
    "Said",
    "Setting",
    "SubjectChange",
    "Told",
    "ValueChange",
    "blame",
    "difference",
    "goalposts",
    "late",
    "lineage",
]
