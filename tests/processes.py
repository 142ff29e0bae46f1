"""The environment of processes that tests start."""

import os


def not_measured() -> dict[str, str]:
    """That of this process, without what makes a Python measure its coverage: that imports, and writes files."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
