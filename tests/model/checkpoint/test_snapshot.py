"""The layout of the cache, and of a plain folder."""

from pathlib import Path

import pytest

from model.checkpoint.hub import Hub, HubFile
from model.checkpoint.snapshot import Snapshot, find_complete_commits, open_snapshot, read_commit, write_commit

COMMIT = "0" * 40
FILE = HubFile("config.json", 2, "99914b932bd37a50b983c5e7c90ae93b5f6bd1a4")


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub("http://h", tmp_path)


def put(snapshot: Snapshot, file: HubFile, content: bytes) -> None:
    path = snapshot.whole_path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.mark.parametrize("revision", ["main", "refs/pr/1"])
def test_the_commit_of_a_revision_is_kept(hub: Hub, revision: str) -> None:
    assert read_commit(hub, "a/b", revision) is None
    write_commit(hub, "a/b", revision, COMMIT)
    assert read_commit(hub, "a/b", revision) == COMMIT
    assert (hub.cache / "models--a--b" / "refs" / revision).read_text() == COMMIT
    write_commit(hub, "a/b", COMMIT, COMMIT)
    assert read_commit(hub, "a/b", "f" * 40) == "f" * 40


@pytest.mark.parametrize("content", [b"", b"not a commit", b"\xff"])
def test_a_damaged_reference_is_none(hub: Hub, content: bytes) -> None:
    write_commit(hub, "a/b", "main", COMMIT)
    (hub.cache / "models--a--b" / "refs" / "main").write_bytes(content)
    assert read_commit(hub, "a/b", "main") is None


def test_a_file_of_the_cache_is_linked_into_its_commit(hub: Hub) -> None:
    snapshot = open_snapshot(hub, "a/b", COMMIT)
    assert not snapshot.has(FILE, with_hash=False)
    put(snapshot, FILE, b"{}")
    snapshot.link(FILE)
    name = snapshot.folder / "config.json"
    assert name.readlink() == Path("../../blobs") / FILE.etag
    assert name.read_bytes() == b"{}"
    assert snapshot.has(FILE, with_hash=False)
    snapshot.link(FILE)
    assert name.is_symlink()


def test_a_link_to_nothing_is_replaced(hub: Hub) -> None:
    snapshot = open_snapshot(hub, "a/b", COMMIT)
    snapshot.folder.mkdir(parents=True)
    (snapshot.folder / "config.json").symlink_to("nowhere")
    put(snapshot, FILE, b"{}")
    snapshot.link(FILE)
    assert (snapshot.folder / "config.json").read_bytes() == b"{}"


def test_where_links_are_not_possible_the_file_moves(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(Path, "symlink_to", refuse)
    snapshot = open_snapshot(hub, "a/b", COMMIT)
    put(snapshot, FILE, b"{}")
    snapshot.link(FILE)
    assert not (snapshot.folder / "config.json").is_symlink()
    assert snapshot.has(FILE, with_hash=False)


def test_only_one_process_fetches_into_a_place(hub: Hub) -> None:
    snapshot = open_snapshot(hub, "a/b", COMMIT)
    with snapshot.lock(), pytest.raises(TimeoutError), snapshot.lock(timeout_s=0.1):
        raise AssertionError("two at once")
    with snapshot.lock(timeout_s=0.1):
        pass


def test_a_plain_folder_keeps_unfinished_files_apart_until_it_is_complete(tmp_path: Path) -> None:
    snapshot = Snapshot(tmp_path)
    assert snapshot.partial_path(FILE).parent == tmp_path / ".download"
    snapshot.partial_path(FILE).parent.mkdir()
    snapshot.remove_partials()
    assert list(tmp_path.iterdir()) == []


def test_complete_commits_are_found(hub: Hub) -> None:
    assert find_complete_commits(hub, "a/b") == []
    folder = open_snapshot(hub, "a/b", COMMIT).folder
    folder.mkdir(parents=True)
    for name in ("config.json", "preprocessor_config.json", "tokenizer.json"):
        (folder / name).write_bytes(b"{}")
    assert find_complete_commits(hub, "a/b") == []
    (folder / "model.safetensors").write_bytes(b"w")
    assert find_complete_commits(hub, "a/b") == [COMMIT]
