"""Every ```python block of README.md and docs/ is a test; the blocks of one page share names and an empty folder."""

from contextlib import ExitStack, chdir
from tempfile import TemporaryDirectory
from typing import Any

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

left_after_page = ExitStack()


def enter_empty_folder(_namespace: dict[str, Any]) -> None:
    left_after_page.enter_context(chdir(left_after_page.enter_context(TemporaryDirectory())))


def leave_folder(_namespace: dict[str, Any]) -> None:
    left_after_page.close()


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser()],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    setup=enter_empty_folder,
    teardown=leave_folder,
).pytest()
