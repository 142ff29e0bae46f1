"""Statistical process control: is it really getting better, and can it meet its target?

Pure functions over numbers and dates, after the XmR chart of NHS England's Making Data Count. Numbers become floats
here and nowhere else.
"""

from plantrack.errors import SpcError
from plantrack.spc.chart import Chart, Point, Segment, xmr
from plantrack.spc.limits import Limits
from plantrack.spc.profiles import DEVIATIONS, Deviation
from plantrack.spc.targets import Targets

__all__ = ["DEVIATIONS", "Chart", "Deviation", "Limits", "Point", "Segment", "SpcError", "Targets", "xmr"]
