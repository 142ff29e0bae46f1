"""The published schema ``plantrack-rules: 1``: written down, and kept for ever."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plantrack.rules.published import published

REFERENCE = Path(__file__).parent.parent / "docs" / "reference" / "plantrack-rules-1.json"
RELEASED = Path(__file__).parent / "golden" / "plantrack-rules-1.json"
WORDS = {"group", "usage", "meaning"}
"""What is said of a function may be said better."""


def test_reference_is_up_to_date() -> None:
    """The file says what holds. After a change that is meant: RENEW_GOLDEN=1 pytest tests/test_rules_published.py."""
    now = json.dumps(published(), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("RENEW_GOLDEN"):
        REFERENCE.write_text(now, "utf-8")
    assert now == REFERENCE.read_text("utf-8")


def broken(released: Any, now: Any, at: str = "") -> Iterator[str]:
    """Where what holds now falls short of what was released: additions are no breach, nor are limits that grow."""
    if isinstance(released, dict):
        for key, value in released.items():
            place = f"{at}/{key}"
            if key in WORDS and isinstance(value, str):
                continue
            if key not in now:
                yield f"{place} is gone"
            else:
                yield from broken(value, now[key], place)
    elif isinstance(released, list):
        yield from (f"{at}/{item} is gone" for item in released if item not in now)
    elif isinstance(released, int) and not isinstance(released, bool) and at.startswith("/limits/"):
        if now < released:
            yield f"{at} was {released} and is {now}"
    elif released != now:
        yield f"{at} was {released!r} and is {now!r}"


def test_nothing_that_was_released_is_lost() -> None:
    """Adopted packs must load in ten years. Additions go into the golden file with the next release, by hand."""
    assert list(broken(json.loads(RELEASED.read_text("utf-8")), published())) == []


def changed(path: str, to: Any) -> Any:
    """The schema with one thing changed; ``None`` takes it away."""
    schema = copy.deepcopy(published())
    *way, last = path.split("/")
    at = schema
    for step in way:
        at = at[step]
    if to is None and isinstance(at, list):
        at.remove(last)
    elif to is None:
        del at[last]
    else:
        at[last] = to
    return schema


def renamed(path: str, name: str) -> Any:
    """The schema with one key of a mapping renamed."""
    schema = copy.deepcopy(published())
    *way, last = path.split("/")
    at = schema
    for step in way:
        at = at[step]
    at[name] = at.pop(last)
    return schema


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # a removal
        (changed("kinds/Milestone", None), ["/kinds/Milestone is gone"]),
        (changed("kinds/Milestone/fields/due", None), ["/kinds/Milestone/fields/due is gone"]),
        (changed("functions/latest", None), ["/functions/latest is gone"]),
        (changed("functions/baseline/forms/Target", None), ["/functions/baseline/forms/Target is gone"]),
        (changed("keys/rule/hold_for", None), ["/keys/rule/hold_for is gone"]),
        (changed("choices/severity/info", None), ["/choices/severity/info is gone"]),
        (changed("syntax/comparisons/not in", None), ["/syntax/comparisons/not in is gone"]),
        (changed("names/today", None), ["/names/today is gone"]),
        # a new name
        (renamed("kinds/Milestone/fields/due", "due_by"), ["/kinds/Milestone/fields/due is gone"]),
        (renamed("functions/len", "count"), ["/functions/len is gone"]),
        # another type, or more that is asked for
        (
            changed("kinds/Milestone/fields/due", "day or empty"),
            ["/kinds/Milestone/fields/due was 'period or empty' and is 'day or empty'"],
        ),
        (
            changed("kinds/Milestone/fields/title", "text or empty"),
            ["/kinds/Milestone/fields/title was 'text' and is 'text or empty'"],
        ),
        (
            changed("functions/sum/forms/list of number", "number or empty"),
            ["/functions/sum/forms/list of number was 'number' and is 'number or empty'"],
        ),
        (changed("keys/rule/fix", "needed"), ["/keys/rule/fix was 'optional' and is 'needed'"]),
        (changed("kinds/Milestone/subject", False), ["/kinds/Milestone/subject was True and is False"]),
        (changed("limits/rules in a pack", 499), ["/limits/rules in a pack was 500 and is 499"]),
        (changed("plantrack-rules", 2), ["/plantrack-rules was 1 and is 2"]),
        # additions
        (changed("kinds/Gate", {"subject": True, "fields": {}}), []),
        (changed("kinds/Milestone/fields/weather", "text"), []),
        (changed("functions/median", {"forms": {}}), []),
        (changed("functions/sum/forms/list of day", "day"), []),
        (changed("keys/rule/colour", "optional"), []),
        (changed("limits/rules in a pack", 501), []),
        (changed("functions/sum/meaning", "all of it together"), []),
    ],
)
def test_breaches_are_found(now: Any, expected: list[str]) -> None:
    """The law finds what is removed, renamed or retyped, and lets additions and better words pass."""
    assert expected == list(broken(published(), now))
