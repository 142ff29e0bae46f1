"""plantrack: record what happened to your plan; ask what was true on any date; let rules say what the board must see.

>>> import plantrack
>>> with plantrack.open(":memory:") as tracker:
...     tracker.plans()
[]
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from plantrack.errors import PlantrackError

if TYPE_CHECKING:
    from plantrack.period import Period
    from plantrack.plan_log import PlanLog
    from plantrack.rules import CheckResult, Finding, Pack, installed_packs, load_pack, read_pack
    from plantrack.state import State
    from plantrack.tracker import Tracker
    from plantrack.tracker import open_tracker as open
    from plantrack.watching import PlanWatch

__version__ = "0.1.0"

__all__ = [
    "CheckResult",
    "Finding",
    "Pack",
    "Period",
    "PlanLog",
    "PlanWatch",
    "PlantrackError",
    "State",
    "Tracker",
    "installed_packs",
    "load_pack",
    "open",
    "read_pack",
]

# Names are imported when first used, so that `import plantrack` costs a tool next to nothing.
_HOMES = {
    "CheckResult": "plantrack.rules",
    "Finding": "plantrack.rules",
    "Pack": "plantrack.rules",
    "Period": "plantrack.period",
    "PlanLog": "plantrack.plan_log",
    "PlanWatch": "plantrack.watching",
    "State": "plantrack.state",
    "Tracker": "plantrack.tracker",
    "installed_packs": "plantrack.rules",
    "load_pack": "plantrack.rules",
    "open": "plantrack.tracker:open_tracker",
    "read_pack": "plantrack.rules",
}


if not TYPE_CHECKING:  # a type checker knows every name from above, and notices a misspelt one

    def __getattr__(name):
        if name not in _HOMES:
            raise AttributeError(f"module 'plantrack' has no attribute {name!r}")
        module, _, renamed = _HOMES[name].partition(":")
        return getattr(importlib.import_module(module), renamed or name)

    def __dir__():
        return sorted([*globals(), *__all__])
