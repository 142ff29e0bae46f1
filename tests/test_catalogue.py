"""The catalogue: the list of rules and a rule's page, at a terminal, as Markdown, as JSON, and in the documentation."""

from __future__ import annotations

import json
import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt
from markdown_it.token import Token

from plantrack.cli import main
from plantrack.cli.printing import columns
from plantrack.reports.catalogue import catalogue_markdown, catalogue_report, rule_markdown, rule_report
from plantrack.reports.lines import WIDTH
from plantrack.reports.rule_page import code_lines, condition
from plantrack.rules import Pack, Rule, installed_packs, load_pack
from tests.checked import medway
from tests.test_rules_packs import error_of, pack_text

DOCS = Path(__file__).parent.parent / "docs" / "catalogue"
RENEW = "run RENEW_GOLDEN=1 pytest tests/test_catalogue.py"
INSTALLED = [(pack, rule) for pack in installed_packs() for rule in pack.rules]


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status, output and errors of `plantrack rules`."""
    ran = CliRunner().invoke(main, ["rules", *arguments], prog_name="plantrack")
    return ran.exit_code, ran.stdout, ran.stderr


def written(text: str, name: str = "ours.yaml") -> str:
    """A pack on disk, by its path."""
    Path(name).write_text(text, "utf-8")
    return name


def page(pack: Pack, rule: Rule, width: int = WIDTH) -> str:
    return "\n".join(line.text for line in rule_report(pack, rule, width))


# --- a page ----------------------------------------------------------------------------------------------------------

OURS = """\
plantrack-rules: 1
pack: ours
version: 1.2.0
title: Ours
rules:
  - id: kpi.below-floor
    title: Below the floor
    for: Measure
    status: preview
    since: 1.1.0
    formerly: [kpi.low, kpi.floor]
    severity: high
    where: target is not None
    needs: [last]
    params: {floor: 80, units: ["%", pupils], strict: true}
    units: {floor: the unit of the measure}
    let:
      last: latest(observations)
      change_of_it: default(change(observations), 0)
    when: >-
      last.value < floor and unit is not None and unit in units and strict
      or last.value < floor and unit is None and change_of_it <= 0
    hold_for: 14
    score: floor - last.value
    message: "{title}: {last.value} in {last.period}"
    summary: "{count} measures are below the floor"
    fix: Say what will be done, by whom.
    about: |
      The latest figure is below the floor.

      Measures without a target are left alone.
    why: >-
      Who is below the floor
      waits longest.
    references:
      - The charter of 2017, page 4
    tests:
      - name: may fire one day
        todo: cannot yet
        as_at: 2018-03-31
        events: []
        expect: finding
      - name: fires after a fortnight
        as_at: 2018-03-31
        known_at: 2018-02-28
        params: {floor: 90}
        events:
          - MeasureDefined: {measure: ae, title: A&E, unit: "%"}
          - TargetSet: {measure: ae, comparator: at-least, value: 95}
            effective: 2018-01-15
          - Observed: {measure: ae, period: 2018-01, value: 85.5}
            effective: 2018-01
        expect: finding
      - name: is silent at the floor
        as_at: 2018-03-31
        events:
          - MeasureDefined: {measure: ae, title: A&E, unit: "%"}
          - TargetSet: {measure: ae, comparator: at-least, value: 95}
          - Observed: {measure: ae, period: 2018-01, value: 80}
            effective: 2018-01
        expect: none
      - name: cannot say without a figure
        as_at: 2018-03-31
        events:
          - MeasureDefined: {measure: ae, title: A&E, unit: "%"}
          - TargetSet: {measure: ae, comparator: at-least, value: 95}
        expect: indeterminate
      - name: leaves measures without a target alone
        as_at: 2018-03-31
        events:
          - MeasureDefined: {measure: ae, title: A&E}
        expect: not applicable
  - id: kpi.old
    title: Below the old floor
    for: Measure
    status: deprecated
    instead: kpi.below-floor
    severity: low
    when: unit is None
    message: "{title}"
    tests:
      - {name: fires, as_at: 2018-02-28, given: {title: A&E, plan: {title: P}}, expect: finding}
      - {name: is silent, as_at: 2018-02-28, given: {unit: "%"}, expect: none}
  - id: kpi.older
    title: Nothing said
    for: [Measure, Risk]
    status: deprecated
    severity: info
    when: title != 'x'
    message: "{title}"
"""

PAGE = """\
kpi.below-floor: Below the floor
  high · for each Measure · preview since 1.1.0 · ours 1.2.0
  Preview: what it finds may be wrong in ways that are known, and it may still change.
  Formerly kpi.low, kpi.floor. Its findings kept their fingerprints.

What it does
  The latest figure is below the floor.
  Measures without a target are left alone.

Why it matters
  Who is below the floor waits longest.

What to do
  Say what will be done, by whom.

Bad example
  On 31 March 2018, as known at 28 February 2018, with floor = 90:
  - MeasureDefined: measure ae · title A&E · unit %
  - TargetSet: measure ae · comparator at-least · value 95 · effective 15 January 2018
  - Observed: measure ae · period January 2018 · value 85.5
  It finds:
  - high: A&E: 85.5 in January 2018

Good example
  On 31 March 2018:
  - MeasureDefined: measure ae · title A&E · unit %
  - TargetSet: measure ae · comparator at-least · value 95
  - Observed: measure ae · period January 2018 · value 80
  It finds nothing.

When it says nothing
  - waits until it has been so for 14 days
  - is silent at the floor
  - cannot say without a figure (cannot be judged)
  - leaves measures without a target alone (not applicable)

The condition
  for       Measure
  where     target is not None
  needs     last
  let       last = latest(observations)
            change_of_it = default(change(observations), 0)
  when      last.value < floor and unit is not None and unit in units and strict
            or last.value < floor and unit is None and change_of_it <= 0
  hold for  14 days
  score     floor - last.value
  says      {title}: {last.value} in {last.period}

Parameters
  parameter  default        unit
  floor      80             the unit of the measure
  units      ["%", pupils]
  strict     true
  Set one with --param kpi.below-floor.floor=80, or when the pack is adopted.

References
  - The charter of 2017, page 4
"""


def test_page_with_every_key() -> None:
    """All that the rule says, in the order of a reader's questions; the examples are the first tests that pass."""
    assert run("show", "kpi.below-floor", "--pack", written(OURS)) == (0, PAGE, "")


def test_page_without_what_is_not_written() -> None:
    """No heading for what the rule does not say; a pack need not say since when."""
    assert run("show", "kpi.older", "--pack", written(OURS))[1] == (
        "kpi.older: Nothing said\n"
        "  info · for each Measure and Risk · deprecated · ours 1.2.0\n"
        "  Deprecated. It goes on working until a pack leaves it out.\n"
        "\n"
        "The condition\n"
        "  for   Measure, Risk\n"
        "  when  title != 'x'\n"
        "  says  {title}\n"
    )


def test_deprecated_rule_says_what_to_use_instead() -> None:
    """And its examples say what is given, field by field."""
    assert run("show", "kpi.old", "--pack", written(OURS))[1] == (
        "kpi.old: Below the old floor\n"
        "  low · for each Measure · deprecated · ours 1.2.0\n"
        "  Deprecated: use kpi.below-floor instead. It goes on working until a pack leaves it out.\n"
        "\n"
        "Bad example\n"
        "  On 28 February 2018:\n"
        "  - title: A&E\n"
        "  - plan: title P\n"
        "  It finds:\n"
        "  - low: A&E\n"
        "\n"
        "Good example\n"
        "  On 28 February 2018:\n"
        "  - unit: %\n"
        "  It finds nothing.\n"
        "\n"
        "When it says nothing\n"
        "  - is silent\n"
        "\n"
        "The condition\n"
        "  for   Measure\n"
        "  when  unit is None\n"
        "  says  {title}\n"
    )


GIVEN = """
  - name: fires
    as_at: 2018-02-28
    given:
      target: {comparator: at-least, value: 95}
      observations: [{period: 2018-01, value: 60}, {period: 2018-02, value: 61}]
      reports: []
    expect: finding
  - name: is silent of nothing at all
    as_at: 2018-02-28
    given: {}
    expect: none
"""


def test_facts_that_are_given() -> None:
    """Lists, objects inside, empty lists, and nothing at all."""
    rule = f"when: target is not None and len(observations) == 2\ntests:{GIVEN}"
    _, out, _ = run("show", "kpi.test", "--pack", written(pack_text(rule)))
    assert re.findall(r"  - (?:\w+: .*|a .*)", out) == [
        "  - target: comparator at-least · value 95",
        "  - observations: period 2018-01 · value 60; period 2018-02 · value 61",
        "  - reports: none",
        "  - low: x",
        "  - a Measure of which nothing is stated",
    ]


@pytest.mark.parametrize(
    ("known_at", "words"),
    [("3", "#3"), ("2018-02-20", "20 February 2018"), ("2018-02-20T17:00Z", "2018-02-20 17:00 UTC")],
)
def test_what_was_known_in_an_example(known_at: str, words: str) -> None:
    """A position, a day or a moment."""
    events = "[{MeasureDefined: {measure: a, title: A}}, {MeasureDefined: {measure: b, title: B, unit: x}}]"
    test = f"{{name: fires, as_at: 2018-02-28, known_at: {known_at}, events: {events}, expect: finding}}"
    _, out, _ = run("show", "kpi.test", "--pack", written(pack_text(f"when: unit is None\ntests:\n  - {test}")))
    assert f"  On 28 February 2018, as known at {words}:\n" in out


def test_examples_are_what_the_rule_does_now() -> None:
    """A test that fails is no example: the next one is, or a weaker one; where none passes there is no heading."""
    tests = """
      - {name: wrong, as_at: 2018-02-28, given: {unit: x}, expect: finding}
      - {name: right, as_at: 2018-02-28, given: {lag_days: 2}, expect: finding}
      - {name: fails, as_at: 2018-02-28, given: {}, expect: none}
      - {name: no measure, as_at: 2018-02-28, events: [], expect: no subject}
    """.rstrip()
    _, out, _ = run("show", "kpi.test", "--pack", written(pack_text(f"when: unit is None\ntests:{tests}")))
    assert "Bad example\n  On 28 February 2018:\n  - lag_days: 2\n" in out
    assert "Good example\n  On 28 February 2018:\n  It finds nothing.\n" in out

    _, out, _ = run("show", "kpi.test", "--pack", written(pack_text(f"when: title == ''\ntests:{tests}")))
    assert "Bad example" not in out
    assert "Good example\n  On 28 February 2018:\n  - a Measure of which nothing is stated\n" in out


# --- names -----------------------------------------------------------------------------------------------------------


def test_former_names_lead_to_the_rule() -> None:
    """Every form says the same under an old name; that it has another is said beside it."""
    path = written(OURS)
    for form in ("text", "markdown", "json"):
        now = run("show", "kpi.below-floor", "--pack", path, "--format", form)
        for old in ("kpi.low", "kpi.floor"):
            said = f"plantrack: {old} is now called kpi.below-floor\n"
            assert run("show", old, "--pack", path, "--format", form) == (0, now[1], said)


def test_a_rule_comes_before_one_that_once_had_its_name() -> None:
    """In whichever pack."""
    first = written(OURS)
    other = written(pack_text("id: kpi.low\ntitle: Another\nwhen: unit is None"), "other.yaml")
    code, out, err = run("show", "kpi.low", "--pack", first, "--pack", other)
    assert (code, out.splitlines()[0], err) == (0, "kpi.low: Another", "")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("kpi.belw-floor", "did you mean 'kpi.below-floor'?"),
        ("kpi.flor", "did you mean 'kpi.floor'?"),
        ("x", "known: kpi.below-floor, kpi.old, kpi.older"),
    ],
)
def test_unknown_name(name: str, hint: str) -> None:
    """What is near is named, former names too; else what there is."""
    said = f"plantrack: there is no rule '{name}'; {hint}\n"
    assert run("show", name, "--pack", written(OURS)) == (2, "", said)


# --- the list --------------------------------------------------------------------------------------------------------


def test_list_of_one_pack() -> None:
    """Columns below one another; the pack, the same for all, is said below."""
    assert run("list", "--pack", written(OURS)) == (
        0,
        "RULE             SEVERITY  STATUS      TITLE\n"
        "kpi.below-floor  high      preview     Below the floor\n"
        "kpi.old          low       deprecated  Below the old floor\n"
        "kpi.older        info      deprecated  Nothing said\n"
        "\n"
        "ours 1.2.0: Ours (3 rules)\n",
        "",
    )


def test_list_of_several_packs_when_narrow() -> None:
    """Each pack has a table of its own; a title that does not fit goes on below itself."""
    long = pack_text("id: time.late\ntitle: Late by more than anybody thought possible\nwhen: unit is None")
    packs = [load_pack(OURS, "ours.yaml"), load_pack(long, "p.yaml")]
    assert [line.text for line in catalogue_report(packs, 50)] == [
        "RULE             SEVERITY  STATUS      TITLE",
        "kpi.below-floor  high      preview     Below the",
        "                                       floor",
        "kpi.old          low       deprecated  Below the",
        "                                       old floor",
        "kpi.older        info      deprecated  Nothing",
        "                                       said",
        "",
        "ours 1.2.0: Ours (3 rules)",
        "",
        "RULE       SEVERITY  STATUS  TITLE",
        "time.late  low       stable  Late by more than",
        "                             anybody thought",
        "                             possible",
        "",
        "p 1.0.0: p (1 rule)",
    ]


@pytest.mark.parametrize(("terminal", "width"), [(40, 60), (80, 80), (120, 120), (300, 120), (None, WIDTH)])
def test_width(terminal: int | None, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the terminal is, within what reads well; what is not printed to one does not depend on it."""
    monkeypatch.setenv("COLUMNS", str(terminal or 70))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal is not None, raising=False)
    assert columns() == width


@pytest.mark.parametrize("width", [80, 120])
def test_pages_keep_to_the_width(width: int) -> None:
    """The list and every page of the installed packs."""
    lines = [line.text for line in catalogue_report(installed_packs(), width)]
    for pack, rule in INSTALLED:
        lines += page(pack, rule, width).splitlines()
    assert [line for line in lines if len(line) > width or line != line.rstrip()] == []


# --- JSON ------------------------------------------------------------------------------------------------------------


def test_json_of_a_rule() -> None:
    """The same as the page, key by key; the list has the first ten."""
    path = written(OURS)
    shown = json.loads(run("show", "kpi.below-floor", "--pack", path, "--format", "json")[1])
    listed = json.loads(run("list", "--pack", path, "--format", "json")[1])

    assert [set(row) for row in listed] == [set(listed[0])] * 3
    assert {key: shown[key] for key in listed[0]} == listed[0]
    assert shown == {
        "pack": "ours",
        "version": "1.2.0",
        "rule": "kpi.below-floor",
        "severity": "high",
        "title": "Below the floor",
        "for": ["Measure"],
        "status": "preview",
        "since": "1.1.0",
        "formerly": ["kpi.low", "kpi.floor"],
        "instead": None,
        "about": "The latest figure is below the floor.\n\nMeasures without a target are left alone.",
        "why": "Who is below the floor waits longest.",
        "fix": "Say what will be done, by whom.",
        "silent": [
            "waits until it has been so for 14 days",
            "is silent at the floor",
            "cannot say without a figure (cannot be judged)",
            "leaves measures without a target alone (not applicable)",
        ],
        "where": "target is not None",
        "needs": ["last"],
        "let": {"last": "latest(observations)", "change_of_it": "default(change(observations), 0)"},
        "when": "last.value < floor and unit is not None and unit in units and strict"
        " or last.value < floor and unit is None and change_of_it <= 0",
        "hold_for": 14,
        "score": "floor - last.value",
        "message": "{title}: {last.value} in {last.period}",
        "summary": "{count} measures are below the floor",
        "params": [
            {"name": "floor", "default": 80, "unit": "the unit of the measure"},
            {"name": "units", "default": ["%", "pupils"], "unit": None},
            {"name": "strict", "default": True, "unit": None},
        ],
        "examples": {
            "bad": {
                "test": "fires after a fortnight",
                "as_at": "2018-03-31",
                "facts": [
                    "MeasureDefined: measure ae · title A&E · unit %",
                    "TargetSet: measure ae · comparator at-least · value 95 · effective 15 January 2018",
                    "Observed: measure ae · period January 2018 · value 85.5",
                ],
                "findings": [{"severity": "high", "score": "4.5", "message": "A&E: 85.5 in January 2018"}],
            },
            "good": {
                "test": "is silent at the floor",
                "as_at": "2018-03-31",
                "facts": [
                    "MeasureDefined: measure ae · title A&E · unit %",
                    "TargetSet: measure ae · comparator at-least · value 95",
                    "Observed: measure ae · period January 2018 · value 80",
                ],
                "findings": [],
            },
        },
        "references": ["The charter of 2017, page 4"],
    }


def test_json_of_a_rule_that_says_little() -> None:
    """What is not said is null or an empty list; no key is missing."""
    path = written(OURS)
    full = json.loads(run("show", "kpi.below-floor", "--pack", path, "--format", "json")[1])
    little = json.loads(run("show", "kpi.older", "--pack", path, "--format", "json")[1])
    assert list(little) == list(full)
    empty = {key for key, value in little.items() if value in (None, [], {})}
    assert empty == {
        "since", "formerly", "instead", "about", "why", "fix", "silent", "where", "needs", "let", "score", "summary",
        "params", "references",
    }  # fmt: skip
    assert little["examples"] == {"bad": None, "good": None}


# --- Markdown --------------------------------------------------------------------------------------------------------


def tokens(text: str) -> list[Token]:
    """A page as a renderer of CommonMark with tables reads it, with the tokens inside lines in their places."""
    found = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    return [inner for token in found for inner in [token, *(token.children or [])]]


def test_markdown_of_a_rule() -> None:
    """Headings, an anchor for each name, the notices as a quotation, and the condition as code."""
    _, out, _ = run("show", "kpi.below-floor", "--pack", written(OURS), "--format", "markdown")
    assert out.startswith(
        '<a id="kpi.below-floor"></a><a id="kpi.low"></a><a id="kpi.floor"></a>\n'
        "\n"
        "# Below the floor\n"
        "\n"
        "`kpi.below-floor` · high · for each Measure · preview since 1.1.0 · ours 1.2.0\n"
        "\n"
        "> Preview: what it finds may be wrong in ways that are known, and it may still change.\n"
        "\n"
        "> Formerly kpi.low, kpi.floor. Its findings kept their fingerprints.\n"
        "\n"
        "## What it does\n"
        "\n"
        "The latest figure is below the floor.\n"
        "\n"
        "Measures without a target are left alone.\n"
    )
    assert (
        "| Parameter | Default | Unit |\n"
        "| --- | --- | --- |\n"
        "| floor | 80 | the unit of the measure |\n"
        '| units | \\["%", pupils\\] |  |\n'
        "| strict | true |  |\n"
    ) in out
    assert "```text\nfor       Measure\nwhere     target is not None\n" in out
    assert out.endswith("## References\n\n- The charter of 2017, page 4\n")


def test_links_of_the_list_lead_to_the_pages() -> None:
    """Of each rule, under its name; every former name has its anchor too, and no two are the same."""
    _, out, _ = run("list", "--pack", written(OURS), "--format", "markdown")
    anchors = re.findall(r'<a id="([^"]*)"></a>', out)
    links = [str(token.attrs["href"])[1:] for token in tokens(out) if token.type == "link_open"]
    assert links == ["kpi.below-floor", "kpi.old", "kpi.older"]
    assert sorted(anchors) == sorted([*links, "kpi.low", "kpi.floor"])


TRICKS = "<script>alert(1)</script> | `code` ``` [x](http://evil.example) # *b* &amp;"
STRANGE = json.dumps({
    "plantrack-rules": 1,
    "pack": f"strange {TRICKS}",
    "version": "1.0.0",
    "title": f"{TRICKS}\n# A second\theading\n- and an item",
    "rules": [{
        "id": "kpi.strange",
        "title": f"{TRICKS}\n| a | b |\n\n## heading",
        "for": "Measure",
        "severity": "low",
        "params": {"marks": [TRICKS, "1. one\n2. two"]},
        "units": {"marks": f"- {TRICKS}\n- item"},
        "when": "unit is None and title != '``` `````' and title not in marks",
        "message": f"{{title}} {TRICKS}\n```\n# heading",
        "fix": f"> {TRICKS}\n\n---\n\n1. {TRICKS}",
        "about": f"+ {TRICKS}\n\n    code\n\n=== {TRICKS}",
        "why": TRICKS,
        "references": [f"- {TRICKS}\n- second", "javascript:alert(1)"],
        "tests": [
            {"name": f"{TRICKS}\n- fires", "as_at": "2018-02-28", "expect": "finding",
             "given": {"title": f"{TRICKS} \\ ~~~"}},
            {"name": "is silent", "as_at": "2018-02-28", "given": {"unit": f"{TRICKS}\n\n# x"}, "expect": "none"},
        ],
    }],
})  # fmt: skip


def test_markdown_of_a_strangers_pack() -> None:
    """Nothing that it says becomes a heading, a link, a cell, an item, HTML or the end of a block of code."""
    pack = load_pack(STRANGE, "strange.yaml")
    plain = load_pack(re.sub(r"[^\x20-\x7e]|\\[nt]", " ", STRANGE.replace(json.dumps(TRICKS)[1:-1], "x")), "plain.yaml")
    shape = [(token.type, token.tag, token.markup[:3]) for token in tokens(catalogue_markdown([pack]))]
    expected = [(token.type, token.tag, token.markup[:3]) for token in tokens(catalogue_markdown([plain]))]
    html = [token.content for token in tokens(catalogue_markdown([pack])) if token.type.startswith("html")]

    def block(of: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
        return [token for token in of if token[0] not in ("text", "text_special", "paragraph_open", "paragraph_close",
                                                          "inline")]  # fmt: skip

    assert block(shape) == block(expected)
    assert html == ['<a id="kpi.strange">', "</a>"]
    (fence,) = (token for token in tokens(rule_markdown(pack, pack.rules[0])) if token.type == "fence")
    assert fence.content.splitlines() == list(code_lines(list(condition(pack.rules[0])), WIDTH))


def test_terminal_shows_a_strangers_pack_line_by_line() -> None:
    """Line ends of its texts are no lines of the page, and there is no control character to take the terminal over."""
    pack = load_pack(STRANGE, "strange.yaml")
    lines = [line.text for line in (*catalogue_report([pack]), *rule_report(pack, pack.rules[0]))]
    assert [line for line in lines if re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", line)] == []
    headings = [line for line in lines[5:] if line and not line.startswith(" ")]
    assert headings[-9:] == [
        "What it does", "Why it matters", "What to do", "Bad example", "Good example", "When it says nothing",
        "The condition", "Parameters", "References",
    ]  # fmt: skip


@pytest.mark.parametrize("key", ["title", "about", "fix", "references"])
def test_control_characters_do_not_get_in(key: str) -> None:
    """They are refused with the pack, so that no page has to strip them."""
    value = '["\\e[2J"]' if key == "references" else '"\\e[2J"'
    said = error_of(pack_text(f"{key}: {value}\nwhen: unit is None"))
    assert "the character U+001B is not allowed: it changes how the text around it looks" in said


# --- the pages of the documentation ----------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [pack for pack in installed_packs() if "/" not in pack.text.name], ids=lambda p: p.id)
def test_pages_are_those_of_the_packs(pack: Pack) -> None:
    """What the documentation says of a rule is what the rule says and does."""
    file, now = DOCS / f"{pack.id}.md", catalogue_markdown([pack])
    if os.environ.get("RENEW_GOLDEN"):
        file.write_text(now, "utf-8")
    assert file.is_file(), f"{pack.id} has no page in docs/catalogue: {RENEW}"
    assert now == file.read_text("utf-8"), f"{file.name} is not what the pack says: {RENEW}"


def test_every_page_has_its_pack() -> None:
    """A pack that goes takes its page with it."""
    assert {file.stem for file in DOCS.iterdir()} <= {pack.id for pack in installed_packs()}


@pytest.mark.parametrize(("pack", "rule"), INSTALLED, ids=[rule.id for _, rule in INSTALLED])
def test_page_of_every_installed_rule_is_complete(pack: Pack, rule: Rule) -> None:
    """What it does, why, what to do, an example of each kind, since when, the units of its parameters, a source."""
    headings = [line for line in page(pack, rule).splitlines() if line and not line.startswith(" ")][1:]
    assert headings == [
        "What it does",
        "Why it matters",
        "What to do",
        "Bad example",
        "Good example",
        "When it says nothing",
        "The condition",
        *(["Parameters"] if rule.params else []),
        "References",
    ]
    assert rule.since
    assert rule.units.keys() == rule.params.keys()


@cache
def counts() -> dict[str, dict[str, int]]:
    """How many findings each rule makes at the boards of the Medway example."""
    found: dict[str, dict[str, int]] = {}
    for board, result in medway().items():
        for finding in result:
            of = found.setdefault({"2014": "2 April 2014", "2018": "28 February 2018"}.get(board, ""), {})
            of[finding.rule] = of.get(finding.rule, 0) + 1
    return found


def test_references_to_the_example_say_what_it_shows() -> None:
    """A reference that counts findings counts those that a check of that day makes; none is left out."""
    said: dict[str, Any] = {}
    for _, rule in INSTALLED:
        for reference in rule.references:
            if match := re.fullmatch(r"The Medway example, .* as at (.*): (\d+) findings?", reference):
                said.setdefault(match[1], {})[rule.id] = int(match[2])
    assert said == {day: found for day, found in counts().items() if day}


# --- what a pack may say for its page --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("since: soon\nwhen: unit is None", "rule kpi.test: 'soon' is not a version\n"),
        ("since: {a: b}\nwhen: unit is None", "rule kpi.test: a mapping is not a version\n"),
        ("params: {grace: 7}\nunits: days\nwhen: grace > 1", "'units' needs a mapping of parameters to texts\n"),
        ("params: {grace: 7}\nunits: {grce: days}\nwhen: grace > 1", "the rule has no parameter 'grce'\n"),
        ("params: {grace: 7}\nunits: {grace: 7}\nwhen: grace > 1", "the unit of 'grace' needs a text\n"),
        ("units: {grace: days}\nwhen: unit is None", "the rule has no parameter 'grace'\n"),
    ],
)
def test_wrong_words_for_the_page(keys: str, said: str) -> None:
    """A version that is none, and units of what is no parameter, are refused with their place."""
    wrong = error_of(pack_text(keys))
    assert said in wrong
    assert "^" in wrong
    assert "  hint: " in wrong or "'units' needs" in wrong
