"""Provenance for programs: a plan, or one subject of it, as W3C PROV-JSON.

====================  ================================================================================================
entity                each event, each source document, each subject, and each value of a subject: what one event set
activity              each time at which events were recorded, and each meeting
agent                 whoever is named as actor, and the body of each meeting
====================  ================================================================================================

A subject is a collection of its values, a value is derived from the event that set it, an event was generated when it
was recorded and has a primary source. A correction is a revision of its original; what was retracted is invalidated.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import attrs

from plantrack.bitemporal import amendments
from plantrack.errors import UnknownSubjectError, did_you_mean
from plantrack.events.correction import EventCorrected, EventRetracted
from plantrack.events.envelope import RecordedEvent, stamp
from plantrack.events.progress import ProgressReported
from plantrack.state import KINDS, Entity, State
from plantrack.state.entity import Reading, data_of
from plantrack.state.fold import UnplacedEvent
from plantrack.state.governance import Decision, Meeting, Recommendation

_OF_MEETINGS = (Meeting, Decision, Recommendation)


def prov_json(
    origin: str, state: State, events: Sequence[RecordedEvent], subjects: Iterable[Entity] | None = None
) -> dict[str, Any]:
    """The provenance as plain values.

    :param origin: the name of the log, from which the names of all entities are made.
    :param state: at the coordinates for which it is asked.
    :param events: in order of position; each that set a value of the subjects must be among them.
    :param subjects: only these of the state; all of them when left out.
    """
    chosen = list(_all(state) if subjects is None else subjects)
    document = _Document(origin)
    told = _Events(document, state, events)
    told.tell()
    for subject in chosen:
        _tell_subject(document, subject, told.said_by)
    _tell_meetings(document, state, [subject for subject in chosen if isinstance(subject, _OF_MEETINGS)])
    return document.json()


def set_by(subject: Entity) -> set[int]:
    """The positions of the events that set its values."""
    return set(_values(subject))


def subject_of(state: State, reference: str) -> Entity:
    """The subject of a state that ``kind:id`` names.

    :raises UnknownSubjectError: there is none at the coordinates of the state.
    """
    kind, _, name = reference.partition(":")
    found = state.subject(kind, name)
    if found is None:
        hint = did_you_mean(name, state.of_kind(kind)) if kind in KINDS else did_you_mean(kind, KINDS)
        raise UnknownSubjectError(f"there is no {reference!r:.80} as at {state.as_at}, known at #{state.known}; {hint}")
    return found


def _all(state: State) -> Iterator[Entity]:
    for kind in KINDS:
        if kind != UnplacedEvent.KIND:
            yield from state.of_kind(kind).values()


class _Document:
    """A document of PROV while it is written: each element once, each relation as often as it is said."""

    def __init__(self, origin: str) -> None:
        log = f"urn:{origin.replace('/', ':')}"
        kinds = ("event", "subject", "value", "document", "recording", "meeting", "actor", "body")
        self._prefixes = {
            "plantrack": "urn:plantrack:terms:",
            "plan": "urn:plantrack:plan:",
            **{kind: f"{log}:{kind}:" for kind in kinds},
        }
        self._records: dict[str, dict[str, dict[str, Any]]] = {}

    def json(self) -> dict[str, Any]:
        return {"prefix": self._prefixes, **self._records}

    def element(self, kind: str, name: str, /, *, type: str | None = None, **said: Any) -> str:
        """An entity, activity or agent; what is said of it again is added. Returns its name."""
        about = self._records.setdefault(kind, {}).setdefault(name, {})
        if type is not None:
            about["prov:type"] = _qualified(type)
        for key, value in said.items():
            if value not in (None, ()):
                about[_attribute(key)] = _plain(value)
        return name

    def relation(self, kind: str, /, *, type: str | None = None, **said: Any) -> None:
        told = self._records.setdefault(kind, {})
        about = {_attribute(key): _plain(value) for key, value in said.items() if value is not None}
        if type is not None:
            about["prov:type"] = _qualified(type)
        told[f"_:{kind}{len(told) + 1}"] = about


_OF_PROV = frozenset(
    {
        "label", "entity", "activity", "agent", "time", "startTime", "endTime", "generatedEntity", "usedEntity",
        "collection",
    }
)  # fmt: skip


def _attribute(name: str) -> str:
    return f"{'prov' if name in _OF_PROV else 'plantrack'}:{name}"


def _name(prefix: str, name: str) -> str:
    """A qualified name, with whatever a name of PROV-N cannot hold as percent and digits."""
    local = quote(name, safe="/")
    return f"{prefix}:{local[:-1]}%2E" if local.endswith(".") else f"{prefix}:{local}"


def _qualified(name: str) -> dict[str, str]:
    return {"$": name, "type": "prov:QUALIFIED_NAME"}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"$": str(value), "type": "xsd:decimal"}
    if isinstance(value, date):
        return {"$": value.isoformat(), "type": "xsd:date"}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if attrs.has(type(value)):
        return json.dumps(attrs.asdict(value), default=str, ensure_ascii=False)
    return value if isinstance(value, bool | int | str) else str(value)


class _Events:
    """The events of a plan: when they were recorded, by whom, from what, and what became of them.

    :ivar said_by: for each position the id of the event that says now what is said there: the event, or its correction.
    """

    def __init__(self, document: _Document, state: State, events: Sequence[RecordedEvent]) -> None:
        self.document = document
        self.state = state
        self.events = events
        self.known = {event.event_id: event for event in events}
        self.said_by = {event.position: event.event_id for event in events}
        self.bodies = {name: body for body in state.bodies.values() for name in (body.title, body.id)}
        self.told: set[tuple[str, ...]] = set()

    def tell(self) -> None:
        for event in self.events:
            self._tell(event)
        corrections = [e for e in self.events if isinstance(e.data, EventCorrected | EventRetracted)]
        amended = amendments([(e.event_id, e.data) for e in corrections])
        invalidated = set[str]()
        for event in corrections:
            assert isinstance(event.data, EventCorrected | EventRetracted)
            if event.data.event not in self.known:
                continue
            name, original = _name("event", event.event_id), _name("event", event.data.event)
            if isinstance(event.data, EventCorrected):
                self.document.relation(
                    "wasDerivedFrom", generatedEntity=name, usedEntity=original, type="prov:Revision"
                )
                if amended.corrected.get(event.data.event) is event.data:
                    self.said_by[self.known[event.data.event].position] = event.event_id
            elif event.event_id not in amended.retracted and event.data.event not in invalidated:
                invalidated.add(event.data.event)
                when = stamp(event.recorded_at)
                self.document.relation("wasInvalidatedBy", entity=original, activity=_recording(event), time=when)

    def _tell(self, event: RecordedEvent) -> None:
        when, recording = stamp(event.recorded_at), _recording(event)
        name = self.document.element(
            "entity",
            _name("event", event.event_id),
            type=f"plantrack:{event.type}",
            label=f"#{event.position} {event.type}",
            position=event.position,
            effective=event.effective.stored(),
            reason=event.reason,
        )
        self.document.element("activity", recording, type="plantrack:Recording", startTime=when, endTime=when)
        self.document.relation("wasGeneratedBy", entity=name, activity=recording, time=when)
        if event.actor is not None:
            agent = self._agent(event.actor)
            self.document.relation("wasAttributedTo", entity=name, agent=agent)
            self._once("wasAssociatedWith", activity=recording, agent=agent)
        source = event.source
        if source is not None:
            self._tell_source(name, recording, source.document, source.locator)
        if isinstance(event.data, ProgressReported) and event.data.document is not None:
            self._tell_source(name, recording, event.data.document, None)

    def _tell_source(self, event: str, recording: str, title: str, locator: str | None) -> None:
        paper = self.state.documents.get(title)
        document = self.document.element(
            "entity", _name("document", title), type="plantrack:Source", label=paper.title if paper else title
        )
        self._once("used", activity=recording, entity=document)
        self.document.relation(
            "wasDerivedFrom", generatedEntity=event, usedEntity=document, type="prov:PrimarySource", locator=locator
        )

    def _agent(self, actor: str) -> str:
        """Whoever is named: a body of the plan, if the name is the id or the title of one."""
        if (body := self.bodies.get(actor)) is not None:
            return self.document.element("agent", _name("body", body.id), label=body.title)
        return self.document.element("agent", _name("actor", actor), label=actor)

    def _once(self, kind: str, /, **said: str) -> None:
        if (kind, *said.values()) not in self.told:
            self.told.add((kind, *said.values()))
            self.document.relation(kind, **said)


def _recording(event: RecordedEvent) -> str:
    return _name("recording", stamp(event.recorded_at).replace(":", ""))


def _tell_subject(document: _Document, subject: Entity, said_by: Mapping[int, str]) -> None:
    """A subject as a collection of its values, each of which one event set."""
    reference = f"{subject.KIND}/{subject.id}"
    title = getattr(subject, "title", None)
    whole = document.element(
        "entity", _name("subject", reference), type="prov:Collection", label=title, kind=subject.KIND, id=subject.id
    )
    for position, said in sorted(_values(subject).items()):
        value = document.element("entity", _name("value", f"{reference}/{position}"), **said)
        document.relation("hadMember", collection=whole, entity=value)
        document.relation("wasDerivedFrom", generatedEntity=value, usedEntity=_name("event", said_by[position]))
    continues = getattr(subject, "continues", None)
    if continues is not None:
        plan, _, other = continues.partition("/")
        before = document.element("entity", _name("plan", f"{plan}/{other.replace(':', '/', 1)}"), label=continues)
        document.relation("wasDerivedFrom", generatedEntity=whole, usedEntity=before)


def _values(subject: Entity) -> dict[int, dict[str, Any]]:
    """What each event set of a subject, by its position."""
    found: dict[int, dict[str, Any]] = {}
    for (field, value), position in zip(data_of(subject), subject.set_by, strict=True):
        readings = [one for one in value if isinstance(one, Reading)] if isinstance(value, tuple) else []
        for reading in readings:
            found.setdefault(reading.position, {}).update(data_of(reading))
        if not readings and field != "id" and value not in (None, ()):
            found.setdefault(position, {})[field] = value
    found.setdefault(subject.opened_by, {})
    return found


def _tell_meetings(document: _Document, state: State, subjects: Sequence[Entity]) -> None:
    """Meetings: what was put to them, and what they decided."""
    for subject in subjects:
        name = subject.id if isinstance(subject, Meeting) else getattr(subject, "meeting", "")
        meeting = state.meetings.get(name)
        if meeting is None:
            continue
        activity = document.element(
            "activity", _name("meeting", name), type="plantrack:Meeting", label=meeting.title, date=meeting.date
        )
        whole = _name("subject", f"{subject.KIND}/{subject.id}")
        if isinstance(subject, Recommendation):
            document.relation("used", activity=activity, entity=whole)
        elif isinstance(subject, Decision):
            document.relation("wasGeneratedBy", entity=whole, activity=activity)
        else:
            body = state.bodies.get(meeting.body)
            agent = document.element("agent", _name("body", meeting.body), label=body.title if body else None)
            document.relation("wasAssociatedWith", activity=activity, agent=agent)
