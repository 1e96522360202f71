"""What many tests share: the recorded outputs, and the tiny checkpoint they were recorded from."""

import gc
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

from model.chat import ChatModel
from scripts.check_golden import Golden
from server.api.pages.assets import Assets
from server.store import sqlite_file
from tests.helpers.paths import TESTS

SLOW_IS_FINE = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
settings.register_profile(
    "quick", max_examples=15, derandomize=True, deadline=None, database=None, suppress_health_check=SLOW_IS_FINE
)
settings.register_profile(
    "long", max_examples=300, deadline=None, database=None, print_blob=True, suppress_health_check=SLOW_IS_FINE
)
settings.load_profile("quick")


LONGEST = ("web", "process", "scripts", "fuzz")
"""The folders whose files take longest. They come first, so that in the end no worker has a long one left."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ranks = {folder: rank for rank, folder in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.relative_to(TESTS).parts[0], len(ranks)))
    if not torch.cuda.is_available():
        for item in items:
            if item.get_closest_marker("gpu"):
                item.add_marker(pytest.mark.skip(reason="no CUDA device is here"))


def pytest_collection_finish() -> None:
    """Leave what is imported out of the garbage collector's passes, which take long over all of torch."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def read_assets_once() -> Iterator[None]:
    """Read and compress the files of the pages once, and not for every application."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Assets, "load", cache(Assets.load))
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
