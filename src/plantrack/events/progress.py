"""Events about reported progress: claims, never observations.

Class and field names here are the storage format: version them with care (``upcasting.py``).
"""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen

from plantrack.events.envelope import Event
from plantrack.events.fields import (
    Attachment,
    attachments,
    named,
    opens,
    optional_period,
    optional_reference,
    optional_slug,
    reference,
    refers,
    refers_any,
    slug,
    text,
)
from plantrack.period import Period

ClaimedStatus = Literal[
    "not-started", "in-progress", "on-track", "complete", "achieved", "delayed", "off-target", "unclear"
]


@frozen(kw_only=True, field_transformer=named)
class ProgressReported(Event):
    """What a document or person says of a subject. ``judged``: the status was read out of the words by the recorder.

    ``contradicts`` is a report that says otherwise; ``speaks_of`` is what the words are about, where that is not what
    they answer for. Both are judgements of the recorder too.
    """

    report: str = field(converter=slug, metadata=opens("report"))
    about: str = field(converter=reference, metadata=refers_any())
    status: ClaimedStatus
    text: str = field(converter=text)
    document: str | None = field(default=None, converter=optional_slug, metadata=refers("document"))
    period: Period | None = field(default=None, converter=optional_period)
    judged: bool = False
    evidence: tuple[Attachment, ...] = field(default=(), converter=attachments)
    contradicts: str | None = field(default=None, converter=optional_slug, metadata=refers("report"))
    speaks_of: str | None = field(default=None, converter=optional_reference, metadata=refers_any())
