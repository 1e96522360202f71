"""Programs of applications run in environments of their own, and what they say is read."""

import ast
import re
import sys
from pathlib import Path

import pytest

from scripts.clients import application
from scripts.clients.application import FOLDER, Application, Outcome, read_applications, run
from tests.helpers.paths import DOCS

APPLICATION = Application("An application", "trial", ["trial==1.2"])


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs with a `common.py` in it."""
    (tmp_path / "programs").mkdir()
    monkeypatch.setattr(application, "FOLDER", tmp_path)
    (tmp_path / "programs" / "common.py").write_text("import os\nWHERE = os.environ['WHERE']\n", encoding="utf-8")
    return tmp_path / "programs"


def run_text(programs: Path, text: str) -> Outcome:
    (programs / "trial.py").write_text(text, encoding="utf-8")
    return run(APPLICATION, Path(sys.executable), {"WHERE": "here"})


def test_what_has_passed_is_read(programs: Path) -> None:
    outcome = run_text(
        programs, "from common import WHERE\nprint('passed: a', WHERE)\nprint('other')\nprint('passed: b')"
    )
    assert (outcome.passed, outcome.failure) == (("a here", "b"), "")


def test_a_failure_is_shown_after_what_has_passed(programs: Path) -> None:
    outcome = run_text(programs, "print('passed: a', flush=True)\nraise SystemExit('failed: b')")
    assert outcome.passed == ("a",)
    assert "failed: b" in outcome.failure


def test_a_program_may_have_the_name_of_what_it_imports(programs: Path) -> None:
    outcome = run_text(programs, "import json\nprint('passed:', json.dumps(1))")
    (programs / "json.py").write_text("print('passed:', __import__('json').dumps(2))", encoding="utf-8")
    assert outcome.passed == ("1",)
    assert run(Application("JSON", "json", ["a==1"]), Path(sys.executable), {"WHERE": ""}).passed == ("2",)


def test_one_that_takes_too_long_has_failed(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "RUN_TIMEOUT_S", 0.2)
    assert "more than 0.2 s" in run_text(programs, "import time\ntime.sleep(30)").failure


@pytest.mark.parametrize("page", ["clients.md", "zh/clients.md"])
def test_the_document_has_the_versions(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([\w -]+) \| ([\d.]+) \|", text, re.MULTILINE))
    assert rows == {each.name: each.version for each in read_applications()}


def test_every_application_is_pinned_and_has_a_program_that_checks() -> None:
    applications = read_applications()
    assert len({each.program for each in applications}) == len(applications) >= 8
    for each in applications:
        assert all("==" in package for package in each.packages), each.name
        assert each.version
        tree = ast.parse((FOLDER / "programs" / f"{each.program}.py").read_text(encoding="utf-8"))
        checks = [
            node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check"
        ]
        assert checks, each.name
