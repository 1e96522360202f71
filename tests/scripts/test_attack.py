"""What the attack reports, and a short run of it."""

import json
from pathlib import Path

import pytest

from scripts import attack
from scripts.attack import CAMPAIGNS, main
from scripts.attacks.target import Target
from scripts.attacks.trial import Campaign, Outcome, Trial


class FakeProcess:
    def poll(self) -> None:
        return None


class FakeRun:
    """Stands for `run_target`: no server is needed for what the attack makes of its trials."""

    def __init__(self, *_: object) -> None:
        self.target = Target(Path(), Path(), ())
        self.target.process = FakeProcess()  # type: ignore[assignment]

    def __enter__(self) -> Target:
        return self.target

    def __exit__(self, *_: object) -> None:
        pass


def fail(_: Target) -> Outcome:
    raise OSError("no route")


HELD = Trial("sound", "always", lambda _: Outcome(True, "fine"), is_short=True)
BROKEN = Trial("unsound", "never", lambda _: Outcome(False, "bad"))
RAISING = Trial("raising", "never", fail)


def run(monkeypatch: pytest.MonkeyPatch, trials: tuple[Trial, ...], *arguments: str) -> int:
    monkeypatch.setattr(attack, "CAMPAIGNS", (Campaign("some", trials),))
    monkeypatch.setattr(attack, "run_target", FakeRun)
    return main(arguments)


def test_a_server_that_holds(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, (HELD,)) == 0
    line, summary, rows = capsys.readouterr().out.splitlines()
    assert line == "held  some        sound: fine  [always]"
    assert summary.startswith("attack: held 1 of 1 trials in ")
    assert json.loads(rows)[0]["is_held"] is True


def test_one_that_breaks(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, (HELD, BROKEN)) == 1
    assert "attack: held 1 of 2 trials" in capsys.readouterr().out


def test_a_trial_that_fails_is_not_held_and_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, (RAISING, HELD)) == 1
    output = capsys.readouterr().out
    assert "BROKE some        raising: OSError: no route" in output
    assert "held 1 of 2" in output


def test_a_short_run_leaves_long_trials_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, (HELD, BROKEN), "--short") == 0
    assert "held 1 of 1" in capsys.readouterr().out


OTHERS = ("keys", "owners", "memory")


@pytest.mark.serial
@pytest.mark.parametrize("names", [("browsers", "connections"), pytest.param(OTHERS, marks=pytest.mark.slow)])
def test_the_server_holds_in_a_short_run(names: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--short", *(argument for name in names for argument in ("--only", name))])
    output = capsys.readouterr().out
    num_trials = sum(trial.is_short for campaign in CAMPAIGNS if campaign.name in names for trial in campaign.trials)
    assert status == 0, output
    assert f"attack: held {num_trials} of {num_trials} trials" in output


def test_every_campaign_has_a_short_trial_and_names_of_its_own() -> None:
    assert all(any(trial.is_short for trial in campaign.trials) for campaign in CAMPAIGNS)
    for campaign in CAMPAIGNS:
        assert len({trial.name for trial in campaign.trials}) == len(campaign.trials)
    assert len({campaign.name for campaign in CAMPAIGNS}) == len(CAMPAIGNS)
