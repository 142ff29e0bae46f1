"""Everything under ``tests/attacks``: how long the slowest takes to be refused or stopped, and how much memory."""

from __future__ import annotations

import gc
import json
import time
import tracemalloc
from collections.abc import Callable, Mapping
from contextlib import suppress

from attrs import frozen

from plantrack.errors import RuleSourceError
from plantrack.rules import Subject, load_pack
from plantrack.rules.engine import judge
from tests.attacks.costly import COSTLY
from tests.attacks.documents import DOCUMENTS, PACK_BOMBS
from tests.attacks.expressions import EXPRESSIONS, TEMPLATES
from tests.attacks.packs import PACKS
from tests.test_rules_attacks import SUBJECT, crowd_linked
from tests.test_rules_language import pack_of
from tests.test_rules_packs import cases, pack_text


@frozen
class Row:
    """One line of the table: the slowest and the largest of many attacks."""

    work: str
    slowest: tuple[float, str]
    largest: tuple[int, str]

    @property
    def text(self) -> str:
        """The row in Markdown."""
        (seconds, slowest), (size, largest) = self.slowest, self.largest
        found = f"{seconds * 1e3:,.0f} ms ({slowest}), {size / 1e6:,.0f} MB ({largest})"
        return f"| {self.work} | none | {found} | ≤ 100 ms, ≤ 64 MB | |"


def rows(rounds: int) -> list[Row]:
    """The rows of the table about attacks."""
    loads = {name: _load(content) for name, content in _packs().items()}
    judgements = {name: _judge(name) for name in COSTLY}
    gc.collect()
    gc.freeze()  # else the garbage collector looks at all of them again and again
    return [
        _row(f"{len(loads)} packs, until each is refused", loads, rounds),
        _row(f"{len(judgements)} rules, until each is stopped, for one subject", judgements, rounds),
    ]


def _row(work: str, attacks: Mapping[str, Callable[[], None]], rounds: int) -> Row:
    times, sizes = [], []
    for name, attack in attacks.items():
        attack()
        times.append((min(_seconds(attack) for _ in range(rounds)), name))
        tracemalloc.start()
        attack()
        sizes.append((tracemalloc.get_traced_memory()[1], name))
        tracemalloc.stop()
    return Row(work, max(times), max(sizes))


def _seconds(attack: Callable[[], None]) -> float:
    """Of this process, so that it is the attack's fault and nobody else's."""
    start = time.process_time()
    attack()
    return time.process_time() - start


def _packs() -> dict[str, str | bytes]:
    found: dict[str, str | bytes] = {**DOCUMENTS}
    found |= {f"when: {name:.20}": pack_text(f"when: {json.dumps(text)}") for name, text in EXPRESSIONS.items()}
    found |= {f"message {n}": pack_text(f"message: {json.dumps(text)}") for n, text in enumerate(TEMPLATES)}
    found |= {name: pack_text(keys) for name, keys, _ in cases(PACKS)}
    return found | {name: pack_text(keys) for name, (keys, _) in PACK_BOMBS.items()}


def _load(content: str | bytes) -> Callable[[], None]:
    def attack() -> None:
        with suppress(RuleSourceError):
            load_pack(content, "p.yaml")
            raise AssertionError(f"not refused: {content[:200]!r}")

    return attack


def _judge(name: str) -> Callable[[], None]:
    kind, keys = COSTLY[name]
    (rule,) = pack_of(kind, **keys).rules
    subject, linked = Subject(kind.lower(), SUBJECT[kind], ""), crowd_linked()

    def attack() -> None:
        verdict = judge(rule, subject, linked)
        assert verdict is not None
        assert verdict.outcome == "error"

    return attack
