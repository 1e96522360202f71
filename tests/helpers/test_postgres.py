"""Without PostgreSQL its tests are skipped, but never where all must run."""

import pytest

from tests.helpers import postgres
from tests.helpers.paths import ROOT


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "binaries", lambda: None)


@pytest.mark.usefixtures("nothing_installed")
def test_a_developer_may_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="initdb"), postgres.running_postgres():
        pass


@pytest.mark.usefixtures("nothing_installed")
def test_ci_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="initdb"), postgres.running_postgres():
        pass


def test_ci_says_that_it_is_ci() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.index("export CI=true") < script.index("make test")
