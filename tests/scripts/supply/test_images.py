"""References to images are found, and changed in their digest alone."""

from pathlib import Path

import pytest

from scripts.supply.images import FILES, Image, list_images, pin_images

OLD, NEW = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
TEXT = f"""ARG BASE=owner/image:1.2-base@{OLD}
    image: postgres:17@{OLD} # a comment
    image: local
    image: other:tag@sha256:{"a" * 63}
"""


def test_images_are_read_and_written_alike() -> None:
    assert list_images(TEXT) == [Image("owner/image", "1.2-base", OLD), Image("postgres", "17", OLD)]
    assert [str(image) in TEXT for image in list_images(TEXT)] == [True, True]


@pytest.mark.parametrize(("name", "repository"), [("postgres", "library/postgres"), ("nvidia/cuda", "nvidia/cuda")])
def test_official_images_have_a_longer_name_in_the_registry(name: str, repository: str) -> None:
    assert Image(name, "1", OLD).repository == repository


def test_only_what_is_resolved_anew_changes(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text(TEXT)
    changes = pin_images(path, lambda image: NEW if image.name == "postgres" else image.digest)
    assert changes[1] == (Image("postgres", "17", OLD), Image("postgres", "17", NEW))
    assert path.read_text() == TEXT.replace(f"postgres:17@{OLD}", f"postgres:17@{NEW}")


def test_the_images_of_this_repository_are_found() -> None:
    names = [image.name for path in FILES for image in list_images(path.read_text(encoding="utf-8"))]
    assert names == ["nvidia/cuda", "postgres"]
