"""The pages of the documentation that are walked through at a terminal: every command is run, every output compared.

A page is marked with ``<!-- walk -->``. A fenced block after ``<!-- file: NAME -->`` is written to that file; in a
``console`` block each line after ``$`` is run in an empty folder, in order, and what stands below is its output, stdout
and stderr together. ``…`` stands for any text within a line, a line of ``…`` for any lines, ``[exit 1]`` for the exit
status where it is not 0.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGES = [page for page in sorted(DOCS.rglob("*.md")) if "<!-- walk -->" in page.read_text("utf-8")]
_BLOCK = re.compile(
    r"(?:<!-- file: (?P<name>\S+) -->\n)?```(?P<language>\w+)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE
)


def steps(page: str) -> Iterator[tuple[str, str, str]]:
    """What a page asks for, in order: a file with its content, or a command with its output."""
    for block in _BLOCK.finditer(page):
        if block["name"]:
            yield "file", block["name"], block["body"]
        elif block["language"] == "console":
            for part in re.split(r"^\$ ", block["body"], flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                yield "run", command, output


def run(command: str, folder: Path) -> str:
    """What a command prints, with the exit status where it is not 0."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "LC_ALL": "C.UTF-8",
        "PYTHONUTF8": "1",
    }
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    status = f"[exit {done.returncode}]\n" if done.returncode else ""
    return done.stdout + status


def matches(expected: str, printed: str) -> bool:
    """Whether what was printed is what the page shows."""
    wanted = [line.rstrip() for line in expected.strip("\n").split("\n")]
    places = {0}  # how many lines of the output may be accounted for so far
    lines = [line.rstrip() for line in printed.strip("\n").split("\n")]
    for line in wanted:
        if line == "…":
            places = set(range(min(places), len(lines) + 1)) if places else places
            continue
        pattern = re.compile(".*".join(map(re.escape, line.split("…"))))
        places = {at + 1 for at in places if at < len(lines) and pattern.fullmatch(lines[at])}
    return len(lines) in places


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    """Somebody who types what the page says sees what the page shows."""
    done = 0
    for what, name, content in steps(page.read_text("utf-8")):
        if what == "file":
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(content, "utf-8")
            continue
        printed = run(name, tmp_path)
        assert matches(content, printed), f"$ {name}\n--- the page\n{content}--- printed\n{printed}"
        done += 1
    assert done, "a page that is walked through has commands"


def test_the_comparison_tells_apart() -> None:
    """A page that shows something else than what is printed is noticed; dots stand for what may differ."""
    assert matches("a … c\n…\nend\n", "a b c\nx\ny\nend\n")
    assert matches("", "")
    for expected, printed in (("a\n", "b\n"), ("a\n", "a\nb\n"), ("a\nb\n", "a\n"), ("a … c\n", "a b d\n")):
        assert not matches(expected, printed)
