"""What is refused on a server without keys because a page of another origin may have asked for it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine
from server.keys.keyfile import add_key
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret

HOST = {"Host": "localhost:8000", "Accept-Language": "en"}
OWN, FOREIGN, SHOP = "http://localhost:8000", "http://evil.test", "https://shop.example"
BODY = json.dumps({"user_id": "ann", "question": "hello"}).encode()
JSON = {"Content-Type": "application/json"}
CROSS = {"Sec-Fetch-Site": "cross-site"}
LINK = {**CROSS, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def open_client(keys: KeyRing | None = None, **settings: Any) -> TestClient[Any]:
    return TestClient(stored_app(Settings(**settings), AsyncEngine(FakeChatModel(), {}), keys=keys))


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with open_client(allowed_hosts="chat.example.com", cors_origins=SHOP) as client:
        yield client


@pytest.fixture
def with_key(tmp_path: Path) -> Iterator[TestClient[Any]]:
    add_key(tmp_path / "keys.toml", make_key())
    with open_client(KeyRing(path=tmp_path / "keys.toml")) as client:
        yield client


def chat(client: TestClient[Any], headers: Mapping[str, str]) -> int:
    return client.post("/chat", content=BODY, headers={**HOST, **JSON, **headers}).status_code


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", "/"), ("GET", "/web/chat/main.js"), ("GET", "/sessions"), ("DELETE", "/sessions?all=true")),
        *(("POST", "/chat"), ("GET", "/health"), ("GET", "/metrics"), ("GET", "/schema"), ("OPTIONS", "/sessions")),
    ],
)
def test_a_name_that_was_pointed_at_the_server_opens_nothing(client: TestClient[Any], method: str, path: str) -> None:
    response = client.request(
        method, path, headers={**HOST, "Host": "evil.test:8000", "Origin": "http://evil.test:8000"}
    )
    if method == "OPTIONS":
        assert response.status_code == 400
        assert "access-control-allow-origin" not in response.headers
    else:
        assert response.status_code == 421
        assert "evil.test:8000" in response.json()["error"]
        assert "allowed_hosts" in response.json()["error"]


@pytest.mark.parametrize(
    "host", ["localhost:1", "127.0.0.1", "[::1]:8000", "chat.example.com", "chat.example.com:8443"]
)
def test_own_names_are_answered_to_on_any_port(client: TestClient[Any], host: str) -> None:
    for path in ("/health/live", "/metrics", "/sessions", "/"):
        assert client.get(path, headers={"Host": host}).status_code == 200


def test_the_text_is_in_the_language_and_form_of_the_dialect(client: TestClient[Any]) -> None:
    host = {"Host": "evil.test"}
    assert client.get("/sessions", headers={**host, "Accept-Language": "zh"}).json()["detail"] == (
        "主机名 'evil.test' 不属于本服务：没有密钥时只接受本机的名称，其他名称请列入设置 "
        "allowed_hosts（--allowed-hosts）"
    )
    openai = client.get("/v1/models", headers=host).json()["error"]
    assert (openai["type"], "allowed_hosts" in openai["message"]) == ("invalid_request_error", True)
    assert client.get("/api/tags", headers=host).json().keys() == {"error"}
    long = client.get("/sessions", headers={"Host": "x" * 5000})
    assert (long.status_code, len(long.text) < 2000) == (421, True)


def test_two_hosts_are_none(client: TestClient[Any]) -> None:
    given = [(b"Host", b"localhost"), (b"Host", b"evil.test")]
    assert client.get("/sessions", headers=given).status_code in (400, 421)


@pytest.mark.parametrize("origin", [FOREIGN, "null", "http://localhost.evil.test:3000", "", f"{OWN}/"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH", "OPTIONS"])
def test_a_foreign_origin_is_refused(client: TestClient[Any], method: str, origin: str) -> None:
    headers = {**HOST, "Origin": origin}
    response = client.request(method, "/chat" if method == "POST" else "/sessions", headers=headers)
    if method in ("GET", "POST"):
        assert response.status_code == 403
        assert "cors_origins" in response.json()["error"]
    assert not response.is_success
    assert "access-control-allow-origin" not in response.headers


def test_every_origin_of_several_counts(client: TestClient[Any]) -> None:
    given = [(b"Host", b"localhost:8000"), (b"Origin", OWN.encode()), (b"Origin", FOREIGN.encode())]
    assert client.get("/sessions", headers=given).status_code == 403


@pytest.mark.parametrize("headers", [{}, {"Origin": OWN}, {"Origin": OWN, "Sec-Fetch-Site": "same-origin"}])
def test_the_servers_pages_and_other_programs_may_ask(client: TestClient[Any], headers: dict[str, str]) -> None:
    assert chat(client, headers) == 200
    assert client.get("/sessions", headers={**HOST, **headers}).status_code == 200


def test_allowed_origins_may_ask(client: TestClient[Any]) -> None:
    assert chat(client, {"Origin": SHOP, **CROSS}) == 200
    asked = {"Origin": SHOP, "Access-Control-Request-Method": "DELETE"}
    preflight = client.options("/sessions", headers={**HOST, **asked})
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (204, SHOP)
    stranger = client.options("/sessions", headers={**HOST, **asked, "Origin": FOREIGN})
    assert stranger.status_code == 400
    assert "Access-Control-Allow-Origin" not in stranger.headers


LOCAL = (
    *(
        "http://localhost:3000",
        "https://localhost",
        "http://127.0.0.1:8000",
        "https://127.0.0.1:1",
        "http://[::1]:5173",
    ),
    *("app://obsidian.md", "file://", "tauri://localhost", "vscode-webview://0a1b", "vscode-file://vscode-app"),
)


def test_what_runs_on_the_own_machine_may_ask(client: TestClient[Any]) -> None:
    for origin in LOCAL:
        headers = {"Origin": origin, "Sec-Fetch-Site": "same-site"}
        answer = client.post("/chat", content=BODY, headers={**HOST, **JSON, **headers})
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, origin)
        assert "X-Ignored" in answer.headers["Access-Control-Expose-Headers"]
        asked = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "x-stainless-os, x-trace"}
        preflight = client.options("/api/chat", headers={**HOST, **headers, **asked})
        assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (204, origin)
        assert {"x-stainless-os", "x-trace"} <= set(preflight.headers["Access-Control-Allow-Headers"].split(", "))
        assert "Access-Control-Allow-Credentials" not in preflight.headers


def test_nothing_else_passes_for_the_own_machine(client: TestClient[Any]) -> None:
    for origin in (
        *("http://localhost:3000.evil.test", "http://localhost@evil.test", "http://xlocalhost", "http://localhost:x"),
        *("http://127.0.0.1.evil.test", "http://127.0.0.2", "http://2130706433", "http://[::2]", "ftp://localhost"),
        *(
            "http://192.168.0.7",
            "chrome-extension://abc",
            "app://a/b",
            "xapp://a",
            "http://localhost:3000\n",
            "http://",
        ),
    ):
        assert chat(client, {"Origin": origin}) == 403
        preflight = client.options("/chat", headers={**HOST, "Origin": origin, "Access-Control-Request-Method": "POST"})
        assert (preflight.status_code, "Access-Control-Allow-Origin" in preflight.headers) == (400, False)


def test_a_local_page_that_asks_by_a_foreign_name_is_refused(client: TestClient[Any]) -> None:
    headers = {"Origin": LOCAL[0], "Host": "evil.test:8000"}
    assert chat(client, headers) == 421
    for embedded in (CROSS, {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}):
        assert client.get("/sessions", headers={**HOST, **embedded}).status_code == 403


def test_with_keys_local_pages_are_like_all_others(with_key: TestClient[Any]) -> None:
    preflight = {"Origin": LOCAL[0], "Access-Control-Request-Method": "POST"}
    assert "Access-Control-Allow-Origin" not in with_key.options("/chat", headers=preflight).headers
    key = {"Authorization": f"Bearer {make_secret('ann')}"}
    assert "Access-Control-Allow-Origin" not in with_key.get("/sessions", headers={**preflight, **key}).headers


def test_any_origin_may_ask_where_the_settings_say_so() -> None:
    with open_client(cors_origins="*") as client:
        assert chat(client, {"Origin": FOREIGN, **CROSS}) == 200
        assert client.get("/sessions", headers={**HOST, **CROSS}).status_code == 200
        assert client.get("/sessions", headers={**HOST, "Host": "evil.test"}).status_code == 421


@pytest.mark.parametrize("site", ["cross-site", "same-site", "unknown"])
@pytest.mark.parametrize("path", ["/sessions", "/web/chat/main.js", "/export", "/"])
def test_what_other_pages_embed_is_refused(client: TestClient[Any], path: str, site: str) -> None:
    fetched = {**HOST, "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    response = client.get(path, headers=fetched)
    assert response.status_code == 403
    assert "cors_origins" in response.json()["error"]


@pytest.mark.parametrize("path", ["/", "/playground", "/knowledge", "/desk", "/ops", "/ops/", "/schema"])
def test_links_to_pages_may_be_followed(client: TestClient[Any], path: str) -> None:
    assert client.get(path, headers={**HOST, **LINK}).status_code == 200
    assert client.get(path, headers={**HOST, **LINK, "Sec-Fetch-Dest": "iframe"}).status_code == 403
    assert client.get(path, headers={**HOST, **LINK, "Host": "evil.test"}).status_code == 421


def test_links_to_anything_else_may_not(client: TestClient[Any]) -> None:
    for path in ("/sessions", "/export?thumb=any", "/schema/openapi.json"):
        assert client.get(path, headers={**HOST, **LINK}).status_code == 403
    form = {**LINK, "Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/chat", content=BODY, headers={**HOST, **form}).status_code == 403


@pytest.mark.parametrize("site", ["none", "same-origin"])
def test_what_a_user_types_or_a_page_of_the_server_asks_is_answered(client: TestClient[Any], site: str) -> None:
    assert client.get("/sessions", headers={**HOST, "Sec-Fetch-Site": site}).status_code == 200


@pytest.mark.parametrize(
    "media_type",
    [
        *(
            "text/plain",
            "text/plain;charset=UTF-8",
            "application/x-www-form-urlencoded; charset=UTF-8",
            "multipart/form-data; boundary=x",
        ),
        *("application/jsonx", "text/plain; application/json", "xapplication/json", "application/octet-stream", "json"),
    ],
)
@pytest.mark.parametrize("origin", [{}, {"Origin": OWN}])
def test_a_body_that_is_not_json_by_its_type_is_415(
    client: TestClient[Any], origin: dict[str, str], media_type: str
) -> None:
    response = client.post("/chat", content=BODY, headers={**HOST, **origin, "Content-Type": media_type})
    assert response.status_code == 415
    assert response.json()["error"] == (f"the body must be JSON (Content-Type: application/json), not {media_type!r}")


@pytest.mark.parametrize(
    "media_type", ["application/json", "Application/JSON; charset=utf-8", "application/problem+json", ""]
)
def test_a_body_of_json_or_without_a_type_is_read(client: TestClient[Any], media_type: str) -> None:
    assert client.post("/chat", content=BODY, headers={**HOST, "Content-Type": media_type}).status_code == 200
    assert client.post("/chat", content=BODY, headers=HOST).status_code == 200


@pytest.mark.parametrize("path", ["/chat", "/api/generate"])
def test_programs_may_call_json_a_form_and_browsers_may_not(client: TestClient[Any], path: str) -> None:
    """`curl -d` says that its body is a form; so does a browser, but never without an origin."""
    form = {**HOST, "Content-Type": "application/x-www-form-urlencoded"}
    body = BODY if path == "/chat" else b'{"model": "fake", "prompt": "hello", "stream": false}'
    assert client.post(path, content=body, headers=form).status_code == 200
    for headers in ({"Origin": OWN}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Mode": "navigate"}):
        assert client.post(path, content=body, headers={**form, **headers}).status_code == 415


def test_with_keys_nothing_of_this_is_asked(with_key: TestClient[Any]) -> None:
    """Browsers add no key by themselves, so no page can use one that it has not been given."""
    headers = {"Authorization": f"Bearer {make_secret('ann')}", "Host": "any.example", "Origin": FOREIGN, **CROSS}
    form = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    assert with_key.post("/chat", content=BODY, headers=form).status_code == 200
    assert with_key.get("/sessions", headers=headers).status_code == 200
    assert with_key.get("/sessions", headers={"Host": "any.example"}).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),  # it is read, and has no part named file
        ({"Origin": "http://localhost:8000"}, 400),
        ({"Sec-Fetch-Site": "same-origin"}, 400),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_forms_with_files_are_taken_where_files_are_from_own_pages(
    client: TestClient[Any], headers: dict[str, str], status: int
) -> None:
    form = {**HOST, **headers, "Content-Type": "multipart/form-data; boundary=x"}
    body = b'--x\r\nContent-Disposition: form-data; name="user_id"\r\n\r\nann\r\n--x--\r\n'
    assert client.post("/documents", content=body, headers=form).status_code == status
    assert client.put("/collections/shop", headers=HOST).status_code in (200, 201)
    assert client.post("/collections/shop/documents", content=body, headers=form).status_code == status
    for path in ("/chat", "/documents/x/ask"):
        assert client.post(path, content=body, headers=form).status_code in (403, 415), path
