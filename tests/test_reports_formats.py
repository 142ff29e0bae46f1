"""The check in its formats for programs and documents: JSON, Markdown, SARIF and JUnit, each as its standard says."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from markdown_it.token import Token
from xmlschema import XMLSchema

import plantrack
from plantrack import CheckResult, Finding, Pack
from plantrack.reports import check_json, check_junit, check_markdown, check_report, check_sarif, check_schema
from plantrack.reports.as_junit import FailOn
from plantrack.reports.as_markdown import escaped
from plantrack.rules import Subject, installed_packs
from tests.checked import Board, compared, finding, medway, pack

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def story() -> CheckResult:
    """A check with findings of every state, a waiver, a group and rules that cannot judge."""
    return compared()


@pytest.fixture(scope="module")
def boards() -> dict[str, CheckResult]:
    """The Medway example."""
    return medway()


@pytest.fixture(scope="module")
def every(story: CheckResult, boards: Mapping[str, CheckResult]) -> list[list[CheckResult]]:
    """Checks of nothing, of one plan and of several; one of a day before the plan was open."""
    early = Board().check(as_at="2001-01-01")
    return [[], [early], [story], *[[board] for board in boards.values()], [boards["2014"], story]]


def saying(result: CheckResult, text: str) -> CheckResult:
    """The check, with the text as whatever a plan, a pack or a person may say in it."""

    def subject(given: Subject) -> Subject:
        return attrs.evolve(given, title=text)

    def said(given: Finding) -> Finding:
        waiver = given.waiver and attrs.evolve(given.waiver, reason=text, requester=text, approver=text)
        return attrs.evolve(
            given,
            message=text,
            summary=text,
            rule_title=text,
            fix=text,
            state_reason=text,
            subject=subject(given.subject),
            waiver=waiver,
        )

    return attrs.evolve(
        result,
        title=text,
        since=text,
        packs=tuple(attrs.evolve(p, pack=text) for p in result.packs),
        findings=tuple(map(said, result.findings)),
        gone=tuple(map(said, result.gone)),
        not_evaluated=tuple(attrs.evolve(n, reason=text, subject=subject(n.subject)) for n in result.not_evaluated),
        groups=tuple(
            attrs.evolve(g, cause=subject(g.cause), radius=tuple(map(subject, g.radius))) for g in result.groups
        ),
    )


# --- JSON ------------------------------------------------------------------------------------------------------------


def closed(schema: Any) -> Any:
    """The schema, in which a key that is not described is an error."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inside = {key: closed(value) for key, value in schema.items()}
    return {**inside, "additionalProperties": False} if schema.get("type") == "object" else inside


def problems(schema: Any, value: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(schema).iter_errors(json.loads(json.dumps(value)))]


def test_json_is_as_its_schema_says(every: Sequence[Sequence[CheckResult]]) -> None:
    """Every check, and every key of it is described."""
    schema = check_schema()
    Draft202012Validator.check_schema(schema)

    for results in every:
        assert problems(closed(schema), check_json(results)) == []


def test_schema_explains_every_key() -> None:
    """No property without a sentence that ends like one."""

    def silent(schema: Any, path: str) -> Iterator[str]:
        for name, inside in schema.get("properties", {}).items():
            if not inside.get("description", "").endswith((".", "no data")):
                yield f"{path}.{name}"
            yield from silent(inside, f"{path}.{name}")
        for name, inside in schema.get("$defs", {}).items():
            yield from silent(inside, name)
        if "items" in schema:
            yield from silent(schema["items"], path)

    assert list(silent(check_schema(), "check")) == []


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("findings", 0, "fingerprint"), "F-1", "'F-1' does not match '^F-[0-9a-f]{12}$'"),
        (("findings", 0, "severity"), "urgent", "'urgent' is not one of ['critical', 'high', 'medium', 'low', 'info']"),
        (("findings", 0, "score"), 5, "5 is not of type 'string', 'null'"),
        (("findings", 0, "waiver"), {}, "{} is not valid under any of the given schemas"),
        (("findings", 0, "explanation", 0, "because", 0, "value"), None, "None is not of type 'string'"),
        (("plans", 0, "as_at"), "28 February 2018", r"'28 February 2018' does not match '^\\d{4}-\\d{2}-\\d{2}$'"),
        (("plans", 0, "known_at", "position"), -1, "-1 is less than the minimum of 0"),
        (("not_evaluated", 0, "outcome"), "ok", "'ok' is not one of ['indeterminate', 'error']"),
        (("summary",), {"high": 1}, "'critical' is a required property"),
    ],
)
def test_schema_refuses(story: CheckResult, path: Sequence[Any], value: object, problem: str) -> None:
    """What is of another form is named."""
    checked = json.loads(json.dumps(check_json([story])))
    place = checked
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    assert problem in problems(check_schema(), checked)


def test_json_of_states_waivers_and_groups(story: CheckResult) -> None:
    """The waived and the gone are among the findings, and the summary does not count them."""
    checked = check_json([story])
    by_subject = {f["subject"]["id"]: f for f in checked["findings"]}
    states = {
        name: by_subject[name]["state"] for name in ("ae", "cancer", "delays", "stroke", "dementia", "ambulances")
    }

    assert checked["summary"] == {"critical": 0, "high": 5, "medium": 5, "low": 0, "info": 5}
    assert len(checked["findings"]) == 15 + 1 + 2
    assert states == {
        "ae": "worsened",
        "cancer": "improved",
        "delays": "resolved",
        "stroke": "no data",
        "dementia": "persisting",
        "ambulances": "new",
    }
    assert by_subject["stroke"]["state_reason"] == "what counted then no longer does: #20"
    assert by_subject["bid"]["fix"] == "Ask when it will come."
    assert by_subject["diagnostics"]["waiver"] == {
        "id": "ward",
        "reason": "the new ward opens in May",
        "requester": "Director of Operations",
        "approver": "the Chair",
        "until": "2018-06-30",
    }
    (group,) = checked["groups"]
    assert group["plan"] == "board"
    assert group["cause"] == {"kind": "external", "id": "bid", "title": "STP funding"}
    assert {f["group"] for f in checked["findings"] if f["fingerprint"] in group["members"]} == {group["head"]}
    assert [subject["id"] for subject in group["radius"]] == ["i1", "i2", "i3", "i4", "i5"]
    assert checked["plans"][0]["since"] == "2018-01-31"


# --- Markdown --------------------------------------------------------------------------------------------------------

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def structure(tokens: Sequence[Token]) -> list[str]:
    """What a document consists of, whatever its words say: headings, lists, tables, code, emphasis."""
    kinds = []
    for token in tokens:
        kinds.append(f"{token.type} {token.tag}")
        kinds += structure([t for t in token.children or () if t.type != "text"])
    return kinds


def words(tokens: Sequence[Token], kind: str) -> list[str]:
    """The words of the headings, list items or table cells, whichever are asked for."""
    return [
        "".join(child.content for child in tokens[at + 1].children or ())
        for at, token in enumerate(tokens)
        if token.type == kind
    ]


def test_markdown_is_the_document_that_was_meant(story: CheckResult) -> None:
    """A title, coordinates, a table, a section a severity, then waived, gone and what was not judged."""
    tokens = MARKDOWN.parse(check_markdown([story]))

    assert words(tokens, "heading_open") == [
        "Operational plan", "High", "Info", "Waived", "No longer found", "Could not be judged",
    ]  # fmt: skip
    assert words(tokens, "th_open") == ["Severity", "Findings", "New", "Worse", "Better", "Waived"]
    cells = words(tokens, "td_open")
    assert [cells[at : at + 6] for at in range(0, len(cells), 6)] == [
        ["Critical", "0", "0", "0", "0", "0"],
        ["High", "5", "1", "1", "1", "1"],
        ["Medium", "5", "0", "0", "0", "0"],
        ["Low", "0", "0", "0", "0", "0"],
        ["Info", "5", "0", "0", "0", "0"],
        ["All", "15", "1", "1", "1", "1"],
    ]
    paragraphs = words(tokens, "paragraph_open")
    assert paragraphs[:16] == [
        "Plan: board",
        "As at: 28 February 2018",
        "As known on: 10 February 2018 (position 35)",
        f"Rules: ours 1.2.0 (sha256 {story.packs[0].sha256[:12]})",
        "Compared with: 31 January 2018, as known then: 1 new, 1 worse, 1 better, 12 as before; 1 resolved,"
        " 1 without data; waived: 1 as before",
        "15 findings (5 high, 5 medium, 5 info) from 7 rules; 1 waived.",
        "F-714c6636d810 STP funding is pending (dep.pending)",
        "blast radius: 5 initiatives: Initiative 1; Initiative 2; Initiative 3; and 2 more",
        "5 more findings for the same reason: 5 dep.unmet (medium)",
        "4 measures are below the floor (1 new, 1 worse, 1 better) (kpi.below)",
        "F-a61e6352a482 new Ambulances: 71",
        f"F-2ec57ffece96 worse A&E: 75 ({finding(story, 'measure:ae').state_reason})",
        f"F-ccebcaac9cd4 better Cancer: 65 ({finding(story, 'measure:cancer').state_reason})",
        "F-304d130e7975 Dementia: 77",
        "Any initiative (5) (ini.any)",
        "F-98f31351c7fc Initiative 1 is in the plan",
    ]
    code = {child.content for token in tokens for child in token.children or () if child.type == "code_inline"}
    assert {f.fingerprint for f in story.findings if f.rule == "kpi.below"} <= code


def test_markdown_in_full_has_every_finding(story: CheckResult, boards: Mapping[str, CheckResult]) -> None:
    """Each once; without --full the rest is counted."""
    for result in (story, *boards.values()):
        assert sorted(re.findall(r"- `(F-[0-9a-f]{12})`", check_markdown([result], full=True))) == sorted(
            f.fingerprint for f in (*result.findings, *result.gone)
        )
    assert "  - and 2 more\n" in check_markdown([story])


def test_markdown_of_several_plans_counts_days_in_their_zones(boards: Mapping[str, CheckResult]) -> None:
    """A plan after the other; what was recorded late in the evening was known on that day there."""
    board = Board()
    board.now = datetime(2018, 1, 10, 20, tzinfo=UTC)
    board.measure("ae", "A&E")
    late = board.check()
    document = check_markdown([boards["2014"], late], zones={"board": "Pacific/Auckland"})

    assert [token.tag for token in MARKDOWN.parse(document) if token.tag == "h1" and token.nesting == 1] == ["h1", "h1"]
    assert "- As known on: 11 January 2018 (position 13)\n" in document
    assert "- As known on: 10 January 2018 (position 13)\n" in check_markdown([late])
    assert document.endswith("\n")
    assert not document.endswith("\n\n")


def test_markdown_of_a_day_before_the_plan() -> None:
    """It says that nothing was checked, and shows no table of zeros."""
    result = Board().check(as_at="2001-01-01", known_at="2001-01-01")

    assert check_markdown([result]) == (
        "# board\n\n"
        "- Plan: `board`\n"
        "- As at: 1 January 2001\n"
        "- As known on: nothing was recorded yet\n"
        f"- Rules: ours 1.2.0 (sha256 `{result.packs[0].sha256[:12]}`)\n\n"
        "The plan was not open yet: nothing was checked.\n"
    )


HOSTILE = [
    "a | b || c",
    "`code` and ``` fence",
    "[link](http://evil.example) ![picture](x)",
    "<script>alert(1)</script> <http://evil.example> <!-- x -->",
    "# heading",
    "1. one",
    "- item",
    "> quote",
    "two\nlines\n\n| a | b |\n|---|---|\n| c | d |\n\n# heading\n\n- item",
    "&lt;b&gt; &#60; &copy;",
    "**bold** _it_ __x__ ~~gone~~ $x$",
    "\\ \\` \\| a\\|b \\\\",
    "[x]: http://evil.example",
    "text  \nhard break\\\nanother",
    "***",
    "===",
    "\x1b[31mred\x00 \u202egnp.exe",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markdown(story: CheckResult, text: str) -> None:
    """Whatever a plan, a pack or a waiver says: the document has the same structure, and shows the text as it is."""
    expected = re.sub(r"[\x00\x1b\u202e]", "\N{REPLACEMENT CHARACTER}", " ".join(text.split()))
    tokens = MARKDOWN.parse(check_markdown([saying(story, text)], full=True))

    assert structure(tokens) == structure(MARKDOWN.parse(check_markdown([saying(story, "text")], full=True)))
    assert words(tokens, "heading_open")[0] == expected
    assert f"F-2ec57ffece96 worse {expected} ({expected})" in words(tokens, "paragraph_open")


@given(st.text(st.sampled_from("ab1 .|`*_[]()<>#!&;:\\~-+=>{}$^@\"'/\n\t") | st.characters(), min_size=1))
def test_escaped_text_is_read_back_as_it_was(text: str) -> None:
    """In a heading, an item of a list and the cell of a table; on one line."""
    shown = escaped(text)
    plain = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", shown)  # the escapes of CommonMark
    tokens = MARKDOWN.parse(f"# x {shown}\n\n- x {shown}\n\n| x | y |\n|---|---|\n| x {shown} | y |\n")

    assert "\n" not in shown
    expected = f"x {plain}".rstrip()
    assert words(tokens, "heading_open") == [expected]
    assert words(tokens, "paragraph_open") == [expected]
    assert words(tokens, "td_open") == [expected, "y"]


def test_addresses_do_not_become_links() -> None:
    """Of those that link bare addresses, GitHub included."""
    assert escaped("http://evil.example www.evil.example A&E 1:2") == (
        r"http\://evil.example www\.evil.example A&E 1:2"
    )


# --- SARIF -----------------------------------------------------------------------------------------------------------


def sarif(*results: CheckResult, packs: Sequence[Pack] | None = None) -> dict[str, Any]:
    chosen = [pack()] if packs is None else packs
    return check_sarif([(result, chosen) for result in results], version=plantrack.__version__)


def test_sarif_is_as_the_standard_says(every: Sequence[Sequence[CheckResult]]) -> None:
    """Every check, by the schema of SARIF 2.1.0, with rules and without."""
    schema = json.loads((GOLDEN / "sarif-2.1.0.json").read_bytes())
    Draft202012Validator.check_schema(schema)

    assert problems(schema, {"version": "2.1.0"}) == ["'runs' is a required property"]
    for results in every:
        for packs in ([pack(), *installed_packs()], []):
            assert problems(schema, sarif(*results, packs=packs)) == []


def test_sarif_names_the_tool_and_its_rules(story: CheckResult) -> None:
    """What a rule is for is described once, and results point to it."""
    (run,) = sarif(story)["runs"]
    driver = run["tool"]["driver"]
    below = driver["rules"][2]

    assert (driver["name"], driver["version"]) == ("plantrack", plantrack.__version__)
    assert below == {
        "id": "kpi.below",
        "name": "KpiBelow",
        "shortDescription": {"text": "Below the floor"},
        "fullDescription": {"text": "The latest figure is below 80."},
        "help": {
            "text": "The latest figure is below 80.\n\nWhy it matters: Patients wait.\n\n"
            "References: NHS Constitution; pledge 1",
            "markdown": "The latest figure is below 80.\n\nWhy it matters: Patients wait.\n\n"
            "References: NHS Constitution; pledge 1",
        },
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "severity": "high",
            "status": "stable",
            "tags": ["kpi", "ours"],
            "pack": "ours",
            "version": "1.2.0",
        },
    }
    assert driver["rules"][6]["deprecatedIds"] == ["ini.each"]
    assert [rule["id"] for rule in driver["rules"]] == [rule.id for rule in pack().rules]
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_of_a_finding(story: CheckResult) -> None:
    """Where, what, how serious, how it stands, and what it rests on."""
    (run,) = sarif(story)["runs"]
    found = finding(story, "measure:ae")
    (result,) = [r for r in run["results"] if r["partialFingerprints"] == {"plantrack/v1": found.fingerprint}]

    assert result == {
        "ruleId": "kpi.below",
        "ruleIndex": 2,
        "kind": "fail",
        "level": "error",
        "message": {"text": "A&E: 75"},
        "locations": [
            {
                "logicalLocations": [{"name": "ae", "fullyQualifiedName": "board/measure:ae", "kind": "measure"}],
                "message": {"text": "A&E"},
            }
        ],
        "partialFingerprints": {"plantrack/v1": found.fingerprint},
        "suppressions": [],
        "baselineState": "updated",
        "properties": {
            "severity": "high",
            "state": "worsened",
            "state_reason": found.state_reason,
            "score": "5",
            "fix": "",
            "explanation": check_json([story])["findings"][4]["explanation"],
            "evidence": list(found.evidence),
            "group": None,
        },
    }


def test_sarif_of_states(story: CheckResult) -> None:
    """Resolved is absent; what has no data any more is open and still there, never absent."""
    (run,) = sarif(story)["runs"]
    places = {r["locations"][0]["logicalLocations"][0]["name"]: r for r in run["results"]}
    said = {name: (places[name]["baselineState"], places[name]["kind"], places[name]["level"]) for name in places}

    assert said["ambulances"] == ("new", "fail", "error")
    assert said["cancer"] == ("updated", "fail", "error")
    assert said["dementia"] == ("unchanged", "fail", "error")
    assert said["delays"] == ("absent", "fail", "error")
    assert said["stroke"] == ("updated", "open", "none")
    assert said["d1"] == ("unchanged", "fail", "warning")
    assert said["i1"] == ("unchanged", "fail", "note")


def test_sarif_of_waivers(story: CheckResult, boards: Mapping[str, CheckResult]) -> None:
    """One result is suppressed, by whom and until when; the others say that they are not; without waivers none does."""
    (run,) = sarif(story)["runs"]

    assert [r["suppressions"] for r in run["results"] if r["suppressions"]] == [
        [
            {
                "kind": "external",
                "status": "accepted",
                "justification": "the new ward opens in May",
                "properties": {
                    "id": "ward",
                    "requester": "Director of Operations",
                    "approver": "the Chair",
                    "until": "2018-06-30",
                },
            }
        ]
    ]
    (plain,) = sarif(boards["2018"])["runs"]
    assert not [r for r in plain["results"] if "suppressions" in r or "baselineState" in r]


def test_sarif_of_what_could_not_be_judged(story: CheckResult) -> None:
    """A notification each, with its rule and place; a rule that failed makes the run unsuccessful."""
    (run,) = sarif(story)["runs"]
    (invocation,) = run["invocations"]
    error, *_ = [n for n in invocation["toolExecutionNotifications"] if n["level"] == "error"]
    described = run["tool"]["driver"]["notifications"]

    assert not invocation["executionSuccessful"]
    assert len(invocation["toolExecutionNotifications"]) == len(story.not_evaluated) == 5
    assert error["message"] == {"text": "Edge: 100 is divided by 0"}
    assert error["associatedRule"] == {"id": "kpi.ratio", "index": 3}
    assert described[error["descriptor"]["index"]]["id"] == error["descriptor"]["id"] == "error"
    assert sarif(Board().check())["runs"][0]["invocations"] == [
        {"executionSuccessful": True, "toolExecutionNotifications": []}
    ]


def test_sarif_has_a_run_for_each_plan(story: CheckResult, boards: Mapping[str, CheckResult]) -> None:
    """It is named by plan and coordinates, the plan being the category; coordinates and groups are its properties."""
    runs = sarif(boards["2014"], story)["runs"]

    assert [run["automationDetails"]["id"] for run in runs] == [
        "plantrack/medway-ccg-2014/2014-04-02@734",
        "plantrack/board/2018-02-28@35",
    ]
    properties = runs[1]["properties"]
    assert properties["known_at"] == {"recorded_at": "2018-02-10T09:00:00.000000Z", "position": 35}
    assert properties["rules"] == [{"pack": "ours", "version": "1.2.0", "sha256": pack().sha256}]
    assert properties["since"] == "2018-01-31"
    assert [group["head"] for group in properties["groups"]] == ["F-714c6636d810"]


def test_rule_that_is_gone_has_no_place_in_the_list(story: CheckResult) -> None:
    """A finding of an earlier check whose rule takes part no more keeps the id of the rule alone."""
    (run,) = sarif(story, packs=[])["runs"]

    assert not [result for result in run["results"] if "ruleIndex" in result]


def test_no_text_becomes_a_link_or_a_placeholder(story: CheckResult) -> None:
    """SARIF reads [words](address) and {0} even in plain text."""
    hostile = "see [here](http://evil.example) for {0} and {x}"
    (run,) = sarif(saying(story, hostile))["runs"]

    assert {r["message"]["text"] for r in run["results"]} == {"see [here] (http://evil.example) for {{0}} and {{x}}"}


# --- JUnit -----------------------------------------------------------------------------------------------------------

JUNIT = XMLSchema(GOLDEN / "junit-10.xsd")


def cases(*results: CheckResult, fail_on: FailOn = "high") -> dict[str, ElementTree.Element]:
    """The cases of a report, which is checked to be as the schema says and to count itself right."""
    text = check_junit(results, fail_on=fail_on)
    JUNIT.validate(text)
    root = ElementTree.fromstring(text.encode())
    counts = {"tests": ".//testcase", "failures": ".//testcase[failure]", "errors": ".//testcase[error]"}
    assert {name: root.get(name) for name in counts} == {n: str(len(root.findall(p))) for n, p in counts.items()}
    for suite in root:
        assert suite.get("skipped") == str(len(suite.findall("testcase[skipped]")))
    return {case.get("name", ""): case for case in root.iter("testcase")}


def outcome(case: ElementTree.Element) -> tuple[str, str | None]:
    """The one outcome of a case, with its message."""
    (found,) = [child for child in case if child.tag != "system-out"] or [ElementTree.Element("passed")]
    return found.tag, found.get("message")


def test_junit_has_a_case_for_each_rule(story: CheckResult) -> None:
    """Failed, in error, skipped with the reason, or passed."""
    assert {rule: outcome(case) for rule, case in cases(story).items()} == {
        "dep.pending": ("failure", "STP funding is pending"),
        "dep.unmet": ("passed", None),
        "kpi.below": ("failure", "4 measures are below the floor"),
        "kpi.ratio": ("error", "the rule failed for 1 subject"),
        "rsk.any": ("skipped", "the plan has no such subject"),
        "ini.over": ("skipped", "not applicable to any of 5 subjects"),
        "ini.any": ("passed", None),
    }


def test_junit_of_a_rule_says_everything(story: CheckResult) -> None:
    """The findings by which it fails; then the waived, the gone, and what could not be judged."""
    case = cases(story)["kpi.below"]

    assert case.findtext("failure", "").splitlines() == [
        f"F-ccebcaac9cd4 high measure:cancer: better · Cancer: 65 ({finding(story, 'measure:cancer').state_reason})",
        "F-a61e6352a482 high measure:ambulances: new · Ambulances: 71",
        f"F-2ec57ffece96 high measure:ae: worse · A&E: 75 ({finding(story, 'measure:ae').state_reason})",
        "F-304d130e7975 high measure:dementia: Dementia: 77",
    ]
    assert case.findtext("system-out", "").splitlines() == [
        "F-1b7e64a01b29 high measure:diagnostics: Diagnostics: 66 · waived until 30 June 2018 by the Chair, at the"
        " request of Director of Operations: the new ward opens in May",
        "F-8a4abe53bcea high measure:delays: resolved · Delays: 70",
        "F-2dee4c4bf0ed high measure:stroke: no data · Stroke: 50 (what counted then no longer does: #20)",
        "indeterminate measure:stroke: latest(observations): there are no observations",
        "indeterminate measure:empty: latest(observations): there are no observations",
    ]


@pytest.mark.parametrize(
    ("fail_on", "failed"),
    [
        ("never", []),
        ("critical", []),
        ("high", ["dep.pending", "kpi.below"]),
        ("medium", ["dep.pending", "dep.unmet", "kpi.below"]),
        ("info", ["dep.pending", "dep.unmet", "kpi.below", "ini.any"]),
    ],
)
def test_junit_fails_as_the_command_does(story: CheckResult, fail_on: FailOn, failed: list[str]) -> None:
    """By findings that count and are as serious as asked; the others are in the output of the case."""
    found = cases(story, fail_on=fail_on)

    assert [rule for rule, case in found.items() if case.find("failure") is not None] == failed
    if "dep.unmet" not in failed:
        assert len(found["dep.unmet"].findtext("system-out", "").splitlines()) == 5


def test_junit_of_a_rule_that_fails_and_is_in_error(story: CheckResult) -> None:
    """A case has one outcome: it fails, and the errors stand beside the findings."""
    both = attrs.evolve(
        story, not_evaluated=tuple(attrs.evolve(n, rule="dep.pending", outcome="error") for n in story.not_evaluated)
    )
    case = cases(both)["dep.pending"]

    assert outcome(case) == ("failure", "STP funding is pending")
    assert "error measure:edge: 100 is divided by 0" in case.findtext("failure", "").splitlines()


def test_junit_of_a_rule_that_could_judge_nothing(boards: Mapping[str, CheckResult]) -> None:
    """It is skipped: passed would be a lie."""
    board = Board()
    board.measure("ae", "A&E")

    assert outcome(cases(board.check())["kpi.below"]) == ("skipped", "could not judge any of 1 subject")


def test_junit_of_a_day_before_the_plan() -> None:
    """One case that is skipped, since nothing was checked."""
    result = Board().check(as_at="2001-01-01")

    assert {rule: outcome(case) for rule, case in cases(result).items()} == {
        "plan": ("skipped", "The plan was not open yet: nothing was checked.")
    }


def test_junit_of_a_rule_that_takes_part_no_more(story: CheckResult) -> None:
    """What an earlier check found by it is in the output of the suite."""
    counts = {rule: found for rule, found in story.counts.items() if rule != "kpi.below"}
    suite = ElementTree.fromstring(check_junit([attrs.evolve(story, counts=counts)]).encode())[0]

    assert suite.findtext("system-out", "").splitlines()[0].startswith("F-8a4abe53bcea high measure:delays: resolved")


@pytest.mark.parametrize("text", [*HOSTILE, "]]> <![CDATA[ x", "a\x0b\ufffe\uffff\x01", "社区 👨‍👩‍👧 é"])
def test_no_text_breaks_the_xml(story: CheckResult, text: str) -> None:
    """What XML 1.0 forbids is replaced; the rest is read back as it was, on one line."""
    expected = re.sub("[\x00\x01\x1b\ufffe\uffff]", "\N{REPLACEMENT CHARACTER}", " ".join(text.split()))
    case = cases(saying(story, text))["dep.pending"]

    assert outcome(case) == ("failure", expected)
    assert case.findtext("failure") == f"F-714c6636d810 high external:bid: {expected} ({expected})"


def test_junit_is_what_it_declares_in_every_encoding(story: CheckResult) -> None:
    """A terminal or a pipe that does not speak UTF-8 cannot make it malformed."""
    text = check_junit([saying(story, "Ärzte ↔ 社区 👨")])
    (said,) = {failure.get("message") for failure in ElementTree.fromstring(text.encode("cp1252")).iter("failure")}

    assert said == "Ärzte ↔ 社区 👨"


# --- all of them -----------------------------------------------------------------------------------------------------


def test_formats_are_the_same_each_time(story: CheckResult) -> None:
    """They read no clock and no machine: the same check, told again, is the same to the byte."""
    again = compared()

    assert json.dumps(check_json([story])) == json.dumps(check_json([again]))
    assert check_markdown([story]) == check_markdown([again])
    assert json.dumps(sarif(story)) == json.dumps(sarif(again))
    assert check_junit([story]) == check_junit([again])


def test_page_about_outputs_shows_them_as_they_are(boards: Mapping[str, CheckResult]) -> None:
    """Every example of it is part of what the Medway example gives; a line with an ellipsis leaves some out."""
    page = (Path(__file__).parents[1] / "docs" / "outputs.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(text|markdown|json|xml)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    result = boards["2018 since"]
    logs = (check_json([result]), sarif(result, packs=installed_packs()))
    given = {
        "text": "\n".join(line.text for line in check_report(result)),
        "markdown": check_markdown([result]),
        "json": "\n".join(json.dumps(log, indent=2, ensure_ascii=False) for log in logs),
        "xml": check_junit([result]),
    }

    assert [language for language, _ in blocks] == ["text", "markdown", "json", "json", "xml"]
    for language, block in blocks:
        rest = f"\n{given[language]}\n"
        for part in re.split("^…$", block, flags=re.MULTILINE):
            lines = f"\n{part.strip(chr(10))}\n"
            assert lines in rest, f"{language}: {part}"
            rest = f"\n{rest.partition(lines)[2]}"
