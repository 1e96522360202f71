"""Several files at once: the first failure ends all, and what came is kept."""

import os
import time
from pathlib import Path

import pytest

from model.checkpoint.hub import Hub, HubFile
from model.checkpoint.hub_errors import BrokenOff, WrongBytes
from model.checkpoint.progress import Progress
from model.checkpoint.transfer import Job, count_kept, fetch_files
from tests.helpers.fake_hub import COMMIT, REPOSITORY, FakeHub, serve_hub

FILES = {f"{name}.bin": os.urandom(50_000) for name in "abcdef"} | {"empty.json": b""}


def jobs_of(fake: FakeHub, hub: Hub, folder: Path) -> list[Job]:
    return [
        Job(
            HubFile(name, len(content), fake.etag(name)),
            hub.file_url(REPOSITORY, COMMIT, name),
            folder / f"{name}.incomplete",
            folder / name,
        )
        for name, content in FILES.items()
    ]


def test_all_files_come_and_every_byte_is_counted(tmp_path: Path) -> None:
    with serve_hub(FakeHub(FILES)) as fake, Progress(300_000, is_terminal=False) as progress:
        hub = Hub(fake.address, tmp_path)
        fetch_files(hub, jobs_of(fake, hub, tmp_path), progress)
    assert {name: (tmp_path / name).read_bytes() for name in FILES} == FILES
    assert progress.done == 300_000
    assert not list(tmp_path.glob("*.incomplete"))


def test_the_first_failure_ends_the_others_and_keeps_their_bytes(tmp_path: Path) -> None:
    fake = FakeHub(FILES, breaks_at={"b.bin": 1000}, stalls_at={"a.bin": 2000, "c.bin": 3000})
    with serve_hub(fake), Progress(300_000, is_terminal=False) as progress:
        hub = Hub(fake.address, tmp_path, stall_s=0.5)
        jobs = jobs_of(fake, hub, tmp_path)
        start = time.monotonic()
        with pytest.raises(BrokenOff, match=r"at 1 kB of the 50 kB of b\.bin"):
            fetch_files(hub, jobs, progress)
        assert time.monotonic() - start < 3
        kept = {job.file.name: job.num_kept for job in jobs}
        assert kept["b.bin"] == 1000
        assert kept["a.bin"] in (0, 2000)  # it may not have begun yet
        assert kept["c.bin"] in (0, 3000)
        assert count_kept(jobs) == sum(kept.values())


def test_bytes_that_were_taken_back_are_not_counted_twice(tmp_path: Path) -> None:
    fake = FakeHub(FILES, wrong={"a.bin": 1})
    with serve_hub(fake), Progress(300_000, is_terminal=False) as progress:
        hub = Hub(fake.address, tmp_path)
        fetch_files(hub, jobs_of(fake, hub, tmp_path), progress)
    assert progress.done == 300_000


def test_no_wrong_file_is_put_in_its_place(tmp_path: Path) -> None:
    fake = FakeHub(FILES, wrong={"a.bin": 5})
    with serve_hub(fake), Progress(300_000, is_terminal=False) as progress:
        hub = Hub(fake.address, tmp_path)
        with pytest.raises(WrongBytes, match=r"a\.bin"):
            fetch_files(hub, jobs_of(fake, hub, tmp_path), progress)
    assert not (tmp_path / "a.bin").exists()
    assert fake.wrong["a.bin"] == 3


def test_nothing_to_fetch_asks_nothing(tmp_path: Path) -> None:
    with Progress(0, is_terminal=False) as progress:
        fetch_files(Hub("http://127.0.0.1:9", tmp_path), [], progress)
