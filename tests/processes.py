"""Processes that tests start: their environment, what they print, and one that records until it is stopped."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import plantrack

_SRC = Path(plantrack.__file__).parents[1]

WRITER = """
import sys, time
from plantrack.events import BodyRegistered
from plantrack.tracker import open_tracker

path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open_tracker(path) as tracker:
    log = tracker.plan("medway")
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(count):
        began = time.perf_counter()
        [event] = log.record(BodyRegistered(body=f"{name}-{number}", title="Body"), effective="2018-01-01")
        print(event.position, event.event_id, time.perf_counter() - began, flush=True)
"""
"""Records so many bodies under a name of its own, and says of each its position, id and the seconds that it took."""


def not_measured() -> dict[str, str]:
    """The environment of this process, without what makes a Python measure its coverage: that imports, and writes."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


def start(
    script: str,
    *arguments: object,
    environment: Mapping[str, str] | None = None,
    before: Callable[[], None] | None = None,
) -> subprocess.Popen[str]:
    """A process of its own that runs a script against this source.

    Its coverage is not measured: it may be killed, or have no room to write.

    :param environment: what it has beside that of this process.
    :param before: called in it before it runs.
    """
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**not_measured(), "PYTHONPATH": str(_SRC), **(environment or {})},
        preexec_fn=before,
    )


def go(*processes: subprocess.Popen[str]) -> None:
    """Wait until each is ready, then let all of them begin at once."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def finish(process: subprocess.Popen[str], told: str | None = None) -> list[str]:
    """What a process printed; it must have ended well."""
    out, errors = process.communicate(told, timeout=300)
    assert (process.returncode, errors) == (0, "")
    return out.splitlines()
