"""Without Chromium the pages' tests are skipped, but never where all must run."""

import pytest

from tests.helpers import chromium
from tests.helpers.paths import ROOT


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "find_chromium", lambda: None)


@pytest.mark.usefixtures("nothing_installed")
def test_a_developer_may_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="make chromium"):
        chromium.chromium()


@pytest.mark.usefixtures("nothing_installed")
def test_ci_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="make chromium"):
        chromium.chromium()


def test_the_tests_install_it_first() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "\ntest: $(VENV)/.installed-dev chromium " in makefile
    assert "apt-get install -y --no-install-recommends chromium-headless-shell fonts-noto-cjk" in makefile
