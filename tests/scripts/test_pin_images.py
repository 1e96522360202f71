"""What the tags of `deploy/` stand for is shown, and written only when asked."""

import hashlib
from pathlib import Path

import pytest

from scripts import pin_images
from tests.helpers.fake_registry import FakeRegistry, serve_registry

MANIFESTS = {"library/postgres:17": b"database", "owner/base:1": b"base"}
DIGESTS = {name: f"sha256:{hashlib.sha256(manifest).hexdigest()}" for name, manifest in MANIFESTS.items()}
OLD = f"sha256:{'0' * 64}"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Put a Dockerfile of today and a compose file of long ago in the place of those in `deploy/`."""
    dockerfile, compose = tmp_path / "Dockerfile", tmp_path / "compose.yaml"
    dockerfile.write_text(f"ARG BASE=owner/base:1@{DIGESTS['owner/base:1']}\n")
    compose.write_text(f"image: postgres:17@{OLD}\n")
    monkeypatch.setattr(pin_images, "FILES", (dockerfile, compose))
    return dockerfile, compose


def test_a_tag_that_has_moved_is_shown(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    with serve_registry(FakeRegistry(MANIFESTS)) as registry:
        assert pin_images.main(["--registry", registry.address]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"owner/base:1 is {DIGESTS['owner/base:1']}",
        f"postgres:17 was {OLD} and is now {DIGESTS['library/postgres:17']}",
    ]
    assert OLD in files[1].read_text()


def test_it_is_written_when_asked_and_passes_then(files: tuple[Path, Path]) -> None:
    before = files[0].read_text()
    with serve_registry(FakeRegistry(MANIFESTS)) as registry:
        assert pin_images.main(["--registry", registry.address, "--write"]) == 0
        assert files[1].read_text() == f"image: postgres:17@{DIGESTS['library/postgres:17']}\n"
        assert files[0].read_text() == before
        assert pin_images.main(["--registry", registry.address]) == 0


def test_a_registry_that_lacks_an_image_changes_nothing(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    with serve_registry(FakeRegistry({"owner/base:1": b"new"})) as registry:
        assert pin_images.main(["--registry", registry.address, "--write"]) == 2
    assert "Nothing was checked: library/postgres:17" in capsys.readouterr().out
    assert DIGESTS["owner/base:1"] in files[0].read_text()
