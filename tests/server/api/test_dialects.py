"""Every dialect is known, has paths of its own, and answers errors in its format."""

import subprocess
import sys
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from server.api.dialect import Dialect
from server.api.dialects import DIALECTS, UNKNOWN, find_dialect
from server.errors import BadBody, InternalError, QueueFull, ServerError
from tests.helpers.paths import ROOT

ERRORS: tuple[ServerError, ...] = (BadBody("a"), QueueFull(3), InternalError("0f"))

EACH_DIALECT = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.folder)

OTHER_PATHS = {"pages": {"playground", "desk", "ops"}}
"""Prefixes on which a dialect has routes beside those that they belong to: a page stands beside its API."""


def list_paths(dialect: Dialect) -> list[str]:
    routes: tuple[Any, ...] = dialect.load_routes()
    return [path for route in routes for path in getattr(route, "paths", (getattr(route, "path", ""),))]


def test_every_folder_is_a_known_dialect() -> None:
    folders = {file.parent.name for file in (ROOT / "server" / "api").glob("*/__init__.py")}
    assert folders == {dialect.folder for dialect in DIALECTS}
    assert len({dialect.title for dialect in DIALECTS}) == len(DIALECTS) == len(folders)


def test_the_dialects_are_imported_without_the_engine() -> None:
    """They are needed while the model is loaded, and before: importing torch takes seconds."""
    code = (
        "import sys, server.api.dialects, server.api.operate.loading; "
        "print(*({'torch', 'transformers', 'sqlalchemy', 'server.engine', 'model.engine'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("/v1/models", "openai"),
        ("/v1/nothing", "openai"),
        ("/v1/messages", "anthropic"),
        ("/v1/messages/count_tokens", "anthropic"),
        ("/v1/messages/batches/x/results", "anthropic"),
        ("/v1/messagesx", "openai"),
        ("/tokenizer_info", "completions"),
        ("/v1/completions", "completions"),
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
def test_the_longest_prefix_of_a_path_decides_the_dialect(path: str, folder: str) -> None:
    assert find_dialect(path).folder == folder


@pytest.mark.parametrize("path", ["/v10/models", "/apis", "/chatter"])
def test_other_paths_have_no_dialect(path: str) -> None:
    assert find_dialect(path) is UNKNOWN


@pytest.mark.parametrize("path", ["//", "*"])
def test_a_path_without_a_first_segment_is_of_the_pages(path: str) -> None:
    assert find_dialect(path).folder == "pages"


@EACH_DIALECT
@pytest.mark.parametrize("error", ERRORS)
def test_an_error_is_of_the_documented_type(dialect: Dialect, error: ServerError) -> None:
    body = dialect.errors.write(error, error.texts["en"])
    converted: Any = msgspec.convert(body, dialect.errors.body)
    assert converted == body
    assert error.texts["en"] in str(body)


def test_no_two_dialects_share_a_prefix() -> None:
    prefixes = [prefix for dialect in DIALECTS for prefix in dialect.prefixes]
    assert len(set(prefixes)) == len(prefixes)


@EACH_DIALECT
def test_the_routes_of_a_dialect_are_on_its_paths(dialect: Dialect) -> None:
    paths = list_paths(dialect)
    assert paths
    for path in paths:
        is_beside = path.split("/")[1] in OTHER_PATHS.get(dialect.folder, set())
        assert is_beside or find_dialect(path) is dialect, path


@pytest.mark.parametrize(
    "path", ["/ask", "/sessions/x", "/v1/chat/completions", "/v1/messages", "/api/chat", "/nothing"]
)
def test_an_error_has_the_format_of_its_path(client: TestClient[Any], path: str) -> None:
    errors = find_dialect(path).errors
    response = client.request("PUT", path)
    assert response.status_code in (404, 405)
    assert response.headers["content-type"].partition(";")[0] == errors.media_type
    converted: Any = msgspec.convert(response.json(), errors.body)
    assert converted == response.json(), "the body has only fields of the documented type"
