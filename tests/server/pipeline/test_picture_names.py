"""What pictures show, asked of the model once."""

import asyncio
from typing import Any

import pytest

from model.errors import InputError
from server.errors import QueueFull
from server.keys.account import ANONYMOUS, Account
from server.pipeline import picture_names
from server.pipeline.picture_names import QUESTION, PictureNamer
from server.turn.pictures import PictureSource, PlannedPicture
from server.turn.turn import Turn
from tests.helpers.fakes import FakeChatModel
from tests.helpers.pictures import png
from tests.helpers.scripted_turns import ScriptedTurns
from tests.helpers.turns import open_turns

pytestmark = pytest.mark.anyio


class NamingTurns(ScriptedTurns):
    @property
    def engine(self) -> Any:
        engine = super().engine
        engine.info = type("Info", (), {"fingerprint": "f"})
        return engine


async def plan(*sizes: tuple[int, int]) -> list[PlannedPicture]:
    async with open_turns(FakeChatModel()) as turns:
        return await turns._pictures.plan([PictureSource(png(size)) for size in sizes], None, "")


def make_namer(answer: Any = lambda _: " a striped\nshirt ", **given: Any) -> tuple[PictureNamer, NamingTurns]:
    turns = NamingTurns(answer, **given)
    namer: Any = turns
    return PictureNamer(namer), turns


async def test_each_picture_is_asked_about_once_for_each_language() -> None:
    namer, turns = make_namer()
    pictures = await plan((30, 40), (50, 60))
    assert await namer.name(pictures, "en", ANONYMOUS) == ["a striped shirt"] * 2
    assert await namer.name(pictures, "en", ANONYMOUS) == ["a striped shirt"] * 2
    assert len(turns.begun) == 2
    await namer.name(pictures[:1], "zh", ANONYMOUS)
    assert [turn.messages[-1].text for turn in turns.begun] == [QUESTION["en"], QUESTION["en"], QUESTION["zh"]]
    assert all(turn.options["max_new_tokens"] <= 48 and not turn.options["sampling"] for turn in turns.begun)


async def test_equal_pictures_at_one_time_are_asked_about_once() -> None:
    gate = asyncio.Event()
    namer, turns = make_namer(gate=gate)
    pictures = await plan((30, 40))
    asking = [asyncio.create_task(namer.name(pictures, "en", ANONYMOUS)) for _ in range(3)]
    while not turns.begun:
        await asyncio.sleep(0)
    asking[0].cancel()
    gate.set()
    assert await asyncio.gather(*asking[1:]) == [["a striped shirt"]] * 2
    assert len(turns.begun) == 1


async def test_what_one_owner_is_refused_with_concerns_no_other() -> None:
    gate = asyncio.Event()

    def refuse_ann(turn: Turn) -> str:
        if turn.owner == "ann":
            raise QueueFull(1)
        return "a hat"

    namer, turns = make_namer(refuse_ann, gate=gate)
    pictures = await plan((30, 40))
    asking = [asyncio.create_task(namer.name(pictures, "en", Account(owner))) for owner in ("ann", "bob")]
    while len(turns.begun) < 2:
        await asyncio.sleep(0)
    gate.set()
    refused, named = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(refused, QueueFull)
    assert named == ["a hat"]


async def test_the_oldest_names_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_names, "MAX_REMEMBERED", 1)
    namer, turns = make_namer()
    pictures = await plan((30, 40), (50, 60))
    await namer.name(pictures, "en", ANONYMOUS)
    await namer.name(pictures[1:], "en", ANONYMOUS)
    await namer.name(pictures[:1], "en", ANONYMOUS)
    assert len(turns.begun) == 3


async def test_a_failure_names_nothing_and_is_not_remembered() -> None:
    def fail(_: Turn) -> str:
        raise InputError("too long", "太长")

    namer, turns = make_namer(fail)
    pictures = await plan((30, 40))
    assert await namer.name(pictures, "en", ANONYMOUS) == [""]
    turns.answer = lambda _: "a hat"
    assert await namer.name(pictures, "en", ANONYMOUS) == ["a hat"]


async def test_a_full_server_is_told() -> None:
    def refuse(_: Turn) -> str:
        raise QueueFull(1)

    namer, _ = make_namer(refuse)
    with pytest.raises(QueueFull):
        await namer.name(await plan((30, 40)), "en", ANONYMOUS)
