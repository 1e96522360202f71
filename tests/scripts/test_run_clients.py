"""The table of applications, and the exit status."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from scripts import run_clients
from scripts.clients.application import Application, Outcome, read_applications

URL = "http://127.0.0.1:1"


def test_all_that_pass_exit_with_0(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[dict[str, str]] = []

    def pretend(application: Application, *given: Any) -> Outcome:
        asked.append(given[-1])
        return Outcome(application, ("chat", "picture"))

    monkeypatch.setattr(run_clients, "install", lambda *_: Path("python"))
    monkeypatch.setattr(run_clients, "run", pretend)
    assert run_clients.main(["--url", URL]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(asked) == len(read_applications())
    assert all(line.endswith("chat; picture") for line in lines)
    assert asked[0]["MINICPMV_URL"] == URL
    assert Path(asked[0]["MINICPMV_CARD"]).exists()


def test_one_that_fails_is_shown_and_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_clients, "install", lambda *_: Path("python"))
    monkeypatch.setattr(run_clients, "run", lambda application, *_: Outcome(application, ("chat",), "no picture"))
    assert run_clients.main(["llm", "--url", URL]) == 1
    assert "FAILED no picture" in capsys.readouterr().out


def test_one_that_cannot_be_installed_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> Path:
        raise subprocess.CalledProcessError(1, "pip")

    monkeypatch.setattr(run_clients, "install", fail)
    assert run_clients.main(["llm", "--url", URL]) == 1
    assert "cannot be installed here" in capsys.readouterr().out


def test_no_application_of_that_name_exits_with_1() -> None:
    assert run_clients.main(["nothing", "--url", URL]) == 1
