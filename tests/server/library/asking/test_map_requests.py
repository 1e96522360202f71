"""Requests about segments keep to the server's limits."""

from typing import Any

import pytest

from server.library.asking.map_requests import MapRequests
from server.turn.turn import Turn, TurnMessage, build_options
from tests.helpers.scripted_turns import ScriptedTurns

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("asked", "is_cut"), [(10**6, True), (1, False)])
async def test_answers_are_no_longer_than_the_server_allows(asked: int, is_cut: bool) -> None:
    turns: Any = ScriptedTurns(lambda _: "yes")
    turn = Turn((TurnMessage("user", ("?",)),), build_options(max_new_tokens=asked))
    assert await MapRequests(turns).ask(turn) == "yes"
    limit = turns.limits.max_new_tokens
    assert turns.begun[0].options["max_new_tokens"] == (limit if is_cut else asked)
