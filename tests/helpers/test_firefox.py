"""Without Firefox its test is skipped, but never where all must run."""

import pytest

from tests.helpers import firefox
from tests.helpers.paths import ROOT


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firefox, "NAMES", ("no-such-browser",))


@pytest.mark.usefixtures("nothing_installed")
def test_a_developer_may_do_without_but_ci_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="make firefox"):
        firefox.firefox()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="make firefox"):
        firefox.firefox()


def test_the_tests_install_it_first() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "\ntest: $(VENV)/.installed-dev chromium firefox " in makefile
    assert "apt-get install -y --no-install-recommends firefox-esr" in makefile
