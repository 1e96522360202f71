"""Without PostgreSQL its tests are skipped, but fail in CI."""

import pytest

from tests.helpers import postgres
from tests.helpers.paths import ROOT


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "find_binaries", lambda: None)


@pytest.mark.usefixtures("nothing_installed")
def test_without_postgresql_tests_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="initdb"), postgres.running_postgres():
        pass


@pytest.mark.usefixtures("nothing_installed")
def test_without_postgresql_tests_fail_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="initdb"), postgres.running_postgres():
        pass


def test_ci_sets_its_variable_before_the_tests() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.index("export CI=true") < script.index("make test")
