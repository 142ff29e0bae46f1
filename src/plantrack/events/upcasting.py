"""Old stored schemas brought up to date: one function a step, dict to dict, kept for ever.

An event is stored under the topic ``Type@schema``. A class whose stored fields change raises ``SCHEMA`` and adds the
step from the schema before to this table; ``tests/golden`` holds an event of every schema that was ever written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plantrack.errors import StoredEventError

Payload = dict[str, Any]


def _measure_defined_1(data: Payload) -> Payload:
    """Schema 1 said ``better: higher | lower``; schema 2 says ``direction: increase | decrease``."""
    better = data.pop("better", None)
    return data if better is None else {**data, "direction": {"higher": "increase", "lower": "decrease"}[better]}


UPCASTERS: dict[tuple[str, int], Callable[[Payload], Payload]] = {
    ("MeasureDefined", 1): _measure_defined_1,
}


def upcast(type_name: str, schema: int, current: int, data: Payload) -> Payload:
    """``data`` as stored in ``schema``, brought to ``current``.

    :raises StoredEventError: a step is missing, or the data are not of that schema.
    """
    for step in range(schema, current):
        try:
            data = UPCASTERS[type_name, step](data)
        except (KeyError, TypeError, AttributeError) as problem:
            raise StoredEventError(f"cannot bring {type_name} from schema {step} to {step + 1}: {problem!r}") from None
    return data
