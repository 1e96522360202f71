"""Requests for responses on their way to the pipeline: pictures by URL, limits, and what a refusal leaves behind."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine, RequestLimits
from server.errors import ImageNotFetched
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from server.turn.image_fetch import PictureFetcher
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret
from tests.helpers.pictures import png, png_url
from tests.server.api.openai.responses.wire import BUY, PATH, body, expect_error, image, post, text_of, user

URL = "https://example.com/a.png"


@contextmanager
def serve(path: Path, limits: RequestLimits | None = None, keys: KeyRing | None = None) -> Iterator[TestClient[Any]]:
    engine = AsyncEngine(FakeChatModel(), {}, limits or RequestLimits())
    with TestClient(stored_app(Settings(max_new_tokens=50), engine, path, keys)) as client:
        yield client


def test_a_picture_by_url_is_stored_as_it_was_fetched(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []

    async def fetch(_: PictureFetcher, url: str) -> bytes:
        fetched.append(url)
        if len(fetched) > 1:
            raise ImageNotFetched("the host is gone")
        return png((9, 9))

    monkeypatch.setattr(PictureFetcher, "fetch", fetch)
    first = post(client, [user(image(URL), "one")])
    assert text_of(post(client, "two", previous_response_id=first["id"])) == "1/2: two"
    assert fetched == [URL]
    query = {"include[]": "message.input_image.image_url"}
    (item,) = client.get(f"{PATH}/{first['id']}/input_items", params=query).json()["data"]
    assert item["content"][0]["image_url"] == png_url((9, 9))
    assert "the host is gone" in expect_error(client, input=[user(image(URL))])["message"]


def test_a_picture_in_the_result_of_a_function_is_seen_again(client: TestClient[Any]) -> None:
    call = {"type": "function_call", "call_id": "1", "name": "look"}
    result = {"type": "function_call_output", "call_id": "1", "output": [image(), user("red")["content"][0]]}
    first = post(client, [user("look"), call, result])
    assert text_of(post(client, "again", previous_response_id=first["id"])) == "1/2: again"


def test_a_limit_of_tokens_over_the_servers_is_cut_and_told(tmp_path: Path) -> None:
    with serve(tmp_path / "sessions.db") as client:
        response = client.post(PATH, json=body("x" * 100, max_output_tokens=500))
        assert (response.headers["x-ignored"], response.json()["usage"]["output_tokens"]) == ("max_output_tokens", 50)
        strict = client.post(PATH, json=body(max_output_tokens=500), headers={"X-Strict": "on"})
        assert (strict.status_code, strict.json()["error"]["param"]) == (400, "max_output_tokens")


def test_the_schema_of_a_tool_is_named_where_it_cannot_be_followed(client: TestClient[Any]) -> None:
    odd = {"type": "object", "properties": {"a": {"not": {}}}}
    assert expect_error(client, tools=[{**BUY, "parameters": odd, "strict": True}])["param"] == "tools"


def test_a_refused_request_leaves_nothing(tmp_path: Path) -> None:
    keys = KeyRing((make_key("ann"), make_key("poor", owner="ann", tokens_per_day=1)))
    with serve(tmp_path / "sessions.db", keys=keys) as client:
        ann, poor = ({"Authorization": f"Bearer {make_secret(name)}"} for name in ("ann", "poor"))
        first = post(client, "hello", poor)
        spent = client.post(PATH, json=body("more", previous_response_id=first["id"]), headers=poor)
        assert (spent.status_code, spent.json()["error"]["code"]) == (429, "insufficient_quota")
        assert client.post(PATH, json=body("a", temperature=-1), headers=ann).status_code == 400
        followed = post(client, "and?", ann, previous_response_id=first["id"])
        assert text_of(followed) == "0/2: and?", "another key of the owner goes on"


def test_follow_ups_at_the_same_time_do_not_wait_for_each_other(tmp_path: Path) -> None:
    with serve(tmp_path / "sessions.db") as client:
        first = post(client, "one")

        def follow(number: int) -> str:
            return text_of(post(client, f"{number}", previous_response_id=first["id"]))

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(follow, range(8))) == [f"0/2: {number}" for number in range(8)]
