"""A state as a test gives it: fields of one subject and of what it refers to, instead of the events that lead there."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from typing import Any, cast

import attrs
from attrs import frozen

from plantrack.errors import EventError, did_you_mean
from plantrack.events import Attachment, Attribute, PlanOpened
from plantrack.events.envelope import event_fields
from plantrack.period import Period
from plantrack.rules.language.compiler import Source
from plantrack.rules.language.routes import EVENTS
from plantrack.rules.language.schema import (
    BOOL,
    DAY,
    NUMBER,
    PERIOD,
    SUBJECTS,
    VALUES,
    Type,
    any_ref_field,
    fields_of,
    references_of,
    stored_field,
)
from plantrack.rules.values import Field, noun
from plantrack.state import KINDS, PLURALS, AnyRef, Entity, Observation, Plan, Ref, State, Target
from plantrack.state.entity import data_fields
from plantrack.yaml_subset import Mapping, Mark, Sequence, Text

PLAN_ID = "test"
_POSITION = 1  # values need the position of an event; nobody may ask a given state for its evidence


@frozen(eq=False)
class Given:
    """What a test gives.

    :ivar kind: the class of the subject, ``id`` its id in ``state``.
    """

    kind: str
    id: str
    state: State


def read_given(written: Any, mark: Mark, text: Text, source: Source, as_at: date) -> Given:
    """The state that a test gives for a subject of the class that ``source`` is for.

    :raises RuleSourceError: an unknown field, a value of the wrong type, or a field that the rule reads and the test
        does not give; with its place.
    """
    if not isinstance(written, Mapping):
        raise text.error(mark, f"'given' needs a mapping of fields of the {noun(SUBJECTS[source.kind])}")
    reads = _reads(source)
    for read in sorted(reads):
        owner, _, field = read.partition(".")
        if field == EVENTS:
            said = f"the rule looks into the history of the {noun(SUBJECTS[owner])}, and a state that is given has none"
            raise text.error(mark, said, "write events instead")
    return _Builder(text, reads, as_at).build(source.kind, written, mark)


def _reads(source: Source) -> frozenset[str]:
    """Every field that the rule reads, its texts too: a message without its values would be no message."""
    texts = [part for template in (source.message, source.fix) for part in template if not isinstance(part, str)]
    named = [*texts, *source.causes, *([source.affects] if source.affects else [])]
    parts = [*named, *source.identity, *([source.score] if source.score else [])]
    shown = [_SHOWN.get((part.type.of or part.type).name, ()) for part in named]
    return source.reads.union(_SUBJECT.get(source.kind, ()), *shown, *(part.reads for part in parts))


_SHOWN = {"Observation": ("Observation.value", "Observation.period"), "Target": ("Target.comparator",)}
_SUBJECT = {"Alignment": ("Alignment.initiative", "Alignment.code"), "Target": _SHOWN["Target"]}
"""What is read to put an object without a title into words: in a text, and as the subject of a finding."""


class _Builder:
    """Makes the objects of one state, in the order in which they are written."""

    def __init__(self, text: Text, reads: frozenset[str], as_at: date) -> None:
        self.text = text
        self.reads = reads
        self.as_at = as_at
        self.fiscal_year_start = 4
        self.found: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        self.named: list[tuple[str, str, Mark]] = []  # references to objects that are given elsewhere: kind, id

    def build(self, kind: str, written: Mapping, mark: Mark) -> Given:
        cls = SUBJECTS[kind]
        plan = written if cls is Plan else written.get("plan", Mapping(mark))
        if not isinstance(plan, Mapping):
            raise self.text.error(written.marks["plan"], "'plan' needs a mapping of fields of the plan")
        self._read_fiscal_year(plan)
        named = {}
        if cls is not Plan:
            named[cls] = self._entity(cls, attrs.evolve(written, values=_without(written.values, "plan")))
        named[Plan] = self._entity(Plan, plan)
        for of, reference, place in self.named:
            if reference not in self.found[of]:
                hint = did_you_mean(reference, self.found[of]) if self.found[of] else "write a mapping of its fields"
                raise self.text.error(place, f"no {noun(KINDS[of])} {reference!r:.60} is given", hint)
        objects: Any = {plural: MappingProxyType(self.found[of]) for of, plural in PLURALS.items()}
        opened = self.found[Plan.KIND][named[Plan]]
        state = State(plan_id=opened.id, as_at=self.as_at, known=_POSITION, plan=opened, **objects)
        return Given(kind, named[cls], state)

    def _read_fiscal_year(self, plan: Mapping) -> None:
        """Comes first: it says how dates are read."""
        start = plan.get("fiscal_year_start", 4)
        if isinstance(start, bool) or not isinstance(start, int) or not 1 <= start <= 12:
            mark = plan.marks["fiscal_year_start"]
            raise self.text.error(mark, "fiscal_year_start of the plan is a month from 1 to 12")
        self.fiscal_year_start = start

    # --- objects

    def _entity(
        self,
        cls: type[Entity],
        written: Mapping,
        *,
        listed_by: tuple[str, str] | None = None,
        referred_by: tuple[str, str] | None = None,
    ) -> str:
        """Make an object and everything in it.

        :param listed_by: the field that refers back to the object in whose list it stands, and its value.
        :param referred_by: kind and id of the object that refers to it.
        :returns: its id.
        """
        name = self._name(cls, written)
        self.found[cls.KIND][name] = None  # its place in the order
        values: dict[str, Any] = {"id": name, **dict([listed_by] if listed_by else [])}
        for key in written.values:
            if key != "id":
                self._set(cls, name, key, written, values)
        if cls is Plan:
            values = {**self._usual(), **values}
        if cls is Target and "comparator" in values:
            self._check_target(values, written)
        self._complete(cls, written, values, referred_by)
        made: Any = cls
        self.found[cls.KIND][name] = made(**values, set_by=(_POSITION,) * len(data_fields(cls)))
        return name

    def _name(self, cls: type[Entity], written: Mapping) -> str:
        found = self.found[cls.KIND]
        if "id" not in written:
            usual = PLAN_ID if cls is Plan else cls.KIND
            free = (f"{usual}-{number}" if number > 1 else usual for number in range(1, len(found) + 2))
            return next(name for name in free if name not in found)
        name: str = self._value(cls, "id", written)
        if name in found:
            raise self.text.error(written.marks["id"], f"the {noun(cls)} {name!r:.60} is given twice")
        return name

    def _set(self, cls: type[Entity], name: str, key: str, written: Mapping, values: dict[str, Any]) -> None:
        """One key of an object: a list of others, a reference, or a value."""
        types = self._types(cls, key, written)
        marker = references_of(cast(Any, cls)).get(key)
        if isinstance(marker, AnyRef):
            hint = f"give one of {', '.join(any_ref_field(key, kind) for kind in marker.kinds)}"
            raise self.text.error(written.keys[key], f"{key!r} is not given by itself", hint, len(key))
        stored = stored_field(cast(Any, cls), key)
        if stored is None or (cls is Plan and key in PLURALS.values()):
            self._listed(cls, name, key, written)
            return
        if stored in values:
            said = f"{key} of the {noun(cls)} is set already"
            hint = "by the list in which it stands, or by another of its fields"
            raise self.text.error(written.keys[key], said, hint, len(key))
        if isinstance(marker, Ref):
            values[key] = self._reference(cls, name, key, marker.kind, written)
        elif stored != key:
            kind = SUBJECTS[types[key].name].KIND
            values[stored] = f"{kind}:{self._reference(cls, name, key, kind, written)}"
        elif (of := types[key].of) is not None and of.name in VALUES:
            values[key] = self._parts(cls, key, VALUES[of.name], written)
        else:
            values[key] = self._value(cls, key, written)

    def _listed(self, cls: type[Entity], name: str, key: str, written: Mapping) -> None:
        """The objects of a list; each refers back to the one that lists it."""
        if cls is Plan:
            kind, back = next(of for of, plural in PLURALS.items() if plural == key), None
        else:
            kind, field = cls.INVERSES[key].kind, cls.INVERSES[key].field
            typed = isinstance(references_of(cast(Any, KINDS[kind]))[field], AnyRef)
            back = (field, f"{cls.KIND}:{name}" if typed else name)
        for item in self._mappings(cls, key, written):
            self._entity(KINDS[kind], item, listed_by=back)

    def _reference(self, cls: type[Entity], name: str, key: str, kind: str, written: Mapping) -> str:
        value, mark = written[key], written.marks[key]
        if isinstance(value, Mapping):
            return self._entity(KINDS[kind], value, referred_by=(cls.KIND, name))
        if not isinstance(value, str):
            hint = "or the id of one that is given elsewhere; leave it out where there is none"
            raise self.text.error(mark, f"{key} of the {noun(cls)} needs a mapping of its fields", hint)
        self.named.append((kind, value, mark))
        return value

    def _parts(self, cls: type[Entity], key: str, of: Any, written: Mapping) -> tuple[Any, ...]:
        """Values inside an object, such as observations: these in the order of their periods, as in every state."""
        made = []
        for item in self._mappings(cls, key, written):
            values = {}
            for name in item.values:
                self._types(of, name, item)
                values[name] = self._value(of, name, item)
            self._complete(of, item, values, None)
            try:
                made.append(of(**values, **({"position": _POSITION} if of is Observation else {})))
            except EventError as problem:
                raise self.text.error(item.mark, str(problem)) from None
            if of is Observation and "period" in item and made[-1].period in [other.period for other in made[:-1]]:
                raise self.text.error(item.marks["period"], f"a second observation for {made[-1].period}")
        in_time = of is Observation and all("period" in item for item in written[key])
        return tuple(sorted(made, key=lambda part: (part.period.end, part.period.start)) if in_time else made)

    # --- fields

    def _types(self, cls: type, key: str, written: Mapping) -> dict[str, Type]:
        types = fields_of(cls.__name__)
        if key not in types:
            said = f"{cls.__name__} has no field {key!r:.60}"
            raise self.text.error(written.keys[key], said, did_you_mean(key, types), len(key))
        return types

    def _value(self, cls: type, key: str, written: Mapping) -> Any:
        field = Field(cls, key, fields_of(cls.__name__)[key])
        return field.read(written[key], written.marks[key], self.text, self.fiscal_year_start)

    def _mappings(self, cls: type, key: str, written: Mapping) -> list[Mapping]:
        given = written[key]
        listed = isinstance(given, Sequence)
        for item, mark in zip(given.items, given.marks, strict=True) if listed else [(given, written.marks[key])]:
            if not listed or not isinstance(item, Mapping):
                said = f"{key} of the {noun(cls)} needs a list of mappings"
                raise self.text.error(mark, said, f"write {key}: [{{...}}]")
        return list(given)

    def _complete(
        self, cls: type, written: Mapping, values: dict[str, Any], referred_by: tuple[str, str] | None
    ) -> None:
        """What is not given: empty where that may be; an error where the rule reads it; else no matter what."""
        types, references = fields_of(cls.__name__), references_of(cast(Any, cls))
        for f in data_fields(cls):
            if f.name in values:
                continue
            kind = types[f.name]
            if kind.of is not None:
                values[f.name] = ()
            elif kind.optional:
                values[f.name] = None
            elif referred_by is not None and references.get(f.name) == Ref(referred_by[0]):
                values[f.name] = referred_by[1]
            elif f.name == "title":
                values[f.name] = values["id"]
            elif f"{cls.__name__}.{f.name}" in self.reads:
                said = f"the rule reads {f.name} of the {noun(cls)}, and the test does not give it"
                raise self.text.error(written.mark, said, f"write {f.name}: ...")
            elif cls in (Attribute, Attachment):
                raise self.text.error(written.mark, f"{f.name} of the {noun(cls)} is missing")
            else:
                values[f.name] = self._unread(kind)

    def _unread(self, kind: Type) -> Any:
        return {BOOL: False, NUMBER: 0, PERIOD: Period.day(self.as_at), DAY: self.as_at}.get(kind, "(not given)")

    def _usual(self) -> dict[str, Any]:
        """The settings of a plan that is opened for a test."""
        opened = opening(self.as_at)
        return {f.name: getattr(opened, f.name) for f in event_fields(PlanOpened)}

    def _check_target(self, values: dict[str, Any], written: Mapping) -> None:
        band = values["comparator"] == "band"
        stated = [name for name in ("value", "lower", "upper") if values.get(name) is not None]
        if stated != (["lower", "upper"] if band else ["value"]):
            said = "lower and upper, and no value" if band else "a value, and neither lower nor upper"
            raise self.text.error(written.mark, f"a target with the comparator {values['comparator']} needs {said}")


def opening(as_at: date) -> PlanOpened:
    """The plan that is opened for a test which opens none."""
    return PlanOpened(title="Test plan", organisation="Test", period=Period.fiscal_year(as_at.year))


def _without(values: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != key}
