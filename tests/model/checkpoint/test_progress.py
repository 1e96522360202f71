"""What is shown of a download."""

import logging

import pytest

from model.checkpoint.progress import Progress, format_bytes


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1234, "1.23 kB"), (85e6, "85 MB"), (16.2e9, "16.2 GB"), (1234e9, "1,234 GB")],
)
def test_bytes_have_three_figures(count: float, text: str) -> None:
    assert format_bytes(count) == text


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("model.checkpoint.progress.time.monotonic", lambda: now[0])
    return now


def test_a_line_comes_every_five_percent_or_ten_seconds(clock: list[float], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with Progress(16_200_000_000, 2_000_000_000, is_terminal=False) as progress:
        progress.show()
        clock[0] += 2
        progress.add(100_000_000)
        progress.show()
        assert caplog.messages == []
        clock[0] += 3
        progress.add(1_100_000_000)
        progress.show()
        assert caplog.messages == ["downloaded 3.2 of 16.2 GB (19 %), 240 MB/s"]
        clock[0] += 10
        progress.show()
        assert len(caplog.messages) == 2
    assert len(caplog.messages) == 3


def test_bytes_that_are_thrown_away_do_not_count(clock: list[float]) -> None:
    with Progress(1000, is_terminal=False) as progress:
        progress.add(500)
        progress.add(-500, is_fetched=False)
        clock[0] += 1
        assert progress.describe() == "downloaded 0 B of 1 kB (0 %), 500 B/s"


def test_nothing_is_said_of_nothing(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.INFO)
    for is_terminal in (True, False):
        with Progress(0, is_terminal=is_terminal) as progress:
            progress.show()
    assert caplog.messages == []
    assert capfd.readouterr().err == ""


def test_a_terminal_has_a_bar(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with Progress(2000, 500, is_terminal=True) as progress:
        progress.add(1500)
    assert "100%" in capfd.readouterr().err
    assert caplog.messages == []
