"""Where the tests inside packs are run: `plantrack rules test`, and pytest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from plantrack.cli import main
from tests.test_rules_packs import pack_text

pytest_plugins = ["pytester"]

# --- the command -----------------------------------------------------------------------------------------------------

FIRES = "{name: fires, as_at: 2018-02-28, given: {}, expect: finding}"
SILENT = "{name: is silent, as_at: 2018-02-28, given: {unit: x}, expect: none}"


def write(path: str, *tests: str, rule: str = "kpi.test") -> None:
    """A pack on disk, named as its file, with a rule that fires where there is no unit."""
    listed = "".join(f"\n  - {test}" for test in tests)
    text = pack_text(f"id: {rule}\nwhen: unit is None" + (f"\ntests:{listed}" if tests else ""))
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text(text.replace("pack: p\n", f"pack: {Path(path).stem}\n"))


def rules_test(*arguments: str) -> tuple[int, str, str]:
    """Exit status, output and errors of `plantrack rules test`."""
    ran = CliRunner().invoke(main, ["rules", "test", *arguments], prog_name="plantrack")
    return ran.exit_code, ran.stdout, ran.stderr


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_folders_are_searched_for_packs() -> None:
    """In the order of their paths, each once; other YAML files, and what is hidden, are passed by."""
    write("packs/b.yml", FIRES, SILENT)
    write("packs/a.yaml", FIRES, SILENT)
    write("packs/.git/c.yaml", FIRES)
    write("d.yaml", FIRES, SILENT)
    Path("packs/journal.yaml").write_text("plantrack-journal: 1\n# plantrack-rules: 1\n")
    Path("packs/damaged.yml").write_text("{{{")
    assert rules_test("packs", "d.yaml", "packs/a.yaml") == (
        0,
        "".join(f"{pack} 1.0.0: 2 passed, 0 failed, 1 rule\n" for pack in "abd"),
        "",
    )


def test_pack_that_cannot_be_loaded_leaves_the_others_alone() -> None:
    """The others run, the error shows its place, and the exit status is 2."""
    write("packs/a.yaml", "{name: fires, as_at: 2018-02-28, given: {unti: x}, expect: finding}")
    write("packs/b.yaml", FIRES, SILENT.replace("none", "finding"))
    assert rules_test("packs", "missing.yaml") == (
        2,
        "FAIL packs/b.yaml:12: kpi.test: is silent\n"
        "     outcome  expected  a finding\n"
        "              got       no finding: 1 subject is ok\n"
        "warning packs/b.yaml:5: kpi.test: no test in which it is silent\n"
        "b 1.0.0: 1 passed, 1 failed, 1 rule\n",
        "plantrack: packs/a.yaml:11:50: Measure has no field 'unti'\n"
        "    - {name: fires, as_at: 2018-02-28, given: {unti: x}, expect: finding}\n"
        "                                               ^^^^\n"
        "  hint: did you mean 'unit'?\n"
        "plantrack: missing.yaml: there is no such file, and no installed pack of that name\n",
    )


def test_folder_without_a_pack() -> None:
    """Nothing tested is no success."""
    Path("packs").mkdir()
    said = "plantrack: packs: this folder holds no pack: no *.yaml or *.yml file with the key plantrack-rules\n"
    assert rules_test("packs") == (2, "", said)


def test_word_picks_rules_and_tests() -> None:
    """By the id of the rule or the name of the test, in any case; what was left out is counted and not judged."""
    write("packs/a.yaml", FIRES, SILENT)
    write("packs/b.yaml", FIRES, rule="kpi.other")
    write("packs/c.yaml", rule="kpi.other")
    assert rules_test("packs", "-k", "SILENT") == (0, "a 1.0.0: 1 passed, 0 failed, 1 left out, 1 rule\n", "")
    assert rules_test("packs", "-k", "other") == (
        0,
        "warning packs/b.yaml:5: kpi.other: no test in which it is silent\nb 1.0.0: 1 passed, 0 failed, 1 rule\n",
        "",
    )
    said = "plantrack: no rule and no test has 'slient' in its name; leave -k out to run all\n"
    assert rules_test("packs", "-k", "slient") == (2, "", said)


def test_strict_fails_on_warnings() -> None:
    """A rule without a test in which it is silent, one without any, or a mark that is due: 1 under --strict."""
    write("whole.yaml", FIRES, SILENT)
    write("half.yaml", FIRES)
    write("none.yaml")
    later = "{todo: later, name: is it, "
    write("due.yaml", FIRES, SILENT, FIRES.replace("{name: fires, ", later))
    write("todo.yaml", FIRES, SILENT, SILENT.replace("{name: is silent, ", later).replace("none", "finding"))
    expected = {"whole": 0, "half": 1, "none": 1, "due": 1, "todo": 0}
    assert {name: rules_test(f"{name}.yaml", "--strict")[0] for name in expected} == expected
    assert {name: rules_test(f"{name}.yaml")[0] for name in expected} == dict.fromkeys(expected, 0)
    assert rules_test("none.yaml")[1] == (
        "warning none.yaml:5: kpi.test: no test in which it fires or is silent\n"
        "none 1.0.0: 0 passed, 0 failed, 1 rule\n"
    )


def test_json_for_programs() -> None:
    """The same as the text says, and what passed; packs that cannot be loaded stand beside."""
    write("a.yaml", SILENT.replace("none", "finding"), FIRES.replace("{", "{todo: later, ", 1))
    code, out, err = rules_test("a.yaml", "missing.yaml", "--format", "json")
    assert (code, err) == (
        2,
        "plantrack: missing.yaml: there is no such file, and no installed pack of that name\n",
    )
    assert json.loads(out) == {
        "packs": [
            {
                "pack": "a",
                "version": "1.0.0",
                "file": "a.yaml",
                "rules": 1,
                "summary": {"passed": 1, "failed": 1, "todo": 0, "left_out": 0},
                "tests": [
                    {
                        "rule": "kpi.test",
                        "name": "is silent",
                        "line": 11,
                        "outcome": "failed",
                        "differences": [
                            {"field": "outcome", "expected": "a finding", "got": "no finding: 1 subject is ok"}
                        ],
                        "problems": [],
                        "todo": None,
                    },
                    {
                        "rule": "kpi.test",
                        "name": "fires",
                        "line": 12,
                        "outcome": "passed",
                        "differences": [],
                        "problems": [],
                        "todo": "later",
                    },
                ],
                "warnings": [
                    {"rule": "kpi.test", "line": 5, "message": "no test in which it is silent"},
                    {"rule": "kpi.test", "line": 12, "message": "fires: passes; remove its mark todo (later)"},
                ],
            }
        ],
        "refused": ["missing.yaml: there is no such file, and no installed pack of that name"],
    }


# --- pytest ----------------------------------------------------------------------------------------------------------

MIXED = [
    FIRES,
    SILENT.replace("none", "finding"),
    "{name: is late, todo: later, as_at: 2018-02-28, given: {}, expect: none}",
    "{name: is early, todo: sooner, as_at: 2018-02-28, given: {}, expect: finding}",
]


def pytest_says(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """A run of pytest in this process with the plug-in."""
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "plantrack.pytest_plugin", *arguments)


def test_packs_are_collected(pytester: pytest.Pytester) -> None:
    """Every pack under the paths that are given: each rule a node, each test an item of its own name."""
    write("packs/a.yaml", *MIXED)
    write("packs/b.yml", FIRES, rule="kpi.other")
    Path("packs/journal.yaml").write_text("plantrack-journal: 1\n")
    Path("packs/test_code.py").write_text("def test_code(): pass\n")

    ran = pytest_says(pytester, "--plantrack-rules", "--collect-only", "-q")

    assert ran.outlines[:6] == [
        "packs/a.yaml::kpi.test::fires",
        "packs/a.yaml::kpi.test::is silent",
        "packs/a.yaml::kpi.test::is late",
        "packs/a.yaml::kpi.test::is early",
        "packs/b.yml::kpi.other::fires",
        "packs/test_code.py::test_code",
    ]
    assert ran.ret == pytest.ExitCode.OK


def test_outcomes_are_those_of_pytest(pytester: pytest.Pytester) -> None:
    """A failure shows what `rules test` shows and no traceback; what is to do is expected to fail, and may pass."""
    write("a.yaml", *MIXED)

    ran = pytest_says(pytester, "--plantrack-rules", "-rA", "-o", "xfail_strict=true")

    ran.assert_outcomes(passed=1, failed=1, xfailed=1, xpassed=1)
    assert ran.ret == pytest.ExitCode.TESTS_FAILED
    at = next(n for n, line in enumerate(ran.outlines) if "kpi.test: is silent" in line)
    assert ran.outlines[at + 1 : at + 5] == [
        "outcome  expected  a finding",
        "         got       no finding: 1 subject is ok",
        "",
        "a.yaml:12: kpi.test",
    ]
    ran.stdout.fnmatch_lines(
        [
            "PASSED a.yaml::kpi.test::fires",
            "XFAIL a.yaml::kpi.test::is late - later",
            "XPASS a.yaml::kpi.test::is early - sooner",
            "FAILED a.yaml::kpi.test::is silent - *",
        ]
    )
    assert "Traceback" not in ran.stdout.str()


@pytest.mark.parametrize(
    ("arguments", "passed"),
    [
        (["a.yaml::kpi.test::fires"], 1),
        (["a.yaml::kpi.test"], 2),
        (["a.yaml"], 2),
        (["-k", "silent"], 1),
    ],
)
def test_tests_are_picked_as_any_others(pytester: pytest.Pytester, arguments: list[str], passed: int) -> None:
    """By file, by rule, by name, by word."""
    write("a.yaml", FIRES, SILENT)
    pytest_says(pytester, "--plantrack-rules", *arguments).assert_outcomes(
        passed=passed, deselected=1 if "-k" in arguments else 0
    )


def test_pack_that_cannot_be_loaded_is_an_error(pytester: pytest.Pytester) -> None:
    """An error of the collection with file, line, column and caret; nothing of Python's."""
    write("a.yaml", "{name: fires, as_at: 2018-02-28, given: {unti: x}, expect: finding}")

    ran = pytest_says(pytester, "--plantrack-rules")

    assert ran.ret == pytest.ExitCode.INTERRUPTED
    at = ran.outlines.index("a.yaml:11:50: Measure has no field 'unti'")
    assert ran.outlines[at : at + 4] == [
        "a.yaml:11:50: Measure has no field 'unti'",
        "    - {name: fires, as_at: 2018-02-28, given: {unti: x}, expect: finding}",
        "                                               ^^^^",
        "  hint: did you mean 'unit'?",
    ]
    assert "Traceback" not in ran.stdout.str()


@pytest.mark.parametrize(
    ("arguments", "conftest"),
    [
        ([], ""),
        (["-p", "plantrack.pytest_plugin"], ""),
        (["-p", "plantrack"], ""),
        ([], "pytest_plugins = ['plantrack.pytest_plugin']"),
    ],
    ids=["by its entry point", "twice, by -p", "by its name", "twice, by conftest.py"],
)
def test_plug_in_may_be_named_twice(pytester: pytest.Pytester, arguments: list[str], conftest: str) -> None:
    """It comes by its entry point, by `-p` or by conftest.py, and by two of them as by one."""
    write("a.yaml", FIRES)
    Path("conftest.py").write_text(conftest)
    installed = Path("installed/plantrack_ledger-0.dist-info")
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: plantrack-ledger\nVersion: 0\n")
    (installed / "entry_points.txt").write_text("[pytest11]\nplantrack = plantrack.pytest_plugin\n")
    pytester.syspathinsert(installed.parent)

    ran = pytester.runpytest_inprocess("--plantrack-rules", "a.yaml", *arguments)

    ran.assert_outcomes(passed=1)


WITHOUT_THE_OPTION = """
import sys
import pytest

before = set(sys.modules)
import plantrack.pytest_plugin

print({name.partition(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)
print(repr(pytest.main(["-qq"], plugins=[plantrack.pytest_plugin])))
print("plantrack.rules" in sys.modules)
"""


def test_without_the_option_nothing_is_done() -> None:
    """Packs are passed by, and nothing but itself is ever imported: it is loaded into everybody's runs of pytest."""
    write("a.yaml", FIRES)
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", WITHOUT_THE_OPTION]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ran.stderr == ""
    assert [line for line in ran.stdout.splitlines() if line and " in " not in line] == [
        "{'plantrack'}",
        "<ExitCode.NO_TESTS_COLLECTED: 5>",
        "False",
    ]
