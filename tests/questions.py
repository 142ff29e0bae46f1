"""Questions of people who read plans, and the page of the best of them.

``docs/questions.yaml`` is the data; the page ``docs/questions.md`` is made of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).parent.parent / "docs"
DATA, PAGE = DOCS / "questions.yaml", DOCS / "questions.md"

_HEAD = """\
# Questions to a plan

`plantrack show --format json` prints all that is known of a plan; one expression of [jq](https://jqlang.org) answers a
question:

```console
$ plantrack demo
$ plantrack --db plantrack-demo.db show --plan medway-ccg-2017 --as-at 2018-02-28 --known-at 2018-02-28 \\
>   --format json > 2017.json
$ plantrack --db plantrack-demo.db show --plan medway-ccg-2014 --as-at 2014-04-02 --known-at 2014-04-02 \\
>   --format json > 2014.json
$ jq '.initiatives["urgent-care-front-door"].downstream' 2014.json
```

What to know:

- Each kind is an object from id to subject: `.measures["ae-4-hour"]`, `.initiatives[]`.
- A field that refers to another subject holds its id (`.measures["ae-4-hour"].target`), or kind and id where several
  kinds are possible (`.reports[].about` is `"measure:2ww"`). `. as $s | …` keeps the whole at hand to follow them.
- A subject lists the ids of those that refer to it, under [the names that rules use](rule-language.md): an initiative
  its `measures`, `risks`, `dependencies`, `dependants`, `reports`; a saving its `parts`. An empty list is `[]`.
- An initiative lists every initiative that it needs (`upstream`) and that needs it (`downstream`), directly or through
  others, nearest first. Where they are so entangled that the lists of all would take more than a million steps, these
  two are null; `show initiative:ID` still tells those of one.
- A date is three keys, as written, its first day and its last: `due`, `due_start`, `due_end`. An empty date is null,
  and jq takes null for less than any text: say `.due and .due_end <= "2018-03-31"`.
- Numbers are exact, and text: `tonumber` before you reckon or compare.
- Where a fact stands in its paper, the log tells: `log measure:ID --format json`, then `.[].source`.

[questions.yaml](questions.yaml) holds {count} questions, with the lines of the papers that answer them; all are asked
by the test suite. Here are some (l. is a line of the paper), of the plan of 2014 at its board of 2 April 2014, and of
that of 2017 on 28 February 2018. `RENEW_GOLDEN=1 pytest tests/test_questions.py` writes this page anew.
"""


def questions() -> list[dict[str, Any]]:
    """Every question, in order."""
    read = yaml.load(DATA.read_text("utf-8"), Loader=yaml.CSafeLoader)
    assert read["plantrack-questions"] == 1
    return list(read["questions"])


def boards() -> dict[str, str]:
    """For each plan of the example, the day on which it is asked, and of which it is asked."""
    read = yaml.load(DATA.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return {plan: day.isoformat() for plan, day in read["boards"].items()}


def page() -> str:
    """The page as Markdown."""
    asked = questions()
    shown = "".join(_section(question) for question in asked if question.get("page"))
    return _HEAD.format(count=len(asked)) + shown


def _section(question: dict[str, Any]) -> str:
    file = question["plan"][-4:] + ".json"
    answer = json.dumps(question["answer"], ensure_ascii=False)
    return f"\n**{question['question']}** ({file}, {question['where']})\n\n```text\n{question['jq']}\n{answer}\n```\n"
