"""What belongs to what: the initiatives, open risks, mitigations and fall-backs of a subject, the decision on it.

Each question is asked once and answered twice: what was found, and the fields by which it was found. The events that
set those are what a finding rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from plantrack.errors import RuleEvaluationError
from plantrack.rules.language.graph import linked_by, needed_by, reached

Links = Iterator[tuple[Any, list[tuple[Any, str]]]]
"""What was found, each with the (object, field) that lead to it."""

IN_PLACE = ("won", "in-force", "ended")


def unmet(dependency: Any) -> bool:
    """Whether what is needed is not in place: the initiative complete, the milestone reached, the thing won.

    :raises RuleEvaluationError: the dependency is stated only in words, so nobody can say.
    """
    if dependency.on_initiative is not None:
        return bool(dependency.on_initiative.status != "completed")
    if dependency.on_milestone is not None:
        return bool(dependency.on_milestone.status != "reached")
    if dependency.on_external is not None:
        return dependency.on_external.status not in IN_PLACE
    raise RuleEvaluationError(
        f"dependency {dependency.id!r} is stated only in words, or on a measure; test `on_initiative`,"
        " `on_milestone` or `on_external` before unmet()"
    )


def initiatives_of(subject: Any) -> list[Any]:
    """The initiatives of a subject, each once, in order of first appearance.

    Of an initiative itself and those below it; of a goal those of it, of the goals below it, and aligned to one of
    these; of a body those for which it answers; of an external thing those that rest on it, directly or through others;
    of anything else the one that it belongs to.
    """
    return list(dict.fromkeys(found for found, _ in _INITIATIVES[subject.entity.KIND](subject)))


def initiatives_set_by(answer: Iterable[Any], subject: Any) -> list[int]:
    """What :func:`initiatives_of` rests on."""
    steps = _positions(_INITIATIVES[subject.entity.KIND](subject))
    return [*steps, *linked_by(answer)] if subject.entity.KIND == "external" else steps


def _below(initiative: Any) -> Links:
    yield initiative, []
    for child in _tree(initiative, "initiatives")[1:]:
        yield child, [(child, "parent")]


def _of_goal(goal: Any) -> Links:
    for node in _tree(goal, "goals"):
        step = [] if node is goal else [(node, "parent")]
        for initiative in node.initiatives:
            yield initiative, [*step, (initiative, "goal")]
        for alignment in node.alignments:
            if alignment.strength != "not-applicable":
                yield alignment.initiative, [*step, (alignment, "strength")]


def _tree(root: Any, children: str) -> list[Any]:
    found, at = {root.id: root}, 0
    nodes = [root]
    while at < len(nodes):
        fresh = [child for child in getattr(nodes[at], children) if child.id not in found]
        found |= {child.id: child for child in fresh}
        nodes += fresh
        at += 1
    return nodes


def _of_body(body: Any) -> Links:
    for responsibility in body.responsibilities:
        if responsibility.ended is None and responsibility.subject_initiative is not None:
            yield responsibility.subject_initiative, [(responsibility, "ended")]


def _on_external(external: Any) -> Links:
    direct: dict[Any, Any] = {}
    for dependency in external.dependants:
        if not dependency.withdrawn:
            direct.setdefault(dependency.initiative, dependency)
    for initiative in reached(direct, needed_by):
        yield initiative, [(direct[initiative], "id")] if initiative in direct else []


def _own(subject: Any) -> Links:
    if subject.initiative is not None:
        yield subject.initiative, [(subject, "initiative")]


def _about(*kinds: str) -> Callable[[Any], Links]:
    def links(subject: Any) -> Links:
        if subject.about_initiative is not None:
            yield subject.about_initiative, [(subject, "about")]
        for kind in kinds:
            if (about := getattr(subject, f"about_{kind}")) is not None:
                for initiative, steps in _INITIATIVES[kind](about):
                    yield initiative, [(subject, "about"), *steps]

    return links


_INITIATIVES: dict[str, Callable[[Any], Links]] = {
    "initiative": _below,
    "goal": _of_goal,
    "body": _of_body,
    "external": _on_external,
    "measure": _own,
    "milestone": _own,
    "saving": _own,
    "funding": _own,
    "dependency": _own,
    "risk": _about("milestone", "measure", "saving"),
    "commitment": _about("milestone", "measure", "risk"),
}


def risks_of(subject: Any) -> list[Any]:
    """The open risks about a subject; for an initiative also about its milestones, measures and savings."""
    return [risk for risk, _ in _risks(subject)]


def risks_set_by(_answer: Any, subject: Any) -> list[int]:
    """What :func:`risks_of` rests on."""
    return _positions(_risks(subject))


def _risks(subject: Any) -> Links:
    for risk in subject.risks:
        if risk.status == "open":
            yield risk, [(risk, "about"), (risk, "status")]
    if subject.entity.KIND == "initiative":
        for part in (*subject.milestones, *subject.measures, *subject.savings):
            for risk, steps in _risks(part):
                yield risk, [(part, "initiative"), *steps]


def measures_of(report: Any) -> list[Any]:
    """The measures by which a report can be held to its words: the one it is about, or those of its initiative."""
    return [measure for measure, _ in _measures(report)]


def measures_set_by(_answer: Any, report: Any) -> list[int]:
    """What :func:`measures_of` rests on."""
    return _positions(_measures(report))


def _measures(report: Any) -> Links:
    if report.about_measure is not None:
        yield report.about_measure, [(report, "about")]
    if report.about_initiative is not None:
        for measure in report.about_initiative.measures:
            yield measure, [(report, "about"), (measure, "initiative")]


def mitigations_of(risk: Any) -> list[Any]:
    """The commitments to mitigate a risk that were not withdrawn."""
    return [commitment for commitment, _ in _mitigations(risk)]


def mitigations_set_by(_answer: Any, risk: Any) -> list[int]:
    """What :func:`mitigations_of` rests on."""
    return _positions(_mitigations(risk))


def _mitigations(risk: Any) -> Links:
    for commitment in risk.commitments:
        if commitment.kind == "mitigation" and commitment.status != "withdrawn":
            yield commitment, [(commitment, "about"), (commitment, "status")]


def fallback_of(subject: Any) -> Any:
    """What will be done if an external thing, or the one on which a dependency rests, does not come.

    One that is being carried out before one that is only declared; ``None`` where there is none.
    """
    return next((found for found, _ in _fallbacks(subject)), None)


def fallback_set_by(_answer: Any, subject: Any) -> list[int]:
    """What :func:`fallback_of` rests on."""
    return _positions(islice(_fallbacks(subject), 1))


def _fallbacks(subject: Any) -> Links:
    external = subject
    step: list[tuple[Any, str]] = []
    if subject.entity.KIND == "dependency":
        external, step = subject.on_external, [(subject, "on")]
    if external is not None:
        for fallback in sorted(external.fallbacks, key=lambda f: f.activated is None):
            yield fallback, [*step, (fallback, "external"), (fallback, "activated")]


def decision_on(subject: Any) -> Any:
    """The latest decision on a recommendation about a subject, or on the recommendation itself; ``None`` for none."""
    latest = max(_decisions(subject), key=_when_taken, default=None)
    return None if latest is None else latest[0]


def decision_set_by(_answer: Any, subject: Any) -> list[int]:
    """What :func:`decision_on` rests on."""
    latest = max(_decisions(subject), key=_when_taken, default=None)
    return [] if latest is None else _positions([latest])


def _decisions(subject: Any) -> Links:
    if subject.entity.KIND == "recommendation":
        for decision in subject.decisions:
            yield decision, [(decision, "recommendation")]
        return
    for recommendation in subject.recommendations:
        for decision, steps in _decisions(recommendation):
            yield decision, [(recommendation, "about"), *steps]


def matches(linked: Any, waiver: Any) -> bool:
    """Whether the rules have found what a waiver waives."""
    return waiver.finding in linked.found


def _when_taken(link: tuple[Any, Any]) -> tuple[Any, int]:
    decision = link[0]
    return decision.taken.end, decision.entity.opened_by


def _positions(links: Iterable[tuple[Any, list[tuple[Any, str]]]]) -> list[int]:
    return [owner.entity.origin(field) for _, steps in links for owner, field in steps]
