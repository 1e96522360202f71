"""Downloads from a Hub on loopback: whole, broken off, refused, damaged, and without a network."""

import json
import logging
import shutil
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from huggingface_hub import scan_cache_dir, snapshot_download

from model.checkpoint import fetch as module
from model.checkpoint.download_record import RECORD
from model.checkpoint.fetch import fetch, find_or_fetch
from model.checkpoint.hub import Hub
from model.errors import LoadError
from tests.helpers.fake_hub import COMMIT, PORTAL, REPOSITORY, FakeHub, Fault, serve_hub

SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
WEIGHTS = b"w" * 300_000
FILES = {
    "config.json": b'{"model_type": "minicpmv"}',
    "preprocessor_config.json": b"{}",
    "tokenizer.json": b'{"model": {}}',
    "model.safetensors.index.json": json.dumps({"weight_map": dict(zip("ab", SHARDS, strict=True))}).encode(),
    SHARDS[0]: WEIGHTS,
    SHARDS[1]: WEIGHTS[::-1] + b"2",
    "modeling_minicpmv.py": b"import os",
    "README.md": b"# a model",
    "assets/config.json": b"{}",
}
WANTED = sorted(name for name in FILES if name.endswith((".json", ".safetensors")) and "/" not in name)


@pytest.fixture
def fake() -> Iterator[FakeHub]:
    with serve_hub(FakeHub(dict(FILES))) as fake:
        yield fake


@pytest.fixture
def hub(fake: FakeHub, tmp_path: Path) -> Hub:
    return Hub(fake.address, tmp_path / "cache", stall_s=2.0, answer_s=5.0)


@pytest.fixture(autouse=True)
def without_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "no-token"))


def sentence_of(hub: Hub, revision: str | None = None, repository: str = REPOSITORY) -> str:
    with pytest.raises(LoadError) as raised:
        find_or_fetch(hub, repository, revision)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if file.name != RECORD)


def test_only_what_a_checkpoint_needs_is_fetched(fake: FakeHub, hub: Hub) -> None:
    folder = find_or_fetch(hub, REPOSITORY, None)
    assert folder.name == COMMIT
    assert names_in(folder) == WANTED
    assert all((folder / name).read_bytes() == FILES[name] for name in WANTED)
    assert sorted(name for name, _ in fake.asked_files()) == WANTED


def test_huggingface_hub_takes_the_cache_for_its_own(hub: Hub) -> None:
    folder = find_or_fetch(hub, REPOSITORY, None)
    assert snapshot_download(REPOSITORY, cache_dir=hub.cache, local_files_only=True) == str(folder)
    (repository,) = scan_cache_dir(hub.cache).repos
    assert repository.repo_id == REPOSITORY
    assert repository.refs.keys() == {"main"}


def test_a_complete_copy_is_used_without_a_question(fake: FakeHub, hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    folder = find_or_fetch(hub, REPOSITORY, None)
    fake.requests.clear()
    caplog.set_level(logging.INFO)
    assert find_or_fetch(hub, REPOSITORY, None) == find_or_fetch(hub, REPOSITORY, COMMIT) == folder
    assert fake.requests == []
    assert f"using the cached copy of {REPOSITORY} at commit {COMMIT}" in caplog.text


def test_a_copy_that_another_program_fetched_is_used(fake: FakeHub, hub: Hub) -> None:
    folder = find_or_fetch(hub, REPOSITORY, None)
    (folder / RECORD).unlink()
    fake.requests.clear()
    assert find_or_fetch(hub, REPOSITORY, None) == folder
    assert fake.requests == []


@pytest.mark.parametrize("missing", ["config.json", "preprocessor_config.json", "tokenizer.json", *SHARDS])
@pytest.mark.parametrize("has_record", [True, False])
def test_an_incomplete_copy_is_completed(fake: FakeHub, hub: Hub, missing: str, has_record: bool) -> None:
    folder = find_or_fetch(hub, REPOSITORY, None)
    (folder / missing).resolve().unlink()
    if not has_record:
        (folder / RECORD).unlink()
    assert f"lacks {missing}" in sentence_of(Hub(hub.endpoint, hub.cache, is_offline=True))
    fake.requests.clear()
    assert find_or_fetch(hub, REPOSITORY, None) == folder
    assert fake.asked_files() == [(missing, None)]


def test_a_shortened_file_is_fetched_again(hub: Hub) -> None:
    folder = find_or_fetch(hub, REPOSITORY, None)
    (folder / SHARDS[0]).resolve().write_bytes(b"short")
    find_or_fetch(hub, REPOSITORY, None)
    assert (folder / SHARDS[0]).read_bytes() == WEIGHTS


@pytest.mark.parametrize("fault", ["breaks_at", "stalls_at", "ends_at"])
def test_a_download_that_breaks_off_goes_on_where_it_was(fake: FakeHub, hub: Hub, fault: str) -> None:
    getattr(fake, fault)[SHARDS[1]] = 123_456
    sentence = sentence_of(hub)
    assert "broke off at 123 kB of the 300 kB of model-00002-of-00002.safetensors" in sentence
    assert "the next start goes on from there" in sentence
    getattr(fake, fault).clear()
    fake.requests.clear()
    folder = find_or_fetch(hub, REPOSITORY, None)
    assert (SHARDS[1], "bytes=123456-") in fake.asked_files()
    assert (folder / SHARDS[1]).read_bytes() == FILES[SHARDS[1]]


def test_a_hub_without_ranges_sends_the_whole_file_again(fake: FakeHub, hub: Hub) -> None:
    fake.breaks_at[SHARDS[1]] = 100
    sentence_of(hub)
    fake.breaks_at.clear()
    fake.ignores_range = True
    assert (find_or_fetch(hub, REPOSITORY, None) / SHARDS[1]).read_bytes() == FILES[SHARDS[1]]


@pytest.mark.parametrize("kept", [b"x" * 100, b"x" * len(FILES[SHARDS[1]]), b"x" * 400_000])
def test_kept_bytes_that_are_wrong_are_thrown_away(fake: FakeHub, hub: Hub, kept: bytes) -> None:
    partial = hub.cache / f"models--{REPOSITORY.replace('/', '--')}" / "blobs" / f"{fake.etag(SHARDS[1])}.incomplete"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(kept)
    assert (find_or_fetch(hub, REPOSITORY, None) / SHARDS[1]).read_bytes() == FILES[SHARDS[1]]
    assert not partial.exists()


@pytest.mark.parametrize("name", [SHARDS[0], "config.json"])
def test_wrong_bytes_are_fetched_again_once(fake: FakeHub, hub: Hub, name: str) -> None:
    fake.wrong[name] = 2
    assert f"sent {name} of {REPOSITORY} with wrong bytes twice" in sentence_of(hub)
    fake.wrong[name] = 1
    assert (find_or_fetch(hub, REPOSITORY, None) / name).read_bytes() == FILES[name]


def test_a_branch_is_looked_up_once_and_all_files_are_of_its_commit(fake: FakeHub, hub: Hub) -> None:
    assert find_or_fetch(hub, REPOSITORY, "v1").name == COMMIT
    questions = [path for _, path, _ in fake.requests if "/revision/" in path]
    assert questions == [f"/api/models/{REPOSITORY}/revision/v1"]
    assert all(f"/resolve/{COMMIT}/" in path for _, path, _ in fake.requests if path not in questions)
    assert find_or_fetch(Hub("http://127.0.0.1:9", hub.cache), REPOSITORY, "v1").name == COMMIT


def test_a_pinned_commit_is_taken_where_the_hub_has_it(
    fake: FakeHub, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(module.PINNED_COMMITS, REPOSITORY, COMMIT)
    find_or_fetch(hub, REPOSITORY, None)
    assert fake.requests[0][1].endswith(f"/revision/{COMMIT}")


def test_the_main_branch_is_taken_where_the_hub_has_another_history(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(module.PINNED_COMMITS, REPOSITORY, "f" * 40)
    folder = find_or_fetch(hub, REPOSITORY, None)
    assert folder.name == COMMIT
    assert "taking its main branch" in caplog.text
    assert find_or_fetch(Hub("", hub.cache, is_offline=True), REPOSITORY, None) == folder


def test_sizes_and_hashes_that_a_mirror_does_not_list_are_asked_for(fake: FakeHub, hub: Hub) -> None:
    fake.has_sizes = False
    fake.wrong[SHARDS[0]] = 1
    assert (find_or_fetch(hub, REPOSITORY, None) / SHARDS[0]).read_bytes() == WEIGHTS


@pytest.mark.parametrize("is_gated_only_at_files", [True, False])
def test_a_gated_repository_says_what_to_do(
    fake: FakeHub, hub: Hub, monkeypatch: pytest.MonkeyPatch, is_gated_only_at_files: bool
) -> None:
    fake.is_gated, fake.token, fake.is_gated_only_at_files = True, "right", is_gated_only_at_files
    sentence = sentence_of(hub)
    assert f"accept its terms at {fake.address}/{REPOSITORY}" in sentence
    assert "set HF_TOKEN" in sentence
    monkeypatch.setenv("HF_TOKEN", "other")
    assert "the account of the token that was sent (HF_TOKEN) has no access" in sentence_of(hub)
    monkeypatch.setenv("HF_TOKEN", "right")
    assert names_in(find_or_fetch(hub, REPOSITORY, None)) == WANTED


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(401, "", "Invalid credentials in Authorization header"), "does not accept the token in HF_TOKEN"),
        (Fault(403), "refuses access"),
        (Fault(403, "", "Access to this resource is disabled."), "is disabled"),
        (Fault(429, headers=(("Retry-After", "77"),)), "too many requests from here (429): start again in 77 s"),
        (Fault(500), "has a fault of its own (status 500)"),
        (Fault(503, body=PORTAL, content_type="text/html"), "has a fault of its own (status 503)"),
        (Fault(200, body=PORTAL, content_type="text/html"), "is not the Hugging Face Hub"),
        (Fault(404, body=PORTAL, content_type="text/html"), "is not the Hugging Face Hub"),
        (Fault(200, body=b"[]"), "is not the Hugging Face Hub"),
        (Fault(200, body=b'{"siblings": 3}'), "is not the Hugging Face Hub"),
        (Fault(302, headers=(("Location", "/api"),)), "redirects without end"),
        (Fault(418), "answers 418"),
    ],
)
def test_other_replies_are_one_sentence_without_a_retry(fake: FakeHub, hub: Hub, fault: Fault, words: str) -> None:
    fake.fault = fault
    start = time.monotonic()
    assert words in sentence_of(hub)
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(200, body=PORTAL, content_type="text/html"), "is not the Hugging Face Hub"),
        (Fault(429), "too many requests"),
        (Fault(502), "status 502"),
        (Fault(404, "EntryNotFound", "gone"), "is not there"),
    ],
)
def test_a_refusal_in_the_middle_of_a_download_is_one_sentence(
    fake: FakeHub, hub: Hub, fault: Fault, words: str
) -> None:
    fake.file_faults[SHARDS[1]] = fault
    assert words in sentence_of(hub)


def test_what_does_not_exist_is_said(hub: Hub) -> None:
    assert "someone/else does not exist" in sentence_of(hub, repository="someone/else")
    assert f"{REPOSITORY} has no revision 'v9'" in sentence_of(hub, revision="v9")


@pytest.mark.parametrize("revision", ["..", "../../x", "a//b", "refs/../x", "a\nb"])
def test_a_revision_cannot_lead_out_of_the_cache(fake: FakeHub, hub: Hub, revision: str) -> None:
    assert "is not a revision" in sentence_of(hub, revision=revision)
    assert fake.requests == []


@pytest.mark.parametrize("repository", ["someone", "../x", "a/b/c", "a/..", ""])
def test_a_name_that_no_repository_can_have_is_refused(hub: Hub, repository: str) -> None:
    assert "is not a Hub id" in sentence_of(hub, repository=repository)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"model.gguf": b"g"}, "has no config.json"),
        ({"config.json": b"{}", "model.gguf": b"g"}, "has no weights"),
        ({"adapter_config.json": b"{}", "adapter_model.safetensors": b"a"}, "holds an adapter"),
        ({**FILES, SHARDS[1]: None}, f"its index names {SHARDS[1]}"),
    ],
)
def test_what_is_no_checkpoint_is_said_before_weights_are_fetched(
    fake: FakeHub, hub: Hub, files: dict[str, bytes | None], words: str
) -> None:
    fake.files = {name: content for name, content in files.items() if content is not None}
    assert words in sentence_of(hub)
    assert not any(name.endswith(".safetensors") for name, _ in fake.asked_files())


def test_pickled_weights_are_taken_only_without_safetensors(fake: FakeHub, hub: Hub) -> None:
    fake.files = {**FILES, "pytorch_model.bin": b"p", "training_args.bin": b"t"}
    assert "pytorch_model.bin" not in names_in(find_or_fetch(hub, REPOSITORY, None))
    fake.files = {"config.json": b"{}", "pytorch_model.bin": b"p", "training_args.bin": b"t"}
    assert names_in(find_or_fetch(Hub(hub.endpoint, hub.cache / "2"), REPOSITORY, None)) == [
        "config.json",
        "pytorch_model.bin",
    ]


def test_a_full_disk_is_said_before_anything_is_fetched(
    fake: FakeHub, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(hub.cache.parent)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=1234))
    sentence = sentence_of(hub)
    assert "needs 600 kB more" in sentence
    assert "1.23 kB free" in sentence
    assert fake.asked_files() == []


def test_a_cache_that_cannot_be_written_is_one_sentence(hub: Hub) -> None:
    hub.cache.write_text("a file is in the way")
    assert "cannot be written (Not a directory)" in sentence_of(hub)


@pytest.fixture
def silent_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_dead_network_is_said_at_once_or_not_noticed(hub: Hub, silent_port: int, tmp_path: Path) -> None:
    folder = find_or_fetch(hub, REPOSITORY, None)
    dead = {
        "http://127.0.0.1:9": "cannot be reached",
        "https://no-such-host.invalid": "cannot be reached",
        f"http://127.0.0.1:{silent_port}": "did not answer within 0.5 s",
        "huggingface.co": "HF_ENDPOINT is 'huggingface.co', which cannot be asked",
    }
    for endpoint, words in dead.items():
        start = time.monotonic()
        assert find_or_fetch(Hub(endpoint, hub.cache), REPOSITORY, None) == folder
        assert words in sentence_of(Hub(endpoint, tmp_path / "empty", answer_s=0.5))
        assert time.monotonic() - start < 3


def test_offline_says_which_other_commit_is_complete(fake: FakeHub, hub: Hub) -> None:
    find_or_fetch(hub, REPOSITORY, COMMIT)
    offline = Hub(hub.endpoint, hub.cache, is_offline=True)
    fake.requests.clear()
    sentence = sentence_of(offline)
    assert f"no complete copy of {REPOSITORY} is in {hub.cache}, which has it at {COMMIT}" in sentence
    assert "make download on another machine" in sentence
    assert fake.requests == []


def test_a_plain_folder_gets_real_files_and_nothing_else(fake: FakeHub, hub: Hub, tmp_path: Path) -> None:
    fake.breaks_at[SHARDS[0]] = 1000
    with pytest.raises(LoadError, match="broke off"):
        fetch(hub, REPOSITORY, None, tmp_path / "model")
    fake.breaks_at.clear()
    fake.requests.clear()
    done = fetch(hub, REPOSITORY, None, tmp_path / "model")
    assert names_in(done.folder) == WANTED
    assert not any(file.is_symlink() for file in done.folder.iterdir())
    assert (SHARDS[0], "bytes=1000-") in fake.asked_files()
    assert not hub.cache.exists()


def test_a_plain_folder_is_filled_from_the_cache(fake: FakeHub, hub: Hub, tmp_path: Path) -> None:
    find_or_fetch(hub, REPOSITORY, None)
    fake.requests.clear()
    assert names_in(fetch(hub, REPOSITORY, None, tmp_path / "model").folder) == WANTED
    assert fake.asked_files() == []


def test_a_folder_of_another_checkpoint_is_refused(fake: FakeHub, hub: Hub, tmp_path: Path) -> None:
    fetch(hub, REPOSITORY, None, tmp_path / "model")
    fake.repository = "someone/other"
    with pytest.raises(LoadError, match=f"holds {REPOSITORY}: choose another folder"):
        fetch(hub, "someone/other", None, tmp_path / "model")


def test_a_moved_branch_brings_the_changed_files_and_drops_the_old(fake: FakeHub, hub: Hub, tmp_path: Path) -> None:
    fetch(hub, REPOSITORY, None, tmp_path / "model")
    fake.commit = "a" * 40
    fake.files = {**FILES, "config.json": b'{"new": 1}'}
    del fake.files["preprocessor_config.json"]
    fake.requests.clear()
    done = fetch(hub, REPOSITORY, None, tmp_path / "model", with_hashes=True)
    assert [name for name, _ in fake.asked_files()] == ["config.json"]
    assert done.record.commit == "a" * 40
    assert "preprocessor_config.json" not in names_in(done.folder)


def test_the_storage_of_large_files_is_followed_without_the_token(
    fake: FakeHub, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "right")
    fake.is_gated, fake.token, fake.redirects_to_storage = True, "right", True
    fake.breaks_at[SHARDS[1]] = 1000
    assert "broke off at 1 kB" in sentence_of(hub)
    fake.breaks_at.clear()
    fake.requests.clear()
    assert (find_or_fetch(hub, REPOSITORY, None) / SHARDS[1]).read_bytes() == FILES[SHARDS[1]]
    assert ("GET", f"/storage/{SHARDS[1]}", "bytes=1000-") in fake.requests
    assert set(fake.storage_tokens) == {None}


def test_two_starts_at_once_fetch_each_file_once(fake: FakeHub, hub: Hub) -> None:
    with ThreadPoolExecutor(2) as pool:
        folders = set(pool.map(lambda _: find_or_fetch(hub, REPOSITORY, None), range(2)))
    assert len(folders) == 1
    assert sorted(name for name, _ in fake.asked_files()) == WANTED


def test_a_repository_that_was_renamed_is_followed(fake: FakeHub, hub: Hub) -> None:
    fake.old_names = ("someone/old",)
    assert names_in(find_or_fetch(hub, "someone/old", None)) == WANTED
    assert names_in(find_or_fetch(Hub("", hub.cache, is_offline=True), "someone/old", None)) == WANTED


def test_files_of_the_same_content_are_fetched_once_for_the_cache(fake: FakeHub, hub: Hub) -> None:
    fake.files = {**FILES, "added_tokens.json": b"{}", SHARDS[1]: WEIGHTS}
    folder = find_or_fetch(hub, REPOSITORY, None)
    assert (folder / "added_tokens.json").read_bytes() == (folder / "preprocessor_config.json").read_bytes() == b"{}"
    assert (folder / SHARDS[1]).samefile(folder / SHARDS[0])
