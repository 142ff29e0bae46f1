"""Measures as pictures: what is drawn, what it says in words, the page with its table, what it refuses."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest
from attrs import evolve
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from plantrack import Tracker
from plantrack.charts import MeasureChart, chart
from plantrack.charts.words import Wording
from plantrack.cli import main
from plantrack.errors import ChartError, UnknownSubjectError
from plantrack.events import (
    EventCorrected,
    EventRetracted,
    MeasureDefined,
    Observed,
    TargetAgreed,
    TargetSet,
)
from plantrack.period import Period
from tests.stories import told

PICTURE = Path(__file__).parent.parent / "docs/pictures/ae-4-hour-2019-01.svg"
SVG = "{http://www.w3.org/2000/svg}"
GREY, BLUE, ORANGE, WHITE, RED = "#a6a6a6", "#00b0f0", "#e46c0a", "#ffffff", "#b3261e"

needs_report = pytest.mark.skipif(
    find_spec("altair") is None or find_spec("vl_convert") is None,
    reason="pictures need the extra `report`: pip install 'plantrack-ledger[report]'",
)

WAITS = """\
- recorded: 2017-04-02
  events:
    - MeasureDefined: {measure: waits, title: Waits, unit: days, direction: decrease, cadence: month}
      effective: 2017-04-01
"""


def figures(values: str, measure: str = "waits") -> str:
    """Entries of a journal: a figure a month from April 2017 on, each recorded in the month after; - for none."""
    entries = []
    for month, value in enumerate(values.split(), 3):
        period, after = (f"{2017 + m // 12}-{m % 12 + 1:02}" for m in (month, month + 1))
        if value != "-":
            figure = f"{{Observed: {{measure: {measure}, period: {period}, value: {value}}}, effective: {period}}}"
            entries.append(f"- {{recorded: {after}-05, events: [{figure}]}}\n")
    return "".join(entries)


def points(svg: str) -> list[tuple[str, str, str]]:
    """Of each value that is drawn, in order of what it says: its colour, its shape, what a pointer shows."""
    marks = [(path, path.find(f"{SVG}title")) for path in ElementTree.fromstring(svg).iter(f"{SVG}path")]
    said = [(path.get("fill", ""), path.get("d", ""), title.text or "") for path, title in marks if title is not None]
    return [one for one in said if not one[2].startswith(("Variation: ", "Assurance: "))]


def texts(svg: str) -> list[str]:
    """Every text that is written on a picture."""
    root = ElementTree.fromstring(svg)
    return [" ".join(" ".join(text.itertext()).split()) for text in root.iter(f"{SVG}text")]


def lines(svg: str, colour: str) -> int:
    """How many straight lines of a colour there are."""
    return sum(1 for line in ElementTree.fromstring(svg).iter(f"{SVG}line") if line.get("stroke") == colour)


# --- the worked example -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (
            "2017-01-31",
            "A&E within 4 hours, all departments: 9 values, April 2016 to December 2016; the last is 73.6%. Target: at"
            " least 95%. Variation: Nothing can be said yet: 9 values, of the 13 that limits need. Assurance: Nothing"
            " can be said yet: there are no limits.",
        ),
        (
            "2018-01-31",
            "A&E within 4 hours, all departments: 21 values, April 2016 to December 2017; the last is 83.5%. Target: at"
            " least 95%. Variation: Nothing can be said yet: 3 values since the definition changed, of the 13 that"
            " limits need. Assurance: Nothing can be said yet: there are no limits. Points: 7 × special cause, worse,"
            " 4 × special cause, better. What is measured changed with October 2017: limits begin anew,"
            " and a step there is neither better nor worse.",
        ),
        (
            "2019-01-31",
            "A&E within 4 hours, all departments: 33 values, April 2016 to December 2018; the last is 81.9%. Target: at"
            " least 95%. Mean since October 2017 81.7%, limits 74.1% to 89.2%. Variation: It varies as it always has."
            " Assurance: The target will be missed unless something changes. Points: 15 × special cause, worse,"
            " 6 × special cause, better. What is measured changed with October 2017: limits begin anew, and a"
            " step there is neither better nor worse.",
        ),
    ],
)
def test_what_the_boards_could_have_been_told(medway: Tracker, day: str, said: str) -> None:
    """In words, as it was known at each of them: too few values, a break that is no improvement, a target missed."""
    assert medway.plan("medway-ccg-2017").chart("ae-4-hour", as_at=day, known_at=day).alternative == said


def test_the_main_department_has_no_break(medway: Tracker) -> None:
    """Other departments entered; that of the main one kept its definition, and its worsening is seen."""
    drawn = medway.plan("medway-ccg-2017").chart("measure:ae-4-hour-type-1", as_at="2018-01-31", known_at="2018-01-31")

    assert drawn.series.breaks == ()
    assert drawn.series.chart is not None
    assert (drawn.series.chart.variation_icon, drawn.series.chart.assurance_icon) == ("concern_low", "fail")


@pytest.fixture(scope="module")
def third_board(medway: Tracker) -> MeasureChart:
    return medway.plan("medway-ccg-2017").chart("ae-4-hour", as_at="2019-01-31", known_at="2019-01-31")


@pytest.fixture(scope="module")
def third_picture(third_board: MeasureChart) -> str:
    return third_board.svg()


@needs_report
def test_colour_is_never_the_only_sign(third_picture: str) -> None:
    """Each type of point has its colour and its shape, and no two have one."""
    drawn = points(third_picture)
    shapes = {(colour, shape) for colour, shape, _ in drawn}

    assert Counter(colour for colour, _, _ in drawn) == {ORANGE: 15, GREY: 12, BLUE: 6}
    assert len(shapes) == len({shape for _, shape in shapes}) == 3


@needs_report
def test_a_pointer_shows_when_a_value_was_published_and_recorded(third_picture: str) -> None:
    """All that is known of a value, by the element that browsers show without any script."""
    said = {text.splitlines()[0]: text for _, _, text in points(third_picture)}

    assert said["October 2017: 87.9%"] == (
        "October 2017: 87.9%\n9,876 of 11,230\nspecial cause, better: one of two in three near or beyond the"
        " upper limit, among values since October 2017"
        "\ntarget at least 95%\npublished 2017-11-09\nrecorded 2017-11-09 as #490\nother departments enter"
        " the figures in this month, so the definition widens and the rise is not an improvement"
    )
    assert "<script" not in third_picture
    assert "href" not in third_picture


@needs_report
def test_the_break_is_shown(third_picture: str) -> None:
    """A mark with its month; the line of values stops there and begins anew."""
    lines_of_values = ElementTree.fromstring(third_picture).iter(f"{SVG}g")
    runs = [path for g in lines_of_values if "mark-line" in g.get("class", "") for path in g.findall(f"{SVG}path")]

    assert "definition changed October 2017" in texts(third_picture)
    assert len(runs) == 2


@needs_report
def test_the_picture_says_itself_in_words(third_board: MeasureChart, third_picture: str) -> None:
    """A name, a description, icons with their words, and what each line is."""
    root = ElementTree.fromstring(third_picture)

    assert (root.get("role"), root.get("aria-label")) == ("img", "Control chart: A&E within 4 hours, all departments")
    assert root.findtext(f"{SVG}desc") == third_board.alternative
    written = texts(third_picture)
    for word in (
        "Variation", "It varies as it always has", "Assurance", "The target will be missed unless something changes",
        "target 95%", "upper limit 89.2%", "mean 81.7%", "lower limit 74.1%", "common cause",
        "special cause, better", "special cause, worse", "F",
    ):  # fmt: skip
        assert word in written


@needs_report
@pytest.mark.parametrize("width", [400, 860])
def test_the_layout_follows_the_width(third_board: MeasureChart, third_picture: str, width: int) -> None:
    """Nothing is scaled down: the picture is as wide as asked for at most, and no letter is below 11 pixels."""
    svg = third_picture if width == chart.WIDTH else third_board.svg(width)
    root = ElementTree.fromstring(svg)

    assert width * 0.9 <= float(root.get("width", 0)) <= width
    assert min(float(t.get("font-size", "0px").removesuffix("px")) for t in root.iter(f"{SVG}text")) >= 11


@needs_report
def test_the_picture_of_the_documentation_is_this_one(third_picture: str) -> None:
    """What it says and how its points look; where a pixel lies may differ by the version of the renderer."""
    if os.environ.get("RENEW_GOLDEN"):
        PICTURE.write_text(third_picture, "utf-8")
    kept = PICTURE.read_text("utf-8")

    assert texts(kept) == texts(third_picture)
    assert [(colour, said) for colour, _, said in points(kept)] == [(c, said) for c, _, said in points(third_picture)]


# --- what was recorded ------------------------------------------------------------------------------------------------

TARGET = """\
- recorded: 2017-04-03
  events:
    - {TargetSet: {measure: waits, comparator: at-most, value: 12}, effective: 2017-04-01}
"""
LATER = """\
- recorded: 2017-08-01
  events:
    - {TargetSet: {measure: waits, comparator: at-most, value: 10}, effective: 2017-07-15}
"""


@needs_report
def test_a_target_is_stepped_where_it_changed() -> None:
    """Each month has the target in force on its last day, and the line rises where the next has another."""
    with told(WAITS + TARGET + LATER + figures("11 12 10 13 11 9")) as story:
        drawn = story.until("2017-12-01").plan.chart("waits")

        assert [str(row.target and row.target.value) for row in drawn.series.rows] == ["12"] * 3 + ["10"] * 3
        assert lines(drawn.svg(), RED) == 3  # two levels and a step
        assert "target 10" in texts(drawn.svg())


AIMS = st.lists(
    st.tuples(
        st.sampled_from(["set", "proposed", "agreed", "corrected", "retracted"]),
        st.integers(0, 250),
        st.integers(1, 5),
        st.sampled_from([(None, None), (None, Period.month(2017, 9)), (Period.month(2017, 6), None)]),
    ),
    max_size=8,
)


@given(AIMS)
@settings(max_examples=25)
def test_each_row_has_the_target_that_the_state_of_its_last_day_has(
    aims: list[tuple[str, int, int, tuple[Period | None, Period | None]]],
) -> None:
    """However targets were set, put off, agreed, corrected and retracted."""
    with told(WAITS + figures("11 12 10 9 8 7 6 5")) as story:
        plan, targets = story.until("2018-02-01").plan, []
        for number, (verb, day, value, (period, due)) in enumerate(aims):
            effective = date(2017, 4, 1) + timedelta(days=day)
            aim = TargetSet(
                measure="waits", comparator="at-most", value=value, proposed=verb == "proposed", period=period, due=due
            )
            if verb in ("set", "proposed"):
                targets += plan.record(aim, effective=effective, event_id=f"aim-{number}")
            elif verb == "agreed":
                plan.record(TargetAgreed(measure="waits", period=period, due=due), effective=effective)
            elif targets:
                event = targets[number % len(targets)].event_id
                retracted = EventRetracted(event=event, why="a slip")
                corrected = EventCorrected(event=event, replacement=aim, effective=Period.day(effective))
                plan.record(retracted if verb == "retracted" else corrected, effective="2018-01-01")
        drawn = plan.chart("waits", as_at="2018-02-01")

        for row in drawn.series.rows:
            state = plan.at(as_at=row.end)
            meant = state.targets.get(state.measures["waits"].target or "")
            assert (row.target and evolve(row.target, set_by=())) == (meant and evolve(meant, set_by=()))


def test_months_without_a_figure_are_rows() -> None:
    """They break the runs of the method, and are told."""
    with told(WAITS + figures("11 12 - - 11 9")) as story:
        drawn = story.until("2017-12-01").plan.chart("waits")

    assert [str(row.value) for row in drawn.series.rows] == ["11", "12", "None", "None", "11", "9"]
    assert "No value for June 2017, July 2017." in drawn.alternative


@given(st.sets(st.integers(0, 40), min_size=1, max_size=12))
def test_rows_are_all_months_from_the_first_to_the_last(months: set[int]) -> None:
    """Whatever months there are: nothing is lost, nothing is there twice, nothing is missing between."""
    with told() as story:
        plan = story.plan
        plan.record(MeasureDefined(measure="m", title="M"), effective="2017-04-01")
        for month in sorted(months, key=hash):
            period = Period.month(2017 + month // 12, month % 12 + 1)
            plan.record(Observed(measure="m", period=period, value=month), effective="2017-04-02")
        rows = plan.chart("m", as_at="2022-01-01").series.rows

    assert [(row.start.year - 2017) * 12 + row.start.month - 1 for row in rows] == [
        *range(min(months), max(months) + 1)
    ]
    assert [int(row.value) for row in rows if row.value is not None] == sorted(months)


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ("value: 12", "12"),
        ("value: 12.50", "12.5"),
        ("value: 1234567", "1,234,567"),
        ("numerator: 2, denominator: 3", "0.667"),
        ("numerator: 2000, denominator: 3", "666.7"),
        ("numerator: 0, denominator: 3", "0"),
    ],
)
def test_figures_are_shown_as_they_were_given(fields: str, shown: str) -> None:
    """A quotient, which has no last digit, by three digits and one decimal place at least."""
    figure = f"- {{recorded: 2017-05-05, events: [{{Observed: {{measure: waits, period: 2017-04, {fields}}}}}]}}\n"
    with told(WAITS + figure.replace("}}]}", "}, effective: 2017-04}]}")) as story:
        drawn = story.until("2017-12-01").plan.chart("waits")

    assert drawn.alternative.startswith(f"Waits: 1 value, April 2017; the last is {shown}.")


def test_a_baseline_set_anew_begins_limits_anew() -> None:
    """The first baseline says where a measure started; the next is a rebase, from its period on."""
    baselines = """\
- recorded: 2017-06-01
  events:
    - {BaselineSet: {measure: waits, value: 11, period: 2017-04}, effective: 2017-06-01}
- recorded: 2017-09-01
  events:
    - {BaselineSet: {measure: waits, value: 9, period: 2017-08}, effective: 2017-09-01}
"""
    with told(WAITS + baselines + figures("11 12 10 13 9 9 8")) as story:
        drawn = story.until("2017-12-01").plan.chart("waits")

    assert [(b.kind, b.row, str(b.since)) for b in drawn.series.breaks] == [("baseline", 4, "2017-08")]
    assert Wording(drawn.series).notes == [
        "The baseline was set anew with August 2017: limits begin anew, and a step there is neither better nor worse.",
        "April 2017 to July 2017: 4 values, of the 13 that limits need.",
    ]


def test_what_to_know_before_a_chart_is_believed() -> None:
    """Values that are provisional or of another length, and a definition that changed after the last of them."""
    entries = figures("11 12 10").replace("value: 12", "value: 12, provisional: true")
    entries += """\
- recorded: 2017-08-01
  events:
    - {Observed: {measure: waits, period: 2017/18, value: 11}, effective: 2017-08-01}
    - {MeasureRevised: {measure: waits, unit: weeks}, effective: 2017-08}
"""
    with told(WAITS + entries) as story:
        drawn = story.until("2017-12-01").plan.chart("waits")

    assert Wording(drawn.series).notes == [
        "What is measured changed with 2017-08, and no value since is known.",
        "1 value is provisional.",
        "1 value is of a period of another length, and left out.",
    ]


@needs_report
def test_where_neither_direction_is_better_a_change_is_a_triangle() -> None:
    """Purple, up or down, and the icon says so."""
    entries = WAITS.replace("direction: decrease, ", "") + figures("10 11 " * 10 + "30 1")
    with told(entries) as story:
        drawn = story.until("2019-12-01").plan.chart("waits")

        special = [(c, d) for c, d, said in points(drawn.svg(400)) if "special cause" in said]
    assert [colour for colour, _ in special] == ["#490092", "#490092"]
    assert len({shape for _, shape in special}) == 2
    assert Wording(drawn.series).variation == (
        "It has changed: lower than it varies anyway, and neither direction is better"
    )


@pytest.mark.parametrize(
    ("entries", "variation", "assurance"),
    [
        (WAITS, "no value is known", "there is no target"),
        (WAITS + figures("11 12 10"), "3 values, of the 13 that limits need", "there is no target"),
        (WAITS + TARGET + figures("11"), "1 value, of the 13 that limits need", "there are no limits"),
        (
            WAITS.replace("cadence: month", "kind: cumulative") + TARGET + figures("1 3 4"),
            "a running total has no limits",
            "there are no limits",
        ),
        (
            WAITS.replace("decrease", "increase") + TARGET + figures("1 3 4"),
            "3 values, of the 13 that limits need",
            "the target asks for what the measure calls worse",
        ),
    ],
    ids=["no value", "three values", "one value", "running total", "contradiction"],
)
def test_where_nothing_can_be_said_it_says_why(entries: str, variation: str, assurance: str) -> None:
    """No icon without its reason."""
    with told(entries) as story:
        drawn = story.until("2017-12-01").plan.chart("waits")
        words = Wording(drawn.series)

    assert words.variation.partition(": ")[2] == variation
    assert words.assurance.partition(": ")[2] == assurance


def test_a_measure_without_a_better_direction_has_no_assurance() -> None:
    """It has limits and varies; whether a target above or below is met, nobody said."""
    entries = WAITS.replace("direction: decrease, ", "") + TARGET + figures("9 11 " * 8)
    with told(entries) as story:
        words = Wording(story.until("2018-12-01").plan.chart("waits").series)

    assert words.variation == "It varies as it always has"
    assert words.assurance == "Nothing can be said: the measure has no better direction"


@needs_report
def test_a_measure_without_a_figure_is_drawn_as_that() -> None:
    """A sentence in the place of an empty plot, and a page with an empty table."""
    with told(WAITS) as story:
        drawn = story.until("2017-12-01").plan.chart("waits")

        assert "No value of this measure is known." in texts(drawn.svg())
        assert drawn.alternative == "Waits: no value is known."


# --- the page ---------------------------------------------------------------------------------------------------------


@needs_report
def test_the_table_holds_what_is_drawn() -> None:
    """Row by row, with breaks, gaps, dates, and what was put right."""
    renamed = """\
- recorded: 2017-07-01
  events:
    - {MeasureRevised: {measure: waits, note: in working days}, effective: 2017-06}
"""
    june = """\
- recorded: 2017-07-11
  events:
    - Observed:
        {measure: waits, period: 2017-06, value: 15, provisional: true, published_on: 2017-07-10, quality: two sites}
      effective: 2017-06
      event_id: june
- recorded: 2017-08-20
  events:
    - EventCorrected:
        event: june
        replacement:
          type: Observed
          data: {measure: waits, period: 2017-06, value: 10.5, published_on: 2017-07-10, quality: two sites}
"""
    with told(WAITS + TARGET + figures("11 -") + renamed + june) as story:
        table = story.until("2017-12-01").plan.chart("waits").html().partition("<table>")[2].partition("</table>")[0]

    rows = [re.sub(r"<[^>]+>", "|", row) for row in re.findall(r"<tr.*?</tr>", table)]
    assert [re.split(r"\|+", row)[1:-1] for row in rows] == [
        ["Period", "Value", "Mean", "Lower limit", "Upper limit", "Target", "What it is", "Published", "Recorded"],
        ["April 2017", "11.0", "11.0", "at most 12", "not judged", "2017-05-05"],
        ["May 2017", "missing", "11.0", "at most 12"],
        ["definition changed: limits begin anew"],
        [
            "June 2017",
            "10.5",
            "10.5",
            "at most 12",
            "not judged; two sites",
            "2017-07-10",
            "2017-07-11, corrected 2017-08-20",
        ],
    ]


@needs_report
def test_whatever_was_recorded_is_text() -> None:
    """A title that is a script is shown, in the page and in the picture, and runs in neither."""
    attack = "</desc><script>alert(1)</script>"
    with told(WAITS.replace("title: Waits", f'title: "{attack}"') + figures("11 12")) as story:
        drawn = story.until("2017-12-01").plan.chart("waits")
        page = drawn.html()
        narrow = drawn.svg(400)

    assert "<script" not in page
    assert "<caption>&lt;/desc&gt;&lt;script&gt;alert(1)&lt;/script&gt;</caption>" in page
    assert ElementTree.fromstring(narrow).get("aria-label") == f"Control chart: {attack}"


@needs_report
def test_the_page_asks_for_nothing(third_board: MeasureChart) -> None:
    """One file: no script, no address of another, and a policy under which only its own style counts."""
    page = third_board.html()

    assert page.startswith('<!doctype html>\n<html lang="en">')
    assert re.search(r"default-src 'none'; style-src 'sha256-[\w+/=]{44}'", page)
    assert "<script" not in page
    assert not re.search(r"[\s\"'](src|href|style)=", page)
    assert set(re.findall(r"https?://[^\"' <]+", page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert page.count("<svg ") == 2


@needs_report
def test_in_a_notebook_a_measure_displays_itself(third_board: MeasureChart, third_picture: str) -> None:
    """The picture, and the table folded away below it."""
    shown = third_board._repr_html_()

    assert shown.startswith("<figure>\n<svg ")
    assert "<details><summary>The data</summary>" in shown
    assert third_board._repr_svg_() == third_picture


# --- what is refused, and the command ---------------------------------------------------------------------------------


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words and the analysis need nothing; the picture says what it needs."""
    for name in ("altair", "vl_convert"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("picture", "plot", "layout", "icons", "drawing"):
        monkeypatch.delitem(sys.modules, f"plantrack.charts.{name}", raising=False)
    with told(WAITS + figures("11 12")) as story:
        drawn = story.until("2017-12-01").plan.chart("waits")

        assert drawn.alternative.startswith("Waits: 2 values")
        for draw in (drawn.svg, drawn.png, drawn.html, drawn._repr_html_):
            with pytest.raises(ChartError) as caught:
                draw()
            assert str(caught.value) == "charts need the extra `report`: pip install 'plantrack-ledger[report]'"


def test_an_unknown_measure_is_refused() -> None:
    """With the name that was meant."""
    with told(WAITS) as story, pytest.raises(UnknownSubjectError, match=r"there is no measure:wait as at .*'waits'"):
        story.plan.chart("wait")


@pytest.mark.parametrize("width", [359, 2001, True, 400.0])
def test_a_width_that_cannot_be_read_is_refused(third_board: MeasureChart, width: int) -> None:
    """Between a telephone and a wall."""
    with pytest.raises(ChartError) as caught:
        third_board.svg(width)
    assert str(caught.value) == f"the width of a chart is 360 to 2000 pixels, not {width!r}"


def run(path: Path, *arguments: str) -> tuple[int, bytes, str]:
    found = CliRunner().invoke(main, ["--db", str(path), "chart", *arguments], catch_exceptions=False)
    return found.exit_code, found.stdout_bytes, found.stderr


@needs_report
def test_the_command_draws_into_a_file_by_its_ending(path: Path, tmp_path: Path) -> None:
    """SVG to stdout; a file is not overwritten unless that is wished."""
    png, page = tmp_path / "waits.png", tmp_path / "waits.html"

    code, out, err = run(path, "waits")
    assert (code, out[:5], err) == (0, b"<svg ", "")
    assert run(path, "medway/measure:waits", "-o", str(png)) == (0, b"", f"medway: measure:waits drawn to {png}\n")
    assert png.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert run(path, "waits", "-o", str(page))[0] == 0
    assert page.read_text("utf-8").startswith("<!doctype html>")
    said = f"plantrack: {png} exists already; name another file, or overwrite it with --force\n"
    assert run(path, "waits", "-o", str(png)) == (2, b"", said)
    assert run(path, "waits", "-o", str(png), "--force")[0] == 0


@needs_report
def test_the_command_does_not_overwrite_its_store(path: Path, tmp_path: Path) -> None:
    """However it is called, and whatever is wished."""
    store = path.rename(tmp_path / "board.html")

    code, out, err = run(store, "waits", "-o", str(store), "--force")
    assert (code, out) == (2, b"")
    assert str(store) in err
    assert store.read_bytes()[:6] == b"SQLite"


def test_the_command_knows_three_endings(path: Path) -> None:
    """Before anything is drawn."""
    said = "plantrack: waits.gif: a chart is written as .svg, .png or .html; end the name of the file so\n"
    assert run(path, "waits", "-o", "waits.gif") == (2, b"", said)
