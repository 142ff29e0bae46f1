"""The log of one plan, and everything asked of it: a class for each theme, each built on the one before."""

from plantrack.plan_log.outward import Outward
from plantrack.plan_log.past import Past


class PlanLog(Past, Outward):
    """The append-only log of one plan, and everything asked of it.

    :ivar id: the plan's id.
    """
