"""The requests of a load run are drawn again by their seed, and the wrong ones are wrong."""

import json
from random import Random
from typing import Any

import pytest
from litestar.testing import TestClient

from scripts.traffic.asking import KINDS, Askings
from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel


def drawn(seed: int) -> Askings:
    return Askings(Random(seed), "minicpm-v")


def test_a_seed_draws_the_same() -> None:
    first, second = drawn(1), drawn(1)
    assert [first.one_picture(), first.openai(), first.ollama()] == [
        second.one_picture(),
        second.openai(),
        second.ollama(),
    ]


def test_every_kind_is_answered_and_every_wrong_one_is_refused() -> None:
    askings = drawn(1)
    right = [askings.text(), askings.one_picture(), askings.chat("ann", "?", True), askings.openai(), askings.ollama()]
    wrong = {(wrong.asking.body, wrong) for wrong in (askings.wrong() for _ in range(60))}
    assert len(wrong) >= 7
    with TestClient(stored_app(Settings(), AsyncEngine(FakeChatModel(), {}))) as client:
        assert [sent(client, asking) for asking in right] == [200] * len(KINDS)
        assert [sent(client, each.asking) for _, each in wrong] == [each.status for _, each in wrong]


def sent(client: TestClient[Any], asking: Any) -> int:
    return client.post(asking.path, content=asking.body).status_code


@pytest.mark.parametrize("has_picture", [True, False])
def test_a_turn_shows_a_picture_where_it_should(has_picture: bool) -> None:
    body = json.loads(drawn(1).chat("ann", "What is this?", has_picture).body)
    assert (body["user_id"], body["question"], len(body["images"])) == ("ann", "What is this?", int(has_picture))
