"""What the subjects of a plan are called where history speaks of them."""

from __future__ import annotations

from plantrack.rules import Subject
from plantrack.rules.language.wording import subject_words
from plantrack.state import Alignment, Approval, Benchmark, Entity, Forecast, Report, Responsibility, State, Target


def subject_of(reference: str, *states: State) -> Subject:
    """A subject (``kind:id``) by the title that it has in the last of the states in which there is one."""
    kind, _, name = reference.partition(":")
    for state in reversed(states):
        entity = state.subject(kind, name)
        if entity is not None:
            return Subject(kind, name, title_of(state, entity))
    return Subject(kind, name, name)


def title_of(state: State, entity: Entity) -> str:
    """The title of an object, or of what it is about where it has none of its own."""

    def called(kind: str, name: str) -> str:
        found = state.subject(kind, name)
        return name if found is None else title_of(state, found)

    match entity:
        case Target() | Forecast():
            return called("measure", entity.measure)
        case Benchmark():
            return f"{called('measure', entity.measure)}: {entity.peer}"
        case Alignment():
            return f"{called('initiative', entity.initiative)}: {entity.code}"
        case Responsibility():
            return f"{called('body', entity.body)}, {entity.role} of {called(*entity.subject.split(':', 1))}"
        case Report():
            return called(*entity.about.split(":", 1))
        case Approval():
            return f"{called(*entity.about.split(':', 1))}, by {called('body', entity.by)}"
        case _:
            return subject_words(entity)
