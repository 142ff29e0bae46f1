"""History: what was said when, and how that changed; pure functions over recorded events and states."""

from plantrack.history.difference import Difference, SubjectChange, ValueChange
from plantrack.history.goalposts import Goalpost, Goalposts, Move
from plantrack.history.omissions import Absent, Told
from plantrack.history.rule_changes import PackChange
from plantrack.history.settings import Approval, Setting

__all__ = [
    "Absent",
    "Approval",
    "Difference",
    "Goalpost",
    "Goalposts",
    "Move",
    "PackChange",
    "Setting",
    "SubjectChange",
    "Told",
    "ValueChange",
]
