"""Dialogues over stored responses: followed, forked, referred to, and read back after a restart."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.api.openai.responses import history
from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.pictures import png_url
from tests.server.api.openai.responses.wire import CALL, PATH, body, expect_error, image, post, text_of, user


@contextmanager
def serve(path: Path, fake: FakeChatModel, **given: Any) -> Iterator[TestClient[Any]]:
    with TestClient(stored_app(Settings(**given), AsyncEngine(fake, {}), path)) as client:
        yield client


def asked(fake: FakeChatModel) -> list[str]:
    """Return the texts that the model saw last."""
    return [part for message in fake.calls[-1] for part in message["content"] if isinstance(part, str)]


def test_two_follow_ups_of_the_same_response_are_dialogues_of_their_own(client: TestClient[Any], fake: Any) -> None:
    first = post(client, [user(image(), "one")], instructions="only now")
    second, other = (post(client, given, previous_response_id=first["id"]) for given in ("two", "other"))
    assert [text_of(each) for each in (second, other)] == ["1/2: two", "1/2: other"]
    assert asked(fake) == ["one", "1/1: one", "other"], "instructions are not inherited"
    third = post(client, "three", previous_response_id=second["id"], store=False)
    assert text_of(third) == "1/3: three"
    assert asked(fake) == ["one", "1/1: one", "two", "1/2: two", "three"]


def test_a_deleted_response_can_no_longer_be_followed_at_any_distance(client: TestClient[Any]) -> None:
    first = post(client, "one")
    second = post(client, "two", previous_response_id=first["id"])
    client.delete(f"{PATH}/{first['id']}")
    error = expect_error(client, previous_response_id=second["id"])
    assert error["code"] == "previous_response_not_found"
    assert "one before it was deleted" in error["message"]
    assert client.get(f"{PATH}/{second['id']}").json() == second


def test_items_are_named_by_their_ids(client: TestClient[Any], fake: Any) -> None:
    first = post(client, [user(image(), "look"), user(CALL)], tools=[{"type": "function", "name": "buy"}])
    (shown, _) = client.get(f"{PATH}/{first['id']}/input_items?order=asc").json()["data"]
    call_id = first["output"][1]["call_id"]
    result = {"type": "function_call_output", "call_id": call_id, "output": "bought"}
    references = [{"type": "item_reference", "id": item["id"]} for item in (shown, *first["output"])]
    second = post(client, [*references, result])
    assert text_of(second) == "1/1: bought"
    assert asked(fake) == ["look", "0/2:".replace("0", "1"), CALL, "bought"]
    client.delete(f"{PATH}/{first['id']}")
    assert text_of(post(client, "next", previous_response_id=second["id"])) == "1/2: next", "it has its own copy"
    wrong = [references[0]["id"][:-4] + "0009", "fc" + shown["id"][3:], shown["id"] + "0", "", "msg_"]
    for name in (*wrong, shown["id"]):
        error = expect_error(client, input=[user("a"), {"type": "item_reference", "id": name}])
        assert (error["param"], "not kept" in error["message"]) == ("input[1].id", True)


def test_what_references_may_read_has_a_limit(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    item = post(client, "a" * 100)["output"][0]["id"]
    assert post(client, [{"id": item}, user("b")])
    monkeypatch.setattr(history, "MAX_NAMED_BYTES", 100)
    assert expect_error(client, input=[{"id": item}, user("b")])["message"].endswith("more than 100 bytes together")


def test_pictures_and_turns_outlive_a_restart(tmp_path: Path) -> None:
    path, fake = tmp_path / "sessions.db", FakeChatModel()
    with serve(path, fake) as client:
        first = post(client, [user(image(png_url((9, 9))), "one", image(detail="low"))])
    with serve(path, fake) as client:
        assert client.get(f"{PATH}/{first['id']}").json() == first
        assert text_of(post(client, "two", previous_response_id=first["id"])) == "2/2: two"
    shown = [part for part in fake.calls[-1][0]["content"] if not isinstance(part, str)]
    assert [(part.max_slice_nums, part.image.size) for part in shown] == [(None, (9, 9)), (1, (8, 8))]


def test_a_long_chain_is_stored_once(tmp_path: Path) -> None:
    """The room grows with the turns, not with the turns times their number."""
    path, text = tmp_path / "sessions.db", "a text of some length " * 20
    previous: dict[str, Any] = {}
    with serve(path, FakeChatModel()) as client:
        for number in range(12):
            answer = post(client, [user(*([image()] * (number == 0)), text)], **previous)
            previous = {"previous_response_id": answer["id"]}
        assert text_of(answer) == f"1/12: {text}"
    with closing(sqlite3.connect(path)) as connection:
        sizes = [size for (size,) in connection.execute("SELECT num_bytes FROM responses ORDER BY created_s")]
        counted = connection.execute("SELECT count(*), count(DISTINCT thread_id) FROM responses").fetchone()
        pictures = connection.execute("SELECT count(*) FROM pictures").fetchone()
    assert max(sizes[1:]) - min(sizes[1:]) < 100
    assert (counted, pictures) == ((12, 1), (1,))


def test_a_chain_that_is_too_long_is_cut_where_its_calls_are_missed_by_no_result(tmp_path: Path) -> None:
    fake, tools = FakeChatModel(), [{"type": "function", "name": "buy"}]
    with serve(tmp_path / "sessions.db", fake, max_inp_length=20) as client:
        answer = post(client, CALL, tools=tools)
        result = {"type": "function_call_output", "call_id": answer["output"][1]["call_id"], "output": "bought"}
        for given in ([result], "two", "three", "four"):
            answer = post(client, given, previous_response_id=answer["id"])
    assert "bought" not in asked(fake)
    assert asked(fake) == ["0/1: bought", "two", "0/2: two", "three", "0/3: three", "four"]


def test_what_is_expired_is_counted_by_dialogues(tmp_path: Path) -> None:
    with serve(tmp_path / "sessions.db", FakeChatModel(), max_sessions=1) as client:
        first = post(client, "one")
        post(client, "two", previous_response_id=first["id"])
        newest = post(client, "other")
        assert client.get(f"{PATH}/{first['id']}").status_code == 200
    with serve(tmp_path / "sessions.db", FakeChatModel(), max_sessions=1) as client:  # it expires at the start
        deadline = 200
        while client.get(f"{PATH}/{first['id']}").status_code == 200 and deadline:
            asyncio.run(asyncio.sleep(0.01))
            deadline -= 1
        assert client.get(f"{PATH}/{first['id']}").status_code == 404
        assert client.get(f"{PATH}/{newest['id']}").status_code == 200


def test_strange_text_is_stored_and_comes_back(client: TestClient[Any]) -> None:
    text = "\x00 \U0001f600 \ufffd"
    first = post(client, text, metadata={"a": text})
    assert first["metadata"] == {"a": text}
    assert text_of(post(client, "x", previous_response_id=first["id"])) == "0/2: x"
    shown = client.get(f"{PATH}/{first['id']}/input_items").json()
    assert shown["data"][0]["content"][0]["text"] == text
    raw = json.dumps(body("a \ud800 b")).encode()
    assert client.post(PATH, content=raw, headers={"Content-Type": "application/json"}).status_code in (200, 400)
