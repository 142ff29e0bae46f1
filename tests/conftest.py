"""How hard Hypothesis tries: little while writing, repeatably on a build server, long in `make soak`; the example."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import plantrack
from plantrack import Tracker
from plantrack.demo import DocumentClock, record_entries
from tests.stores import fill

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=300, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("soak", max_examples=10_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


@pytest.fixture(scope="session")
def medway() -> Iterator[Tracker]:
    """The whole example, recorded once; nobody records into it."""
    clock = DocumentClock()
    with plantrack.open(":memory:", clock=clock) as tracker:
        for _ in record_entries(tracker, clock):
            pass
        yield tracker


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with a plan of eight events, closed."""
    file = tmp_path / "board.db"
    with plantrack.open(file) as tracker:
        fill(tracker.plan("medway"))
    return file
