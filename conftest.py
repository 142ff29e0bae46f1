"""Every ```python block of README.md and docs/ is a test; the blocks of one page share names and an empty folder.

The page on testing rules has other readers: there a ```yaml block is a file, named in its first line, and the commands
of a ```console block print what stands under them.
"""

import os
import re
import shlex
import subprocess
import sys
from contextlib import ExitStack, chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from click.testing import CliRunner
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser
from sybil.sybil import SybilCollection

left_after_page = ExitStack()


def enter_empty_folder(_namespace: dict[str, Any]) -> None:
    left_after_page.enter_context(chdir(left_after_page.enter_context(TemporaryDirectory())))


def leave_folder(_namespace: dict[str, Any]) -> None:
    left_after_page.close()


def write_file(example: Example) -> None:
    name = example.parsed.partition("\n")[0].removeprefix("# ")
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(example.parsed)


def run_commands(example: Example) -> None:
    for told in re.split(r"^\$ ", example.parsed, flags=re.MULTILINE)[1:]:
        command, _, expected = told.partition("\n")
        assert timeless(printed(shlex.split(command))) == timeless(expected)


def printed(command: list[str]) -> str:
    if command[0] == "plantrack":
        from plantrack.cli import main

        return CliRunner().invoke(main, command[1:], prog_name="plantrack").output
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "plantrack.pytest_plugin"}
    environment = {**os.environ, **alone}
    ran = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False, env=environment)
    return ran.stdout + ran.stderr


def timeless(text: str) -> str:
    return re.sub(r"in \d+\.\d+s", "in 0.01s", text).strip()


python = PythonCodeBlockParser()
analysts = "docs/testing-rules.md"
pytest_collect_file = SybilCollection(
    Sybil(parsers, patterns=patterns, excludes=excludes, setup=enter_empty_folder, teardown=leave_folder)
    for parsers, patterns, excludes in (
        ([python], ["README.md", "docs/*.md", "docs/**/*.md"], [analysts]),
        ([CodeBlockParser("yaml", write_file), CodeBlockParser("console", run_commands)], [analysts], []),
    )
).pytest()
