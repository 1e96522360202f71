"""Failures by path: the shape that is documented is the one that comes."""

from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from server.api.error_shapes import FAILURES, failure_of

PATHS = ("/ask", "/sessions/x", "/v1/chat/completions", "/api/chat", "/nothing")


@pytest.mark.parametrize("path", PATHS)
def test_a_failure_has_the_shape_of_its_path(client: TestClient[Any], path: str) -> None:
    media_type, kind = failure_of(path)
    response = client.request("PUT", path)
    assert response.status_code in (404, 405)
    assert response.headers["content-type"].partition(";")[0] == media_type
    found: Any = msgspec.convert(response.json(), kind)
    assert found == response.json(), "nothing is said that the shape does not have"


def test_every_shape_is_used() -> None:
    assert {kind for _, kind in map(failure_of, PATHS)} == set(FAILURES)
