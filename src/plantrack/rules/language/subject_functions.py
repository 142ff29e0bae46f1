"""The built-in functions that ask about subjects: what hangs together, and what happened to it.

Part of the published schema ``plantrack-rules: 1``, as ``functions``, which puts them under its headings.
"""

from __future__ import annotations

from plantrack.rules.language import graph, history, processes, relations
from plantrack.rules.language.routes import EVENTS
from plantrack.rules.language.schema import BOOL, DAY, NUMBER, PERIOD, SUBJECTS, TEXT, Type, list_of
from plantrack.rules.language.signatures import ANY_SUBJECT, Function, routes, takes, takes_kinds

_INITIATIVE, _INITIATIVES = Type("Initiative"), list_of(Type("Initiative"))
_UP, _DOWN = "Initiative.(dependencies.on_initiative)*", "Initiative.(dependants.initiative)*"
_HAS_RISKS = ("Initiative", "Milestone", "Measure", "Goal", "Saving", "External")
_IS_DECIDED = ("Document", "Initiative", "Measure", "Goal")
_OWNED = ("Measure", "Milestone", "Saving", "Funding", "Dependency")
_RISK_WAYS = ("about_initiative", *(f"about_{kind}.initiative" for kind in ("milestone", "measure", "saving")))
_COMMITMENT_WAYS = (
    "about_initiative", "about_milestone.initiative", "about_measure.initiative",
    *(f"about_risk.{way}" for way in _RISK_WAYS),
)  # fmt: skip
_MEASURE_WAYS = routes("Report", "about_measure", "about_initiative.measures")
_WAYS_TO_INITIATIVES = (
    *routes("Initiative", "(initiatives)*.initiatives"),
    *routes("Goal", "(goals)*.initiatives", "(goals)*.alignments.initiative"),
    *routes("Body", "responsibilities.subject_initiative"),
    *routes(
        "External", "dependants.initiative", "dependants.initiative.(dependants.initiative)*.dependants.initiative"
    ),
    *routes(_OWNED, "initiative"),
    *routes("Risk", *_RISK_WAYS),
    *routes("Commitment", *_COMMITMENT_WAYS),
)
_MEASURE = Type("Measure")
_SERIES = (
    "Plan.fiscal_year_start",
    *routes("Measure", "kind", "direction", "target", "redefined", "observations.period", "observations.value"),
    *routes("Measure.targets", "comparator", "value", "lower", "upper", "period", "due", "agreed"),
)

GRAPH = {
    "upstream": Function(
        "upstream(initiative)",
        "every initiative it needs, directly or not",
        takes(_INITIATIVE, result=_INITIATIVES),
        graph.upstream,
        footprint=(f"{_UP}.dependencies.withdrawn",),
        returns=(_UP,),
        evidence=graph.linked_by,
    ),
    "downstream": Function(
        "downstream(initiative)",
        "every initiative that needs it, directly or not",
        takes(_INITIATIVE, result=_INITIATIVES),
        graph.downstream,
        footprint=(f"{_DOWN}.dependants.withdrawn",),
        returns=(_DOWN,),
        evidence=graph.linked_by,
    ),
    "unmet": Function(
        "unmet(dependency)",
        "whether what it needs is not in place",
        takes(Type("Dependency"), result=BOOL),
        relations.unmet,
        footprint=routes("Dependency", "on_initiative.status", "on_milestone.status", "on_external.status"),
    ),
    "path_to": Function(
        "path_to(initiative, other)",
        "the shortest way along dependencies from the first to the other, with both; empty where there is none",
        takes(_INITIATIVE, _INITIATIVE, result=_INITIATIVES),
        graph.path_to,
        footprint=(f"{_UP}.dependencies.withdrawn",),
        returns=(_UP,),
        evidence=graph.walked,
    ),
    "cycles": Function(
        "cycles(initiative)",
        "loops of dependencies, each told once, by the member whose id comes first",
        takes(_INITIATIVE, result=list_of(Type("Cycle"))),
        graph.cycles,
        of_check=True,
        footprint=(f"{_UP}.dependencies.withdrawn", f"{_UP}.title"),
        evidence=graph.looped,
    ),
    "initiatives_of": Function(
        "initiatives_of(subject)",
        "its initiatives: those of a goal or below it, below an initiative, for which a body answers, that rest on"
        " an external thing, or the one to which anything else belongs",
        takes_kinds(
            dict.fromkeys(("Initiative", "Goal", "Body", "External", *_OWNED, "Risk", "Commitment"), _INITIATIVES)
        ),
        relations.initiatives_of,
        footprint=(
            *_WAYS_TO_INITIATIVES,
            "Goal.(goals)*.alignments.strength",
            "Body.responsibilities.ended",
            "External.dependants.withdrawn",
            "External.dependants.initiative.(dependants.initiative)*.dependants.withdrawn",
        ),
        returns=("Initiative.(initiatives)*", *_WAYS_TO_INITIATIVES[1:]),
        evidence=relations.initiatives_set_by,
    ),
    "risks_of": Function(
        "risks_of(subject)",
        "the open risks about it; for an initiative also about its milestones, measures and savings",
        takes_kinds(dict.fromkeys(_HAS_RISKS, list_of(Type("Risk")))),
        relations.risks_of,
        footprint=routes(_HAS_RISKS, "risks.status")
        + routes("Initiative", "milestones.risks.status", "measures.risks.status", "savings.risks.status"),
        returns=routes(_HAS_RISKS, "risks")
        + routes("Initiative", "milestones.risks", "measures.risks", "savings.risks"),
        evidence=relations.risks_set_by,
    ),
    "measures_of": Function(
        "measures_of(report)",
        "the measure that a report is about, or those of the initiative that it is about",
        takes(Type("Report"), result=list_of(Type("Measure"))),
        relations.measures_of,
        footprint=_MEASURE_WAYS,
        returns=_MEASURE_WAYS,
        evidence=relations.measures_set_by,
    ),
    "mitigations_of": Function(
        "mitigations_of(risk)",
        "the commitments of kind mitigation about it that were not withdrawn",
        takes(Type("Risk"), result=list_of(Type("Commitment"))),
        relations.mitigations_of,
        footprint=routes("Risk", "commitments.kind", "commitments.status"),
        returns=("Risk.commitments",),
        evidence=relations.mitigations_set_by,
    ),
    "fallback_of": Function(
        "fallback_of(external)",
        "what will be done if it does not come, one that is carried out first; also of a dependency",
        takes_kinds(dict.fromkeys(("External", "Dependency"), Type("Fallback", True))),
        relations.fallback_of,
        footprint=("External.fallbacks.activated", "Dependency.on_external.fallbacks.activated"),
        returns=("External.fallbacks", "Dependency.on_external.fallbacks"),
        evidence=relations.fallback_set_by,
        empty="there is no fall-back",
    ),
}

HISTORY = {
    "baseline": Function(
        "baseline(subject)",
        "the first date that was ever set for a milestone or commitment; the first value of a target",
        takes_kinds({"Milestone": PERIOD.maybe, "Commitment": PERIOD.maybe, "Target": NUMBER.maybe}),
        history.baseline,
        of_check=True,
        footprint=("Milestone.first_due", "Commitment.first_due", f"Target.{EVENTS}"),
        evidence=history.baseline_set_by,
        empty="none was ever set",
    ),
    "rebaseline_count": Function(
        "rebaseline_count(subject)",
        "how often another date was set for a milestone or commitment after the first, or other values for a target",
        takes_kinds(dict.fromkeys(("Milestone", "Commitment", "Target"), NUMBER)),
        history.rebaseline_count,
        of_check=True,
        footprint=routes(("Milestone", "Commitment", "Target"), EVENTS),
        evidence=history.rebaselined_by,
    ),
    "slipped_days": Function(
        "slipped_days(subject)",
        "days from the first date of a milestone or commitment to the one that holds, or on which it was reached or"
        " met; negative when that is earlier",
        takes_kinds(dict.fromkeys(("Milestone", "Commitment"), NUMBER.maybe)),
        history.slipped_days,
        footprint=routes("Milestone", "first_due", "status", "due", "reached")
        + routes("Commitment", "first_due", "status", "due", "met"),
        evidence=history.slipped_by,
        empty="there is no first date, or none that holds now",
    ),
    "changed_within": Function(
        "changed_within(subject, days)",
        "whether anything about it became true in the last so many days",
        takes(ANY_SUBJECT, NUMBER, result=BOOL),
        history.changed_within,
        of_check=True,
        footprint=routes(SUBJECTS, EVENTS),
        evidence=history.last_of,
    ),
    "last_event": Function(
        "last_event(subject)",
        "the last day on which anything about it became true",
        takes(ANY_SUBJECT, result=DAY),
        history.last_event,
        of_check=True,
        footprint=routes(SUBJECTS, EVENTS),
        evidence=history.last_of,
    ),
    "decision_on": Function(
        "decision_on(subject)",
        "the latest decision on a recommendation about it, or on the recommendation itself",
        takes_kinds(dict.fromkeys((*_IS_DECIDED, "Recommendation"), Type("Decision", True))),
        relations.decision_on,
        footprint=(*routes(_IS_DECIDED, "recommendations.decisions.taken"), "Recommendation.decisions.taken"),
        returns=(*routes(_IS_DECIDED, "recommendations.decisions"), "Recommendation.decisions"),
        evidence=relations.decision_set_by,
        empty="no decision was taken",
    ),
    "matches": Function(
        "matches(waiver)",
        "whether this check found what it waives; rules for Waiver run after all others",
        takes(Type("Waiver"), result=BOOL),
        relations.matches,
        of_check=True,
        footprint=("Waiver.finding",),
    ),
}

PROCESSES = {
    "variation": Function(
        "variation(measure)",
        "what its last figure is by the control chart: improvement, concern, common cause, and neutral high or neutral"
        " low where no direction is better",
        takes(_MEASURE, result=Type(TEXT.name, True, words=tuple(processes.VARIATIONS.values()))),
        processes.variation,
        of_check=True,
        footprint=_SERIES,
        evidence=processes.charted,
        empty="there are fewer than 13 figures since it was defined as it is",
    ),
    "assurance": Function(
        "assurance(measure)",
        "whether it will meet the target in force if nothing changes: pass, fail, or hit or miss",
        takes(_MEASURE, result=Type(TEXT.name, True, words=tuple(processes.ASSURANCES.values()))),
        processes.assurance,
        of_check=True,
        footprint=_SERIES,
        evidence=processes.judged,
        empty="there is no target to chart, or there are fewer than 13 figures since it was defined as it is",
    ),
    "forecast": Function(
        "forecast(measure)",
        "whether the target in force will be missed: likely missed, likely met, or cannot say",
        takes(_MEASURE, result=Type(TEXT.name, words=tuple(processes.FORECASTS.values()))),
        processes.forecast,
        of_check=True,
        footprint=(*_SERIES, *routes("Measure.benchmarks", "kind", "period", "value")),
        evidence=processes.foreseen,
    ),
    "run_needed": Function(
        "run_needed(measure)",
        "what each period that is left must add so that a running total meets its target",
        takes(_MEASURE, result=NUMBER.maybe),
        processes.run_needed,
        of_check=True,
        footprint=_SERIES,
        evidence=processes.reckoned,
        empty="it is no running total on its way to a target, or no period is left",
    ),
}
