"""`python -m model.checkpoint.download` as a user runs it: in a process of its own, set up by variables."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.checkpoint.download import check_copy, check_folder, download, main
from model.checkpoint.download_record import RECORD
from model.checkpoint.hub import Hub
from model.errors import LoadError
from tests.helpers.fake_hub import COMMIT, REPOSITORY, FakeHub, serve_hub
from tests.helpers.paths import ROOT

WEIGHTS = b"w" * 200_000
FILES = {
    "config.json": b"{ }",
    "preprocessor_config.json": b"{\n}",
    "tokenizer.json": b"{}",
    "model.safetensors": WEIGHTS,
}
SUMMARY = f"commit  {COMMIT}\nfiles   4\nbytes   200,008\n"


@pytest.fixture
def fake() -> Iterator[FakeHub]:
    with serve_hub(FakeHub(dict(FILES))) as fake:
        yield fake


@pytest.fixture
def hub(fake: FakeHub, tmp_path: Path) -> Hub:
    return Hub(fake.address, tmp_path / "hub", answer_s=2.0)


def start(*arguments: str, endpoint: str, home: Path, **variables: str) -> subprocess.Popen[str]:
    """Start the program with the variables of a user."""
    unwanted = ("HF_", "HUGGINGFACE_", "http_proxy", "HTTP_PROXY")
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(unwanted)}
    environment = {**inherited, "HF_ENDPOINT": endpoint, "HF_HOME": str(home), **variables}
    command = [sys.executable, "-X", "importtime", "-m", "model.checkpoint.download", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=ROOT, env=environment)


def run(*arguments: str, endpoint: str, home: Path, **variables: str) -> tuple[int, str, str]:
    """Run the program; return its status, its output, and its errors without the imports."""
    process = start(*arguments, endpoint=endpoint, home=home, **variables)
    output, errors = process.communicate(timeout=60)
    assert " torch\n" not in errors
    assert " transformers\n" not in errors
    return process.returncode, output, "\n".join(line for line in errors.splitlines() if "import time:" not in line)


def test_the_program_fetches_and_later_checks_without_the_hub(fake: FakeHub, tmp_path: Path) -> None:
    status, output, errors = run(REPOSITORY, endpoint=fake.address, home=tmp_path)
    assert (status, output.partition("\n")[2]) == (0, SUMMARY), errors
    assert f"{REPOSITORY} at commit {COMMIT}: fetching 4 of 4 files, 200 kB" in errors
    assert "downloaded 200 of 200 kB (100 %), " in errors
    folder = tmp_path / "hub" / f"models--{REPOSITORY.replace('/', '--')}" / "snapshots" / COMMIT
    assert output.startswith(f"folder  {folder}\n")
    fake.requests.clear()
    status, output, errors = run(REPOSITORY, endpoint=fake.address, home=tmp_path, HF_HUB_OFFLINE="1")
    assert (status, output.partition("\n")[2]) == (0, SUMMARY), errors
    assert fake.requests == []


def test_the_program_fails_with_one_sentence(fake: FakeHub, tmp_path: Path) -> None:
    fake.is_gated, fake.token = True, "right"
    status, output, errors = run(REPOSITORY, endpoint=fake.address, home=tmp_path)
    assert (status, output) == (1, "")
    assert errors.startswith(f"{REPOSITORY} is a gated repository: accept its terms at {fake.address}/{REPOSITORY}")
    assert "\n" not in errors
    status, _, errors = run(REPOSITORY, endpoint=fake.address, home=tmp_path, HF_TOKEN="right")
    assert status == 0, errors


def test_an_interrupt_keeps_what_was_fetched(fake: FakeHub, tmp_path: Path) -> None:
    fake.stalls_at["model.safetensors"] = 50_000
    process = start(REPOSITORY, "--folder", str(tmp_path / "model"), endpoint=fake.address, home=tmp_path)
    deadline = time.monotonic() + 30
    while not any(file.stat().st_size == 50_000 for file in tmp_path.glob("model/.download/*")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "interrupted: what was fetched is kept" in errors
    assert "Traceback" not in errors
    fake.stalls_at.clear()
    fake.requests.clear()
    hub = Hub(fake.address, tmp_path / "hub")
    assert (download(hub, REPOSITORY, None, tmp_path / "model").folder / "model.safetensors").read_bytes() == WEIGHTS
    assert ("model.safetensors", "bytes=50000-") in fake.asked_files()
    assert not (tmp_path / "model" / ".download").exists()


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
@pytest.mark.parametrize("is_plain", [True, False])
def test_a_damaged_file_is_found_by_its_hash_and_fetched_again(
    fake: FakeHub, hub: Hub, tmp_path: Path, name: str, is_plain: bool
) -> None:
    folder = tmp_path / "model" if is_plain else None
    done = download(hub, REPOSITORY, None, folder)
    damaged = (done.folder / name).resolve()
    damaged.write_bytes(b"#" * len(FILES[name]))
    fake.requests.clear()
    with pytest.raises(LoadError, match=f"is damaged: {name} has another hash"):
        check_copy(hub, REPOSITORY, None, folder)
    assert fake.requests == []
    download(hub, REPOSITORY, None, folder)
    assert fake.asked_files() == [(name, None)]
    assert (done.folder / name).read_bytes() == FILES[name]


def test_without_a_network_what_is_here_is_checked(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    dead = Hub("http://127.0.0.1:9", hub.cache)
    with pytest.raises(LoadError, match="cannot be reached"):
        download(dead, REPOSITORY, None, None)
    done = download(hub, REPOSITORY, None, None)
    assert download(dead, REPOSITORY, None, None) == done
    assert "cannot be reached" in caplog.text
    (done.folder / "model.safetensors").resolve().write_bytes(b"#" * len(WEIGHTS))
    with pytest.raises(LoadError, match="cannot be reached"):
        download(dead, REPOSITORY, None, None)


def test_a_cached_copy_of_another_program_is_checked_by_the_names_of_its_blobs(hub: Hub) -> None:
    done = download(hub, REPOSITORY, None, None)
    (done.folder / RECORD).unlink()
    assert len(check_copy(hub, REPOSITORY, None, None).record.files) == 4
    (done.folder / "model.safetensors").resolve().write_bytes(b"#" * len(WEIGHTS))
    with pytest.raises(LoadError, match="is damaged"):
        check_copy(hub, REPOSITORY, None, None)


def test_a_folder_without_a_record_says_what_cannot_be_checked(
    golden_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    check_folder(golden_folder / "checkpoint")
    assert "their bytes cannot be checked" in caplog.text


def test_a_copied_folder_is_checked_by_the_record_it_brings(hub: Hub, tmp_path: Path) -> None:
    done = download(hub, REPOSITORY, None, tmp_path / "model")
    moved = done.folder.rename(tmp_path / "moved")
    assert main([str(moved)]) == 0
    (moved / "model.safetensors").write_bytes(b"#" * len(WEIGHTS))
    assert main([str(moved)]) == 1


def test_a_folder_that_is_not_there_is_said(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="absent does not exist"):
        check_copy(hub, REPOSITORY, None, tmp_path / "absent")
