"""Business tools of the server behind the APIs of all dialects."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine, RequestLimits
from server.pipeline.build import PipelineError, open_files
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.tool_server import ToolServer, serve_tools

TOOLS = """
[[tools]]
name = "check_stock"
description = { zh = "查询库存", en = "Look up the stock of a product" }
profiles = ["store"]
[tools.arguments]
type = "object"
required = ["product"]
[tools.arguments.properties.product]
type = "string"
[tools.http]
url = "http://HOST/stock/{product}"
headers = { Authorization = "Bearer ${STORE_SECRET}" }
[[tools]]
name = "list_orders"
description = { zh = "列出订单", en = "List the customer's orders" }
profiles = ["store"]
identity = { customer = "sub" }
http = { url = "http://HOST/orders" }
[[tools]]
name = "ask_person"
description = { zh = "转人工", en = "Ask for a person" }
profiles = ["store"]
kind = "handover"
"""
PROFILE = """
title = { zh = "店", en = "Store" }
stages = ["tools"]
[[rules]]
zh = ["有货吗"]
en = ["in stock"]
tool = "check_stock"
arguments = { product = "[A-Z]{2}-\\\\d+" }
answer = { zh = "{product}：{pieces} 件。", en = "{product}: {pieces} pieces." }
[[rules]]
en = ["complaint"]
tool = "ask_person"
"""
CLIENT_TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}


@pytest.fixture
def server() -> Iterator[ToolServer]:
    with serve_tools() as serving:
        serving.answer = b'{"product": "SH-1", "pieces": 3}'
        yield serving


@pytest.fixture
def settings(tmp_path: Path, server: ToolServer, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("STORE_SECRET", "hush")
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "store.toml").write_text(PROFILE, encoding="utf-8")
    (tmp_path / "tools.toml").write_text(TOOLS.replace("HOST", server.host), encoding="utf-8")
    return Settings(
        profiles=str(tmp_path / "profiles"),
        tools=str(tmp_path / "tools.toml"),
        tool_hosts=server.host,
        max_new_tokens=50,
    )


@pytest.fixture
def shop_client(settings: Settings, fake: FakeChatModel) -> Iterator[TestClient[Any]]:
    engine = AsyncEngine(fake, {"max_new_tokens": 50}, RequestLimits(max_requests=8))
    with TestClient(stored_app(settings, engine), raise_server_exceptions=False) as client:
        yield client


def ask(client: TestClient[Any], text: str, profile: str | None = "store", **given: Any) -> Any:
    body = {"model": "fake", "messages": [{"role": "user", "content": text}], **given}
    headers = {"X-Trace": "on"} | ({} if profile is None else {"X-Profile": profile})
    return client.post("/v1/chat/completions", json=body, headers=headers)


def test_a_rule_answers_in_openais_dialect(shop_client: TestClient[Any], server: ToolServer, fake: Any) -> None:
    whole = ask(shop_client, "Is SH-1 in stock?").json()
    (choice,) = whole["choices"]
    assert choice["message"]["content"] == "SH-1: 3 pieces."
    assert choice["finish_reason"] == "stop"
    assert not choice["message"].get("tool_calls")
    assert whole["usage"]["total_tokens"] == 0
    (note,) = [each for each in whole["trace"] if each["stage"] == "tools"]
    assert (note["calls"][0]["tool"], note["calls"][0]["by"]) == ("check_stock", "rule")
    assert "hush" not in json.dumps(whole)
    assert [request.target for request in server.received] == ["/stock/SH-1"]
    assert server.received[0].headers["authorization"] == "Bearer hush"
    assert fake.calls == []


def test_a_rule_answers_in_a_stream(shop_client: TestClient[Any]) -> None:
    text = ask(shop_client, "SH-1 有货吗", stream=True).text
    events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
    deltas = [event["choices"][0] for event in events if event["choices"]]
    assert "".join(delta["delta"].get("content") or "" for delta in deltas) == "SH-1：3 件。"
    assert deltas[-1]["finish_reason"] == "stop"
    assert text.rstrip().endswith("data: [DONE]")


@pytest.mark.parametrize(
    ("path", "body", "read"),
    [
        ("/ask", {"question": "Is SH-1 in stock?", "profile": "store"}, lambda said: said["answer"]),
        ("/chat", {"user_id": "u", "question": "Is SH-1 in stock?", "profile": "store"}, lambda said: said["answer"]),
        (
            "/api/chat",
            {"model": "fake", "messages": [{"role": "user", "content": "Is SH-1 in stock?"}], "stream": False},
            lambda said: said["message"]["content"],
        ),
    ],
)
def test_a_rule_answers_in_other_dialects(shop_client: TestClient[Any], path: str, body: Any, read: Any) -> None:
    said = shop_client.post(path, json=body, headers={"X-Profile": "store"}).json()
    assert read(said) == "SH-1: 3 pieces."


def test_a_rule_gives_a_session_to_a_person(shop_client: TestClient[Any]) -> None:
    """Outside of sessions nobody can be asked for, so the model answers."""
    body = {"user_id": "u", "question": "I have a complaint", "profile": "store"}
    said = shop_client.post("/chat", json=body).json()
    assert said["answer"].startswith("I have asked a person to take over")
    assert said["handover"] == {"state": "waiting", "agent_name": None, "position": 0}
    assert shop_client.post("/chat", json=body).json()["answer"] == ""
    assert "a person to take over" not in ask(shop_client, "I have a complaint").text


def test_the_model_is_offered_the_tools_of_its_profile(shop_client: TestClient[Any], fake: Any) -> None:
    """The fake model writes the shortest answer that the grammar of the tools allows, which is a text."""
    (choice,) = ask(shop_client, "Hello").json()["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ('"', "stop")
    system = fake.calls[-1][0]["content"][0]
    assert '"name": "check_stock"' in system
    assert "list_orders" not in system  # nobody is known here


@pytest.mark.parametrize("profile", [None, "plain", "restaurant"])
def test_other_profiles_have_no_tools(
    shop_client: TestClient[Any], server: ToolServer, fake: Any, profile: Any
) -> None:
    ask(shop_client, "Is SH-1 in stock?", profile)
    assert "check_stock" not in json.dumps([message["content"] for message in fake.calls[-1]])
    assert server.received == []


def test_the_clients_own_tools_stay_the_clients(shop_client: TestClient[Any], server: ToolServer, fake: Any) -> None:
    whole = ask(shop_client, "Is SH-1 in stock?", tools=[CLIENT_TOOL]).json()
    system = fake.calls[-1][0]["content"][0]
    assert "get_weather" in system
    assert "check_stock" not in system
    assert server.received == []
    assert whole["choices"][0]["message"]["content"].endswith("Is SH-1 in stock?")


def test_a_request_may_switch_the_tools_off(shop_client: TestClient[Any], server: ToolServer) -> None:
    body = {"question": "Is SH-1 in stock?", "profile": "store", "stages": {"tools": False}}
    assert "in stock?" in shop_client.post("/ask", json=body).json()["answer"]
    assert server.received == []


def test_the_file_is_among_those_that_operators_see(shop_client: TestClient[Any], settings: Settings) -> None:
    state = shop_client.get("/ops/state").json()
    files = {file["kind"]: file["path"] for file in state["files"]}
    assert files["tools"] == str(Path(settings.tools).resolve())
    assert state["tools"] == [
        {"name": "check_stock", "kind": "call", "changes": False, "profiles": ["store"]},
        {"name": "list_orders", "kind": "call", "changes": False, "profiles": ["store"]},
        {"name": "ask_person", "kind": "handover", "changes": False, "profiles": ["store"]},
    ]
    tools = {profile["name"]: profile["tools"] for profile in state["profiles"]}
    assert (tools["store"], tools["plain"]) == (["check_stock", "list_orders", "ask_person"], [])


def test_a_missing_secret_stops_the_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STORE_SECRET")
    with pytest.raises(PipelineError, match=r"tools\.toml, line 13: .*the variable STORE_SECRET is not set"):
        open_files(settings)


def test_a_host_that_is_not_listed_stops_the_start(settings: Settings) -> None:
    with pytest.raises(PipelineError, match="is not in the setting tool_hosts"):
        open_files(Settings(tools=settings.tools, profiles=settings.profiles))


def test_a_secret_may_be_in_the_file_beside_the_server(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STORE_SECRET")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("STORE_SECRET=hush\n", encoding="utf-8")
    files = open_files(settings)
    assert files.tools is not None
    assert list(files.tools.current(0.0)) == ["check_stock", "list_orders", "ask_person"]
    (tmp_path / ".env").write_text("what is this\n", encoding="utf-8")
    with pytest.raises(PipelineError, match="is not NAME=value"):
        open_files(settings)


def test_a_tool_is_of_profiles_that_there_are(settings: Settings, tmp_path: Path) -> None:
    files, text = open_files(settings), Path(settings.tools).read_text(encoding="utf-8")
    wrong = text.replace('["store"]', '["store", "stroe"]', 1)
    Path(settings.tools).write_text(wrong, encoding="utf-8")
    cause = r"tools\.toml, line 5: the tool 'check_stock': profiles: there is no profile 'stroe', only ecommerce, plain"
    with pytest.raises(PipelineError, match=cause):
        open_files(settings)
    files.reload()
    assert files.tools is not None
    assert (len(files.tools.current(0.0)), "'stroe'" in str(files.tools.refused)) == (3, True)
    profile = tmp_path / "profiles" / "store.toml"
    profile.with_name("stroe.toml").write_text(PROFILE, encoding="utf-8")
    files.reload()
    assert files.tools.refused is None


def test_an_edit_is_read_again(settings: Settings) -> None:
    files = open_files(settings)
    Path(settings.tools).write_text("", encoding="utf-8")
    files.reload()
    assert files.tools is not None
    assert files.tools.current(0.0) == {}
