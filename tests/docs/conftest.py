"""A demo server that the pages' examples are run against."""

from collections.abc import Iterator

import pytest

from tests.helpers.processes import run_server


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_server("--model", "demo", "--data", str(tmp_path_factory.mktemp("data"))) as (_, address, _):
        yield address
