"""The pytest plug-in: with ``--plantrack-rules``, the tests inside rule packs are tests of pytest.

It is loaded into every run of pytest where plantrack is installed, so that nothing but itself is imported before a pack
is found.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from plantrack.rules import Pack, Rule, RuleTest

_NAMES = {"plantrack", "plantrack.pytest_plugin"}  # of the entry point, and of `-p`


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Offer the option; under its other name the plug-in is not loaded a second time."""
    for name in _NAMES - {pluginmanager.get_name(sys.modules[__name__])}:
        pluginmanager.set_blocked(name)
    said = "Run the tests inside plantrack's rule packs (*.yaml, *.yml)."
    parser.getgroup("plantrack").addoption("--plantrack-rules", action="store_true", help=said)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A pack, where the option asks for packs."""
    if not parent.config.getoption("plantrack_rules") or file_path.suffix not in (".yaml", ".yml"):
        return None
    from plantrack.rules import is_pack

    return PackFile.from_parent(parent, path=file_path) if is_pack(file_path.read_bytes()) else None


class PackFile(pytest.File):
    """A pack; one that cannot be loaded is an error of the collection, with the place and without a traceback."""

    def collect(self) -> Iterator[pytest.Collector]:
        """Its rules."""
        from plantrack.errors import RuleSourceError
        from plantrack.rules import load_pack

        try:
            pack = load_pack(self.path.read_bytes(), self.nodeid)
        except RuleSourceError as problem:
            raise self.CollectError(str(problem)) from None
        for rule in pack.rules:
            yield RuleNode.from_parent(self, name=rule.id, pack=pack, rule=rule)


class RuleNode(pytest.Collector):
    """A rule of a pack."""

    def __init__(self, *, pack: Pack, rule: Rule, **node: Any) -> None:
        super().__init__(**node)
        self.pack, self.rule = pack, rule

    def collect(self) -> Iterator[pytest.Item]:
        """Its tests."""
        for test in self.rule.tests:
            yield RuleItem.from_parent(self, name=test.name, pack=self.pack, rule=self.rule, test=test)


class RuleItem(pytest.Item):
    """A test of a rule."""

    def __init__(self, *, pack: Pack, rule: Rule, test: RuleTest, **node: Any) -> None:
        super().__init__(**node)
        self.pack, self.rule, self.test = pack, rule, test
        if test.todo:  # one that passes is a warning of `rules test`, and no failure here either
            self.add_marker(pytest.mark.xfail(reason=test.todo, strict=False))

    def runtest(self) -> None:
        """Run it; what differs is told as ``plantrack rules test`` tells it, and where."""
        from plantrack.reports.pack_tests import differences_report
        from plantrack.rules import run_test

        result = run_test(self.pack, self.rule, self.test)
        if not result.passed:
            told = dedent("\n".join(line.text for line in differences_report(result)))
            pytest.fail(f"{told}\n\n{self.pack.text.name}:{result.line}: {result.rule}", pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it stands."""
        return self.path, self.test.mark.line - 1, f"{self.rule.id}: {self.name}"
