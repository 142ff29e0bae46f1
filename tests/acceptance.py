"""The ledger of acceptance: what two real plans ask of the software, and where each answer stands.

``docs/acceptance.yaml`` is the data; the page ``docs/acceptance.md`` is made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).parent.parent / "docs"
DATA, PAGE = DOCS / "acceptance.yaml", DOCS / "acceptance.md"

_HEAD = """\
# What the plan of an organisation asks, and where it is answered

Two real papers, a commissioning plan of 2014 and a progress report of 2018, hold {count} mechanisms that software for
strategic plans must be able to express. This page names them all: the events and the state that hold each, where the
[worked example](../examples/medway/README.md) shows it, the rule that checks it or the question that answers it, and
the test that proves it. It is made of [acceptance.yaml](acceptance.yaml), and every name in it is tested:
`RENEW_GOLDEN=1 pytest tests/test_acceptance.py` writes it anew.

**Where** is the paper and the lines of its text, as in the journals of the example. **Shown** names subjects of the
example. A rule is followed by what it finds at the board of its plan, on 2 April 2014 or 28 February 2018. Questions
are put to `plantrack show --format json` with [jq](https://jqlang.org); they stand with their answers below the table.

| Row | Mechanism | Where | Events and state | Shown | Rule, query | Proof |
|---|---|---|---|---|---|---|
"""


def rows() -> list[dict[str, Any]]:
    """The rows of the ledger, in order."""
    read = yaml.load(DATA.read_text("utf-8"), Loader=yaml.CSafeLoader)
    assert read["plantrack-acceptance"] == 1
    return list(read["rows"])


def boards() -> dict[str, str]:
    """For each plan of the example, the day of the board at which its rows are judged."""
    read = yaml.load(DATA.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return {plan: day.isoformat() for plan, day in read["boards"].items()}


def page() -> str:
    """The page as Markdown."""
    ledger = rows()
    table = "".join(_line(row) for row in ledger)
    return _HEAD.format(count=len(ledger)) + table + "".join(_sections(ledger))


def _line(row: dict[str, Any]) -> str:
    cells = [
        str(row["row"]),
        row["mechanism"],
        row["where"],
        f"{_code(row['events'])}: {row['state']}",
        "; ".join(_code(subjects) for subjects in row.get("shown", {}).values()),
        "; ".join([*map(_rule, row.get("rules", [])), *([f"[query](#query-{row['row']})"] if "query" in row else [])]),
        _code(_proof(row)),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _rule(said: dict[str, Any]) -> str:
    found = said.get("finds")
    name = f"`{said['rule']}`"
    if found is None:
        return name
    return f"{name}: {found} findings" if isinstance(found, int) else f"{name}: {_code(found)}"


def _proof(row: dict[str, Any]) -> list[str]:
    """Tests by name; those of ``tests/test_acceptance.py`` with the number of the row."""
    own = {"rules": "test_rules", "query": "test_question"}
    named = [test.partition("::")[2] for test in row.get("tests", [])]
    return named + [f"{test}[{row['row']}]" for key, test in own.items() if key in row]


def _code(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _sections(ledger: list[dict[str, Any]]) -> Iterator[str]:
    yield "\n## Notes\n\n"
    yield from (f"- **{row['row']}** {row['note']}\n" for row in ledger if "note" in row)
    yield "\n## What is not here\n\n"
    yield from (f"- **{row['row']}** {row['not here']}\n" for row in ledger if "not here" in row)
    yield "\n## Questions and answers\n"
    for row in ledger:
        if "query" in row:
            query = row["query"]
            yield f'\n<a id="query-{row["row"]}"></a>**{row["row"]}** {row["mechanism"]} (`{query["plan"]}`)\n\n'
            yield f"```text\n{query['jq']}\n{query['answer']}\n```\n"
