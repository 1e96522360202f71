"""Every dialect, and that its routes answer errors in its shape."""

from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from server.api.dialects import DIALECTS, UNKNOWN, find_dialect
from server.errors import BadBody, InternalError, QueueFull, ServerError

ERRORS: tuple[ServerError, ...] = (BadBody("a"), QueueFull(3), InternalError("0f"))


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("/v1/models", "openai"),
        ("/v1/nothing", "openai"),
        ("/api/chat", "ollama"),
        ("/chat", "support"),
        ("/sessions/a/export", "sessions"),
        ("/export", "sessions"),
        ("/playground", "playground"),
        ("/health/live", "operate"),
        ("/", "pages"),
        ("/schema/openapi.json", "openapi"),
    ],
)
def test_the_first_segment_says_what_is_spoken(path: str, folder: str) -> None:
    assert find_dialect(path).folder == folder


@pytest.mark.parametrize("path", ["/v10/models", "/apis", "/chatter", "*", "//"])
def test_other_paths_have_no_dialect(path: str) -> None:
    assert find_dialect(path) is UNKNOWN or find_dialect(path).folder == "pages"
    assert find_dialect(path).errors is UNKNOWN.errors


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.folder)
@pytest.mark.parametrize("error", ERRORS)
def test_errors_are_of_the_type_that_is_documented(dialect: Any, error: ServerError) -> None:
    body = dialect.errors.write(error, error.texts["en"])
    assert msgspec.convert(body, dialect.errors.body) == body
    assert error.texts["en"] in str(body)


def test_no_two_dialects_share_a_path() -> None:
    segments = [segment for dialect in DIALECTS for segment in dialect.segments]
    assert len(set(segments)) == len(segments)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.folder)
def test_routes_are_on_the_paths_of_their_dialect(dialect: Any) -> None:
    paths = [path for route in dialect.load_routes() for path in getattr(route, "paths", (getattr(route, "path", ""),))]
    assert paths
    assert {path.split("/")[1] for path in paths} - {"ops"} <= set(dialect.segments) | {"playground"}


@pytest.mark.parametrize("path", ["/ask", "/sessions/x", "/v1/chat/completions", "/api/chat", "/nothing"])
def test_an_error_has_the_shape_of_its_path(client: TestClient[Any], path: str) -> None:
    errors = find_dialect(path).errors
    response = client.request("PUT", path)
    assert response.status_code in (404, 405)
    assert response.headers["content-type"].partition(";")[0] == errors.media_type
    found: Any = msgspec.convert(response.json(), errors.body)
    assert found == response.json(), "nothing is said that the shape does not have"
