"""The chart as a page: picture and table side by side, in one file without script and without a network."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape

from plantrack.charts.data import MeasureSeries, Row
from plantrack.charts.words import Wording
from plantrack.spc.chart import Point

_STYLE = """
body { margin: 0 auto; max-width: 62rem; padding: 1rem; color: #212b32; background: #fff;
  font: 1rem/1.5 Arial, Helvetica, sans-serif; }
svg { display: block; max-width: 100%; height: auto; }
.narrow { display: none; }
.mark-symbol path:hover { stroke-width: 3; }
.rows { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.875rem; margin-top: 1.5rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: bold; padding-bottom: 0.5rem; }
th, td { padding: 0.3rem 0.75rem 0.3rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #d8dde0; }
th { font-weight: bold; } tbody th { font-weight: normal; white-space: nowrap; }
.n { text-align: right; white-space: nowrap; }
.break th { font-style: italic; padding-top: 1rem; border-bottom: 2px dotted #212b32; }
@media (max-width: 56rem) { .wide { display: none; } .narrow { display: block; } }
"""
_COLUMNS = (
    ("Period", ""), ("Value", "n"), ("Mean", "n"), ("Lower limit", "n"), ("Upper limit", "n"), ("Target", "n"),
    ("What it is", ""), ("Published", ""), ("Recorded", ""),
)  # fmt: skip


def page(series: MeasureSeries, wide: str, narrow: str) -> str:
    """A whole document.

    :param wide: the picture as SVG; ``narrow`` is shown in its place where there is little room.
    """
    style = b64encode(sha256(_STYLE.encode()).digest()).decode()
    title = escape(Wording(series).title)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{style}'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<div class="wide">\n{wide}</div>\n<div class="narrow">\n{narrow}</div>\n'
        f"{_table(series)}</main>\n</body>\n</html>\n"
    )


def fragment(series: MeasureSeries, picture: str) -> str:
    """The same within another page, such as a notebook: the table is folded away."""
    return f"<figure>\n{picture}<details><summary>The data</summary>\n{_table(series)}</details>\n</figure>\n"


def _table(series: MeasureSeries) -> str:
    words = Wording(series)
    points: Sequence[Point | None] = series.chart.points if series.chart else [None] * len(series.rows)
    broken = {one.row: one for one in series.breaks}
    heads = "".join(f'<th scope="col"{_class(kind)}>{name}</th>' for name, kind in _COLUMNS)
    lines = [f'<div class="rows"><table>\n<caption>{escape(words.title)}</caption>\n<thead><tr>{heads}</tr></thead>\n']
    lines.append("<tbody>\n")
    for at, (row, point) in enumerate(zip(series.rows, points, strict=True)):
        if at in broken:
            said = f"{words.broken(broken[at])}: limits begin anew"
            lines.append(f'<tr class="break"><th colspan="{len(_COLUMNS)}" scope="colgroup">{said}</th></tr>\n')
        cells = zip(_COLUMNS[1:], _cells(words, row, point), strict=True)
        filled = "".join(f"<td{_class(kind)}>{escape(text)}</td>" for (_, kind), text in cells)
        lines.append(f'<tr><th scope="row">{escape(words.period(row))}</th>{filled}</tr>\n')
    lines.append("</tbody>\n</table></div>\n")
    return "".join(lines)


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def _cells(words: Wording, row: Row, point: Point | None) -> Iterator[str]:
    seen = row.observation
    yield "missing" if row.value is None else words.number(row.value)
    for line in (point.mean, point.lower, point.upper) if point else (None, None, None):
        yield "" if line is None else words.computed(line)
    yield "" if row.target is None else words.target(row.target)
    said = [] if row.value is None else [words.judged(row, point)]
    if seen is not None:
        said += ["provisional"] if seen.provisional else []
        said += [" ".join(seen.quality.split())] if seen.quality else []
    yield "; ".join(said)
    yield "" if seen is None or seen.published_on is None else str(seen.published_on)
    corrected = "" if row.corrected is None else f", corrected {row.corrected.date()}"
    yield "" if row.recorded is None else f"{row.recorded.date()}{corrected}"
