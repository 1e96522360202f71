"""How many connections there may be, by the settings and by the limit of open files."""

import resource
from collections.abc import Iterator

import pytest

from server.process import connection_limits
from server.process.connection_limits import (
    FILES_BESIDE_CONNECTIONS,
    NUM_SPARE_CONNECTIONS,
    ConnectionLimits,
    raise_file_limit,
)
from server.settings.settings import Settings


@pytest.fixture(autouse=True)
def _former_limit() -> Iterator[None]:
    former = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, former)


def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    assert raise_file_limit() == hard
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)


def test_the_settings_count_where_there_are_files_enough(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connection_limits, "raise_file_limit", lambda: 100_000)
    assert ConnectionLimits.of(Settings(max_connections=700, max_head_s=3)) == ConnectionLimits(700, 3)
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("num_files", "expected"),
    [(500, 500 - FILES_BESIDE_CONNECTIONS - NUM_SPARE_CONNECTIONS), (64, 64 - 32 - NUM_SPARE_CONNECTIONS), (4, 1)],
)
def test_few_files_are_few_connections(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, num_files: int, expected: int
) -> None:
    monkeypatch.setattr(connection_limits, "raise_file_limit", lambda: num_files)
    assert ConnectionLimits.of(Settings()).max_connections == expected
    assert caplog.messages == [f"only {expected} connections are taken, as only {num_files} files may be open"]


def test_a_system_may_allow_less_than_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr(resource, "setrlimit", refuse)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (300, resource.RLIM_INFINITY))
    assert raise_file_limit() == 300
    monkeypatch.undo()
