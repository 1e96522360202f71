"""What many tests share: the recorded outputs, and the tiny checkpoint they were recorded from."""

import gc
import os
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

from model.chat import ChatModel
from scripts.check_golden import Golden
from server.api.pages.assets import Assets
from server.handover import following
from server.store import sqlite_file
from tests.helpers.handlers import parse_handlers_once
from tests.helpers.paths import TESTS

SLOW_IS_FINE = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
settings.register_profile(
    "quick", max_examples=15, derandomize=True, deadline=None, database=None, suppress_health_check=SLOW_IS_FINE
)
settings.register_profile(
    "long", max_examples=300, deadline=None, database=None, print_blob=True, suppress_health_check=SLOW_IS_FINE
)
settings.load_profile("quick")


NO_SLOW_AFTER = "NO_SLOW_TESTS_AFTER"
"""The variable with the time, in Unix seconds, from which on slow tests are skipped, with a line that says so."""

LONGEST = ("web", "process", "scripts", "fuzz")
"""The folders whose files take longest. They come first, so that in the end no worker has a long one left."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ranks = {folder: rank for rank, folder in enumerate(LONGEST)}
    items.sort(key=lambda item: (_is_slow(item), ranks.get(item.path.relative_to(TESTS).parts[0], len(ranks))))
    if not torch.cuda.is_available():
        for item in items:
            if item.get_closest_marker("gpu"):
                item.add_marker(pytest.mark.skip(reason="no CUDA device is here"))


def _is_slow(item: pytest.Item) -> bool:
    return item.get_closest_marker("slow") is not None


def pytest_runtest_setup(item: pytest.Item) -> None:
    if _is_slow(item) and time.time() > float(os.environ.get(NO_SLOW_AFTER, "inf")):
        pytest.skip(f"there was no time left for slow tests: {NO_SLOW_AFTER} is over")


def pytest_collection_finish() -> None:
    """Leave what is imported out of the garbage collector's passes, which take long over all of torch, and have fewer.

    Each of thousands of applications is garbage in cycles, so that the passes would take a fifth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def read_assets_once() -> Iterator[None]:
    """Read and compress the files of the pages once, and not for every application."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Assets, "load", cache(Assets.load))
        yield


@pytest.fixture(scope="session", autouse=True)
def find_out_about_handlers_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        parse_handlers_once(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def end_streams_soon() -> Iterator[None]:
    """Let pages follow sessions for a moment only: clients within the process read a stream to its end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(following, "MAX_FOLLOW_S", 0.2)
        yield


@pytest.fixture(scope="session", autouse=True)
def keep_small_reserves() -> Iterator[None]:
    """Reserve little of the disk: each of thousands of databases would write megabytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite_file, "RESERVE_BYTES", 16 << 10)
        yield


@pytest.fixture(scope="session")
def golden_folder() -> Path:
    return Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def golden(golden_folder: Path) -> Golden:
    return Golden(golden_folder)


@pytest.fixture(scope="session")
def chat_model(golden: Golden) -> ChatModel:
    """The recorded checkpoint in float32 on the CPU: random weights, so its answers mean nothing."""
    return golden.model


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
