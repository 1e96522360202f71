"""A demo server that the pages' examples are run against, with the example shop in its knowledge base."""

import json
import time
import urllib.request
from collections.abc import Iterator

import pytest

from tests.helpers.processes import run_server

MAX_READING_S = 60.0
NUM_DOCUMENTS = 7


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = str(tmp_path_factory.mktemp("data"))
    with run_server("--model", "demo", "--data", data, "--knowledge", "example") as (_, address, _):
        wait_for_shop(address)
        yield address


def wait_for_shop(address: str) -> None:
    """Wait until all documents of the example shop are read."""
    until_s = time.monotonic() + MAX_READING_S
    while True:
        with urllib.request.urlopen(f"{address}/collections", timeout=30) as response:
            collections = json.load(response)["collections"]
        if any(each["documents"] == NUM_DOCUMENTS and not each["reading"] for each in collections):
            return
        assert time.monotonic() < until_s, collections
        time.sleep(0.1)
