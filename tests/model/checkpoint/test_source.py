"""`find_checkpoint`: the demo, a folder, and a Hub id, which loads once it is fetched."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from model import load
from model.checkpoint.source import DEMO_FOLDER, find_checkpoint
from model.errors import LoadError
from tests.helpers.fake_hub import COMMIT, REPOSITORY, FakeHub, serve_hub


@pytest.fixture
def fake(golden_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A Hub that has the recorded checkpoint, named as huggingface_hub's variables would name it."""
    files = {file.name: file.read_bytes() for file in (golden_folder / "checkpoint").iterdir()}
    with serve_hub(FakeHub(files)) as fake:
        monkeypatch.setattr(constants, "ENDPOINT", fake.address)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        yield fake


def test_the_demo_is_part_of_the_package() -> None:
    assert find_checkpoint("demo") == DEMO_FOLDER
    assert (DEMO_FOLDER / "config.json").is_file()


def test_a_folder_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_checkpoint(str(tmp_path)) == tmp_path
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert find_checkpoint("a/b") == Path("a/b")


@pytest.mark.parametrize("source", ["", "no-such-folder", "a/b/c", "/no/such/folder", "../x", "https://x/y/z", "a b/c"])
def test_anything_else_is_one_sentence(source: str) -> None:
    with pytest.raises(LoadError, match="is neither 'demo', nor a folder that exists, nor a Hub id such as openbmb"):
        find_checkpoint(source)


@pytest.mark.parametrize("source", ["demo", "."])
def test_what_is_not_of_the_hub_has_no_revision(source: str) -> None:
    with pytest.raises(LoadError, match="has no revision main: leave the revision out"):
        find_checkpoint(source, "main")
    assert find_checkpoint(source, "")


def test_a_checkpoint_of_the_hub_is_fetched_and_answers_as_recorded(
    fake: FakeHub, golden_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = find_checkpoint(REPOSITORY, "main")
    assert folder.name == COMMIT
    fake.requests.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert find_checkpoint(REPOSITORY) == folder
    fetched = load(str(folder), device="cpu")
    recorded = load(str(golden_folder / "checkpoint"), device="cpu")
    asked: dict[str, Any] = {"msgs": [{"role": "user", "content": "hi"}], "sampling": False, "max_new_tokens": 8}
    assert fetched.chat(**asked) == recorded.chat(**asked)
    assert fake.requests == []


def test_a_file_and_a_broken_link_are_left_to_the_inspection(tmp_path: Path) -> None:
    file, link = tmp_path / "ggml-model-Q4_K_M.gguf", tmp_path / "link"
    file.write_bytes(b"GGUF")
    link.symlink_to("nowhere")
    for path, cause in ((file, "GGUF"), (link, "nowhere")):
        assert find_checkpoint(str(path)) == path
        with pytest.raises(LoadError, match=cause):
            load(str(path), device="cpu")
