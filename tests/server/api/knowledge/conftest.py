"""Clients of an application with a small knowledge base."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.helpers.knowledge_client import Documents, open_client


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient[Any], Documents]]:
    """A client on the operator's own machine, and the documents that there are at first."""
    limits: dict[str, Any] = {"max_collections": 5, "max_collection_documents": 4, "max_document_bytes": 100_000}
    with open_client(tmp_path_factory.mktemp("knowledge"), **limits) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(opened: tuple[TestClient[Any], Documents]) -> TestClient[Any]:
    return opened[0]


@pytest.fixture(scope="module")
def documents(opened: tuple[TestClient[Any], Documents]) -> Documents:
    return opened[1]
