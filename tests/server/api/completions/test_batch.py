"""Several prompts in one request: they are admitted together, counted one by one, and freed together."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine, RequestLimits
from server.keys.key import Key
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret
from tests.helpers.loopback import begin_post, comes_true, serve_on_loopback


@contextmanager
def open_client(fake: FakeChatModel, *keys: Key, max_requests: int = 8, **given: Any) -> Iterator[TestClient[Any]]:
    engine = AsyncEngine(fake, {}, RequestLimits(max_requests=max_requests))
    ring = KeyRing(keys) if keys else None
    with TestClient(stored_app(Settings(**given), engine, keys=ring), raise_server_exceptions=False) as client:
        yield client


def ask(client: TestClient[Any], prompt: Any, name: str = "ann", **given: Any) -> Any:
    body = {"prompt": prompt, "temperature": 0, **given}
    return client.post("/v1/completions", json=body, headers={"X-API-Key": make_secret(name)})


def test_a_key_is_charged_for_all_prompts() -> None:
    fake = FakeChatModel()
    with open_client(fake, make_key(tokens_per_day=40), make_key("bob")) as client:
        usage = ask(client, ["a", "b"], n=2, max_tokens=3).json()["usage"]
        assert (usage["prompt_tokens"], usage["completion_tokens"]) == (12, 12)
        assert ask(client, ["a", "b"], max_tokens=3).status_code == 200
        assert ask(client, ["a", "b"], max_tokens=3).status_code == 429
        assert ask(client, ["a"], "bob").status_code == 200
    assert len(fake.calls) == 5


def test_a_key_may_not_ask_for_more_at_once_than_it_may_open() -> None:
    with open_client(FakeChatModel(), make_key(max_streams=2)) as client:
        assert ask(client, ["a", "b"]).status_code == 200
        refused = ask(client, ["a", "b", "c"])
        assert refused.status_code == 400
        assert "it asks for 3 prompts, the limit is 2" in refused.json()["error"]["message"]
        for is_stream in (False, True):
            for _ in range(3):
                assert ask(client, ["a", "b"], stream=is_stream).status_code == 200, "their places are free again"


def test_all_are_refused_where_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeChatModel()
    for is_stream in (False, True):
        with open_client(fake, make_key(max_streams=9)) as client, monkeypatch.context() as patch:
            prepare, begun = fake.prepare, list[Any]()

            def refuse_second(msgs: Any, begun: list[Any] = begun, prepare: Any = prepare, **given: Any) -> Any:
                begun.append(msgs)
                return prepare([{"role": "none"}] if len(begun) == 2 else msgs, **given)

            patch.setattr(fake, "prepare", refuse_second)
            assert ask(client, ["slow", "b", "c"], stream=is_stream).status_code == 400
            assert len(begun) == 2
            assert comes_true(lambda: fake.engine.is_idle)
            assert [ask(client, ["a"] * 8).status_code for _ in range(3)] == [200] * 3


def test_an_error_ends_a_stream_of_several() -> None:
    fake = FakeChatModel()
    with open_client(fake) as client:
        text = ask(client, ["a", "fail"], stream=True).text
        *_, last, _ = text.split("\n\n")
        assert json.loads(last.removeprefix("data: "))["error"]["type"] == "server_error"
        assert ask(client, ["a", "too much"]).status_code in (500, 503)
        assert fake.engine.is_idle
        assert ask(client, ["a", "b"]).status_code == 200


def test_a_client_that_leaves_frees_all() -> None:
    fake = FakeChatModel(delay_s=0.01)
    body = {"prompt": ["slow " * 50, "slow " * 40], "max_tokens": 1000, "stream": True}
    with serve_on_loopback(stored_app(Settings(), AsyncEngine(fake, {}))) as address:
        connection = begin_post(address, "/v1/completions", json.dumps(body).encode())
        assert comes_true(lambda: len(fake.engine.scheduler.running) == 2)
        connection.close()
        assert comes_true(lambda: fake.engine.is_idle)
        assert fake.engine.stats.finish_reasons == {"abort": 2}


def test_the_stages_of_all_prompts_are_traced(tmp_path: Path) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "block.txt").write_text("zap", encoding="utf-8")
    fake = FakeChatModel()
    with open_client(fake, moderation="on", word_lists=str(lists), typos="on") as client:
        body = {"prompt": ["the pirce", "zap it"], "temperature": 0, "unknown": 1}
        answer = client.post("/v1/completions", json=body, headers={"X-Trace": "on"}).json()
        assert [choice["finish_reason"] for choice in answer["choices"]] == ["stop", "content_filter"]
        assert answer["choices"][0]["text"].endswith("the pirce"), "a raw prompt is not corrected"
        assert [note["stage"] for note in answer["trace"]] == ["request", "profile", "profile", "moderation"]
        assert answer["trace"][0]["ignored"] == ["unknown"]
        refused = ask(client, [72, 73], echo=True, logprobs=1, max_tokens=0).json()["error"]
        assert refused["param"] == "logprobs"
    assert len(fake.calls) == 1
