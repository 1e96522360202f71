"""The pages as they are sent; `tests/web` has what they do in a browser."""

import gzip
import re
from typing import Any

import pytest
from litestar.testing import TestClient

from server.api.pages.assets import WEB
from server.api.pages.routes import PAGE_FILES


def test_the_first_page_is_the_chat(client: TestClient[Any]) -> None:
    response = client.get("/")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.content == (WEB / "index.html").read_bytes()


@pytest.mark.parametrize("path", ["/", "/web/chat/main.js", "/web/frame/icon.svg"])
def test_every_file_has_the_policy(client: TestClient[Any], path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in str(policy)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", PAGE_FILES)
def test_the_page_has_nothing_inline(client: TestClient[Any], path: str) -> None:
    page = client.get(path).text
    assert not re.search(r"<script[^>]*>[^<]+</script>|<style|\sstyle=|\son\w+=", page)


@pytest.mark.parametrize(
    ("path", "folder"),
    [("/", "chat"), ("/playground", "playground"), ("/knowledge", "knowledge"), ("/desk", "desk"), ("/ops", "ops")],
)
def test_every_file_that_a_page_names_is_served(client: TestClient[Any], path: str, folder: str) -> None:
    named = set(re.findall(r'(?:src|href)="(/web/[^"]+)"', client.get(path).text))
    for file in (WEB / folder).glob("*.js"):
        named |= set(re.findall(r'from "(/web/[^"]+)"', file.read_text(encoding="utf-8")))
    assert len(named) > 7
    for asset in named:
        assert client.get(asset).status_code == 200, asset


def test_no_file_names_another_host() -> None:
    own = [
        file
        for folder in ("chat", "desk", "frame", "knowledge", "ops", "playground", "widget")
        for file in (WEB / folder).iterdir()
    ]
    for file in [*own, *WEB.glob("*.html")]:
        hosts = set(re.findall(r"(?:https?:)?//([\w.-]+\.\w+)/", file.read_text(encoding="utf-8")))
        assert hosts <= {"www.w3.org", "html.spec.whatwg.org"}, file


def test_a_file_that_has_not_changed_is_not_sent_again(client: TestClient[Any]) -> None:
    first = client.get("/web/chat/main.js")
    again = client.get("/web/chat/main.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == "no-cache"
    assert client.get("/web/chat/main.js", headers={"If-None-Match": '"x"'}).status_code == 200


def test_a_file_is_compressed_for_clients_that_accept_it(client: TestClient[Any]) -> None:
    with client.stream("GET", "/web/vendor/marked/marked.esm.js", headers={"Accept-Encoding": "br, gzip"}) as packed:
        body = b"".join(packed.iter_raw())
    assert packed.headers["content-encoding"] == "gzip"
    plain = client.get("/web/vendor/marked/marked.esm.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(body) == plain.content


@pytest.mark.parametrize(
    "path",
    ["/web/none.js", "/web/../app.py", "/web/%2e%2e/app.py", "/web/chat/..%2f..%2fapp.py", "/web/chat", "/web/"],
)
def test_other_files_are_404(client: TestClient[Any], path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.json()["title"]) == (404, "Not Found")


def test_pages_cannot_be_posted_to(client: TestClient[Any]) -> None:
    assert client.post("/").status_code == 405
