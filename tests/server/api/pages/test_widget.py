"""What is sent of the chat window, and to whom; `tests/web/test_widget*.py` have what it does in a browser."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.api.customer_rights import is_open_to_customers
from server.api.pages.assets import WEB
from server.api.pages.sending import NO_ANCESTORS, POLICY
from server.api.pages.widget import WIDGET_PATHS, write_policy
from server.engine.async_engine import AsyncEngine
from server.keys.keyfile import add_key
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key

SHOPS = "https://shop.example,http://localhost:3000"
FROM_A_SHOP = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}
IN_A_FRAME = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
IMPORTED = re.compile(r'(?:from |import\()"([^"]+)"')
MAX_BYTES = 60_000


@pytest.fixture
def shown() -> Iterator[TestClient[Any]]:
    app = stored_app(Settings(widget_origins=SHOPS), AsyncEngine(FakeChatModel(), {}))
    with TestClient(app) as client:
        yield client


def read_policy(response: Any) -> dict[str, str]:
    return dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))


def test_the_frame_may_be_shown_by_the_listed_origins_alone(shown: TestClient[Any]) -> None:
    response = shown.get("/widget")
    policy = read_policy(response)
    assert policy["frame-ancestors"] == "https://shop.example http://localhost:3000"
    assert {name: value for name, value in policy.items() if name != "frame-ancestors"} == {
        part.split(" ", 1)[0]: part.split(" ", 1)[1] for part in POLICY if part != NO_ANCESTORS
    }
    assert "x-frame-options" not in response.headers
    assert response.content == (WEB / "widget.html").read_bytes()


@pytest.mark.parametrize("path", ["/", "/knowledge", "/web/widget/main.js", "/widget.js", "/nothing"])
def test_nothing_else_may_be_framed(shown: TestClient[Any], path: str) -> None:
    response = shown.get(path)
    assert read_policy(response)["frame-ancestors"] == "'none'"
    assert response.headers["x-frame-options"] == "DENY"


def test_the_script_may_be_loaded_by_pages_of_other_origins(shown: TestClient[Any]) -> None:
    response = shown.get("/widget.js")
    assert response.headers["content-type"].startswith("text/javascript")
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert shown.get("/web/widget/embed.js").headers["cross-origin-resource-policy"] == "same-origin"
    again = shown.get("/widget.js", headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.headers["cross-origin-resource-policy"]) == (304, "cross-origin")


@pytest.mark.parametrize("path", WIDGET_PATHS)
@pytest.mark.parametrize(("language", "text"), [("zh", "没有列出来源"), ("en", "lists no origins")])
def test_without_origins_there_is_none(client: TestClient[Any], path: str, language: str, text: str) -> None:
    response = client.get(path, headers={"Accept-Language": language})
    assert response.status_code == 404
    assert "widget_origins" in response.text
    assert text in response.json()["detail"]


def test_pages_of_shops_load_it_from_a_server_without_keys_and_nothing_more(shown: TestClient[Any]) -> None:
    assert shown.get("/widget.js", headers=FROM_A_SHOP).status_code == 200
    assert shown.get("/widget", headers=IN_A_FRAME).status_code == 200
    assert shown.head("/widget", headers=IN_A_FRAME).status_code == 200
    for path in ("/", "/sessions", "/pages/config", "/web/widget/main.js"):
        assert shown.get(path, headers=FROM_A_SHOP).status_code == 403, path
    assert shown.get("/widget", headers={**IN_A_FRAME, "Host": "evil.test"}).status_code == 421


def test_it_needs_no_key(tmp_path: Path) -> None:
    add_key(tmp_path / "keys.toml", make_key())
    settings = Settings(widget_origins="*")
    app = stored_app(settings, AsyncEngine(FakeChatModel(), {}), keys=KeyRing(path=tmp_path / "keys.toml"))
    with TestClient(app) as client:
        assert [client.get(path).status_code for path in WIDGET_PATHS] == [200, 200]
        assert read_policy(client.get("/widget"))["frame-ancestors"] == "*"
        assert client.get("/pages/config").json()["widget_origins"] == ["*"]


def test_every_file_that_it_names_is_served_and_none_is_of_a_vendor(shown: TestClient[Any]) -> None:
    """Parsers and sanitizers of others are most of what the chat page loads, and more than the window may have."""
    found = set(re.findall(r'(?:src|href)="(/web/[^"]+)"', shown.get("/widget").text))
    waiting = list(found)
    while waiting:
        place = waiting.pop()
        response = shown.get(place)
        assert response.status_code == 200, place
        for named in IMPORTED.findall(response.text):
            path = named if named.startswith("/") else f"{place.rpartition('/')[0]}/{named.removeprefix('./')}"
            if path not in found:
                found.add(path)
                waiting.append(path)
    assert len(found) > 20
    assert not [path for path in found if "vendor" in path]
    sizes = [len(gzip.compress(shown.get(path).content)) for path in (*found, *WIDGET_PATHS)]
    assert sum(sizes) < MAX_BYTES


def test_it_has_nothing_inline(shown: TestClient[Any]) -> None:
    page = shown.get("/widget").text
    assert not re.search(r"<script[^>]*>[^<]+</script>|<style|\sstyle=|\son\w+=", page)
    for file in (WEB / "widget").glob("*.js"):
        source = file.read_text(encoding="utf-8")
        assert "innerHTML" not in source, file
        assert "eval(" not in source, file


def test_a_policy_of_any_origin() -> None:
    assert "frame-ancestors *" in write_policy(("*",)).split("; ")


@pytest.mark.parametrize(
    "origin", ["https://a.example; script-src *", "https://a.example/", "a.example", "ftp://a", "a b"]
)
def test_what_is_no_origin_is_no_setting(origin: str) -> None:
    (field,) = [field for field in fields(Settings) if field.name == "widget_origins"]
    pattern, example = field.metadata["items"]
    assert not re.fullmatch(pattern, origin)
    assert re.fullmatch(pattern, example)
    assert re.fullmatch(pattern, "http://localhost:3000")


def test_customers_may_have_pictures_drawn_that_their_browser_cannot_draw() -> None:
    assert is_open_to_customers("POST", "/pictures/preview")
    assert not is_open_to_customers("GET", "/pages/secret")
