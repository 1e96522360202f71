"""The page of the OpenAPI document loads nothing from other hosts."""

import re
from typing import Any

import pytest
from litestar.testing import TestClient

from server.api.openapi.routes import PAGE, VENDOR


def test_the_page_uses_only_files_that_are_served(client: TestClient[Any]) -> None:
    response = client.get("/schema")
    assert response.headers["content-type"].startswith("text/html")
    sources = re.findall(r'(?:src|href)="([^"]+)"', response.text)
    assert len(sources) >= 4
    for source in sources:
        assert source.startswith("/") or source == "data:,"
        if source.startswith("/"):
            assert client.get(source).status_code == 200, source


def test_the_page_runs_no_inline_script(client: TestClient[Any]) -> None:
    response = client.get("/schema")
    assert all(not body.strip() for body in re.findall(r"<script[^>]*>(.*?)</script>", response.text, re.DOTALL))
    assert "script-src 'self';" in response.headers["content-security-policy"]
    assert "connect-src 'self'" in response.headers["content-security-policy"]


def test_the_page_asks_no_validator_of_another_host() -> None:
    script = (PAGE / "schema.js").read_text()
    assert 'validatorUrl: "none"' in script
    assert "http" not in script


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/schema/vendor/swagger-ui.css", "text/css"),
        ("/schema/vendor/swagger-ui-bundle.js", "text/javascript"),
        ("/schema/page/schema.js", "text/javascript"),
        ("/schema/page/card.png", "image/png"),
    ],
)
def test_files_have_their_types(client: TestClient[Any], path: str, media_type: str) -> None:
    response = client.get(path)
    assert response.headers["content-type"].partition(";")[0] == media_type
    assert response.headers["etag"]


@pytest.mark.parametrize(
    "path", ["/schema/vendor/../../app.py", "/schema/vendor/%2e%2e/%2e%2e/app.py", "/schema/page/x"]
)
def test_nothing_else_is_served(client: TestClient[Any], path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.json()["error"].startswith("no route GET /")


def test_vendored_files_state_their_source() -> None:
    assert "swagger-ui-dist 5." in (VENDOR / "README.md").read_text()
    assert "Apache License" in (VENDOR / "LICENSE").read_text()
    assert (VENDOR / "NOTICE").read_text().startswith("swagger-ui")
