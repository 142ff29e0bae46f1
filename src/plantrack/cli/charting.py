"""The command that draws: chart."""

from __future__ import annotations

import os

import click

from plantrack.charts import MeasureChart
from plantrack.charts.chart import LEAST, MOST, WIDTH
from plantrack.cli.options import Where, addressed, coordinate_options, plan_option, tracker_of
from plantrack.cli.printing import print_bytes, write_whole
from plantrack.cli.program import main
from plantrack.errors import ChartError

_MEASURE = "measure:"


@main.command()
@click.argument("measure")
@plan_option
@coordinate_options
@click.option(
    "--output", "-o", "path", type=click.Path(), metavar="FILE",
    help="Into a file, by its ending: .svg, .png or .html; SVG to stdout by default.",
)  # fmt: skip
@click.option(
    "--width", type=click.IntRange(LEAST, MOST), default=WIDTH, show_default=True,
    help="In pixels, of SVG and PNG; HTML has two widths.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite the file.")
@click.pass_context
def chart(
    ctx: click.Context, measure: str, plan: str | None, where: Where, path: str | None, width: int, force: bool
) -> None:
    """Draw a measure as a control chart.

    MEASURE is its id, such as ae-4-hour. The chart shows the limits, special causes, the target over time, where the
    definition changed, and both icons with their words; HTML has the data as a table too. Needs the extra `report`.
    """
    form = _form(path)
    plan_name, _, name = measure.rpartition("/")
    subject = f"{plan_name}/" * bool(plan_name) + _MEASURE + name.removeprefix(_MEASURE)
    with tracker_of(ctx) as tracker:
        log, named = addressed(tracker, plan, subject)
        drawn = _drawn(log.chart(named or subject, **where.of_state), form, width)
        if path is None:
            print_bytes([drawn])
        else:
            tracker.refuse_own(path)
            write_whole(path, [drawn], overwrite=force)
            click.echo(f"{log.id}: {named} drawn to {path}", err=True)


def _form(path: str | None) -> str:
    if path is None:
        return ".svg"
    ending = os.path.splitext(path)[1].lower()
    if ending not in (".svg", ".png", ".html"):
        raise ChartError(f"{path}: a chart is written as .svg, .png or .html; end the name of the file so")
    return ending


def _drawn(chart: MeasureChart, form: str, width: int) -> bytes:
    if form == ".png":
        return chart.png(width)
    return (chart.html() if form == ".html" else chart.svg(width)).encode()
