"""Root causes: findings that follow from one thing stand together, with what the cause reaches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantrack import CheckResult
from plantrack.errors import RuleSourceError
from plantrack.events import (
    DependencyDeclared,
    Event,
    ExternalRegistered,
    FindingWaived,
    InitiativeProposed,
)
from tests.stories import pack, told
from tests.strategies import examples

NEEDS = """
- id: dep.unmet
  title: Dependency not met
  for: Dependency
  where: on_external is not None or on_initiative is not None or on_milestone is not None
  severity: medium
  when: unmet(dependency)
  cause: [on_external, on_milestone, on_initiative]
  affects: initiative
  message: "{initiative.title} needs {title}"
"""
UNCERTAIN = """
- id: dep.uncertain
  title: Not certain
  for: External
  severity: low
  when: status == 'pending'
  message: "{title} is pending"
"""
NO_MEASURE = """
- id: kpi.none
  title: No measure
  for: Initiative
  severity: medium
  when: len(measures) == 0
  cause: plan
  message: "{title} has no measure"
"""
CHAIN = """
- recorded: 2018-01-02
  events:
    - ExternalRegistered: {external: bid, title: The bid}
    - InitiativeProposed: {initiative: centres, title: Centres}
    - InitiativeProposed: {initiative: transport, title: Transport}
    - InitiativeProposed: {initiative: outreach, title: Outreach}
    - InitiativeProposed: {initiative: alone, title: Alone}
    - DependencyDeclared: {dependency: d1, initiative: centres, title: The bid, on: external:bid}
    - DependencyDeclared: {dependency: d2, initiative: transport, title: Centres, on: initiative:centres}
    - DependencyDeclared: {dependency: d3, initiative: outreach, title: Transport, on: initiative:transport}
"""

Told = list[tuple[str, str, list[str], list[str]]]


def groups(result: CheckResult) -> Told:
    """Each group in words: what it follows from, the finding that speaks for it, the others, what it reaches."""
    said = {f.fingerprint: f.message for f in result}
    return [
        (str(g.cause), said[g.head], [said[m] for m in g.members], [reached.title for reached in g.radius])
        for g in result.groups
    ]


def of(story: str, *rules: str) -> CheckResult:
    with told(CHAIN) as plan:
        plan.goes_on(story)
        return plan.plan.check(packs=[pack(*rules)])


def entry(*events: str) -> str:
    return "- recorded: 2018-02-01\n  events:\n" + "".join(f"    - {event}\n" for event in events)


def test_chain_leads_to_its_root() -> None:
    """Outreach waits for transport, which waits for centres, which wait for a bid: one entry, about the bid."""
    result = of("", NEEDS)

    assert groups(result) == [
        (
            "external:bid",
            "Centres needs The bid",
            ["Transport needs Centres", "Outreach needs Transport"],
            ["Centres", "Transport", "Outreach"],
        )
    ]
    (group,) = result.groups
    assert [f.group for f in result] == [None, group.head, group.head]


def test_finding_about_the_cause_speaks_for_it() -> None:
    """However little serious it is; what it is about is in the entry once."""
    assert groups(of("", NEEDS, UNCERTAIN)) == [
        (
            "external:bid",
            "The bid is pending",
            ["Centres needs The bid", "Transport needs Centres", "Outreach needs Transport"],
            ["Centres", "Transport", "Outreach"],
        )
    ]


def test_cause_that_is_an_initiative_is_not_in_its_own_radius() -> None:
    """The chain ends at work that nothing holds up; who waits for it only in part is reached as well."""
    result = of(
        entry(
            "ExternalStatusReported: {external: bid, status: won}",
            "InitiativeProposed: {initiative: later, title: Later}",
            "DependencyDeclared: {dependency: d4, initiative: later, title: Outreach, on: initiative:outreach}",
            "DependencyWithdrawn: {dependency: d4}",
            "DependencyDeclared: {dependency: d5, initiative: alone, title: Words on transport}",
        ),
        NEEDS.replace("unmet(dependency)", "not withdrawn and unmet(dependency)"),
    )

    assert groups(result) == [
        (
            "initiative:centres",
            "Transport needs Centres",
            ["Outreach needs Transport"],
            ["Transport", "Outreach"],
        )
    ]


def test_first_cause_that_is_not_empty_counts() -> None:
    """A list of causes: the milestone where there is no external thing."""
    result = of(
        entry(
            "MilestoneSet: {milestone: go, title: Go-ahead}",
            "DependencyDeclared: {dependency: d4, initiative: alone, title: Go-ahead, on: milestone:go}",
            "DependencyDeclared: {dependency: d5, initiative: outreach, title: Go-ahead, on: milestone:go}",
        ),
        NEEDS,
    )

    assert [(cause, head) for cause, head, _, _ in groups(result)] == [
        ("external:bid", "Centres needs The bid"),
        ("milestone:go", "Alone needs Go-ahead"),
    ]


def test_what_the_whole_plan_lacks_is_one_entry_a_rule() -> None:
    """Two rules blame the plan: they do not share an entry, and one finding alone is none."""
    blank = NO_MEASURE.replace("kpi.none", "dep.blank").replace("measures", "dependencies").replace("measure", "needs")
    result = of("", NO_MEASURE, blank)

    assert [f.message for f in result if f.rule == "dep.blank"] == ["Alone has no needs"]
    assert groups(result) == [
        (
            "plan:board",
            "Alone has no measure",
            ["Centres has no measure", "Outreach has no measure", "Transport has no measure"],
            ["Alone", "Centres", "Outreach", "Transport"],
        )
    ]


@pytest.mark.parametrize("on", ["transport", "outreach", "centres"], ids=["of two", "of three", "of one"])
def test_circle_is_one_entry(on: str) -> None:
    """Each waits for the other, so that there is no root: the member whose id comes first stands for all."""
    needs = f"DependencyDeclared: {{dependency: d0, initiative: centres, title: Another, on: initiative:{on}}}"
    result = of(entry("ExternalStatusReported: {external: bid, status: won}", needs), NEEDS)

    assert groups(result) == [
        (
            "initiative:centres",
            "Centres needs Another",
            ["Transport needs Centres", "Outreach needs Transport"],
            ["Transport", "Outreach"],
        )
    ]


def test_way_out_of_a_circle_is_the_root() -> None:
    """Centres and transport wait for each other, and centres for the bid besides: all of it follows from the bid."""
    needs = "DependencyDeclared: {dependency: d0, initiative: centres, title: Transport, on: initiative:transport}"
    ((cause, head, members, _),) = groups(of(entry(needs), NEEDS))

    assert (cause, head, len(members)) == ("external:bid", "Centres needs Transport", 3)


def test_what_is_waived_is_left_out() -> None:
    """It does not speak for others, nor is it one of them; with one left, there is no entry."""
    with told(CHAIN) as story:
        plan, packs = story.plan, [pack(NEEDS, UNCERTAIN)]
        found = {f.message: f for f in plan.check(packs=packs)}

        def waive(*messages: str) -> Told:
            for message in messages:
                plan.waive(found[message], reason="r", requester="pmo", approver="chair", until="2018-03-31")
            return groups(plan.check(packs=packs))

        assert waive("The bid is pending") == [
            (
                "external:bid",
                "Centres needs The bid",
                ["Transport needs Centres", "Outreach needs Transport"],
                ["Centres", "Transport", "Outreach"],
            )
        ]
        assert waive("Centres needs The bid") == [  # what explained transport's is out, so the chain ends before
            ("initiative:centres", "Transport needs Centres", ["Outreach needs Transport"], ["Transport", "Outreach"])
        ]
        assert waive("Outreach needs Transport") == []
        assert len(groups(plan.check(packs=packs, ignore_waivers=True))) == 1


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("cause: title", "11:12: rule kpi.none: 'cause' names a thing of the plan, this is text"),
        ("cause: [plan, 3]", "11:19: rule kpi.none: 'cause' names a thing of the plan, this is number"),
        ("affects: measures", "11:14: rule kpi.none: 'affects' names a thing of the plan, this is list of Measure"),
    ],
)
def test_cause_and_affects_name_things(key: str, message: str) -> None:
    """Neither words nor numbers nor lists; the place is that of the expression."""
    with pytest.raises(RuleSourceError) as wrong:
        pack(NO_MEASURE.replace("  cause: plan\n", f"  {key}\n"))

    assert str(wrong.value).splitlines()[0] == f"ours.yaml:{message}"


# --- laws ------------------------------------------------------------------------------------------------------------

THINGS = [*"abcde", "x", "y"]


def network(edges: Sequence[tuple[str, str]], order: Sequence[int]) -> list[Event]:
    """Initiatives that need each other, or one of two things outside."""
    events: list[Event] = [ExternalRegistered(external=name, title=name) for name in "xy"]
    events += [InitiativeProposed(initiative=name, title=name) for name in "abcde"]
    declared = [
        DependencyDeclared(
            dependency=f"{who}-{what}",
            initiative=who,
            title=what,
            on=f"{'external' if what in 'xy' else 'initiative'}:{what}",
        )
        for who, what in edges
    ]
    return [*events, *sorted(declared, key=lambda d: order[edges.index((d.initiative, d.title))])]


EDGES = st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(THINGS)), max_size=9, unique=True)


@examples(0.6)
@given(EDGES, st.permutations(range(9)), st.sets(st.integers(0, 8)))
def test_groups_are_a_partition(edges: list[tuple[str, str]], order: list[int], waived: set[int]) -> None:
    """Every finding is in one group at most, of two or more, that says so, whatever was declared first."""
    packs = [pack(NEEDS, UNCERTAIN)]
    seen = []
    for places in (range(9), order):
        with told() as story:
            plan = story.plan
            plan.record(*network(edges, places), effective="2017-04-01")
            fingerprints = sorted(f.fingerprint for f in plan.check(packs=packs))
            for n in [n for n in waived if n < len(fingerprints)]:
                plan.record(
                    FindingWaived(
                        waiver=f"w{n}", finding=fingerprints[n], reason="r", requester="pmo", approver="chair",
                        until=date(2018, 3, 31),
                    ),
                    effective="2017-04-01",
                )  # fmt: skip
            result = plan.check(packs=packs)
        seen.append({frozenset((g.head, *g.members)) for g in result.groups})
        found = {f.fingerprint: f for f in result}
        heads = {member: g.head for g in result.groups for member in (g.head, *g.members)}

        assert len(heads) == sum(1 + len(g.members) for g in result.groups)
        assert all(g.members for g in result.groups)
        assert all(found[member].waiver is None for member in heads)
        assert {name: f.group for name, f in found.items() if f.group} == {m: h for m, h in heads.items() if m != h}
        assert [g.head for g in result.groups] == [name for name in found if heads.get(name) == name]
    assert seen[0] == seen[1]
