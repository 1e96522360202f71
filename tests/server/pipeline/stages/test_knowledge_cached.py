"""The stage that answers from the knowledge base, before the cache and with pictures."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from server.engine.async_engine import AsyncEngine
from server.keys.account import ANONYMOUS
from server.knowledge.found import Found
from server.pipeline.pipeline import Pipeline
from server.pipeline.profiles import Profile, Title
from server.pipeline.stage import StageOptions
from server.pipeline.stages.cache import CacheStage
from server.pipeline.stages.knowledge import KnowledgeStage
from server.settings.settings import Settings
from server.store.store import Store, open_store
from server.turn.pictures import PictureSource
from server.turn.turn import Turn, TurnMessage
from tests.helpers.fake_library import FakeLibrary
from tests.helpers.fakes import FakeChatModel
from tests.helpers.pictures import png
from tests.helpers.pipelines import FixedProfiles
from tests.helpers.turns import make_turns, question
from tests.server.pipeline.stages.test_knowledge import PRICE, FakeKnowledge, find, make_faq

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "sessions.db") as opened:
        yield opened


@pytest.fixture
async def served(store: Store) -> AsyncIterator["Served"]:
    made = Served(store)
    yield made
    await made.engine.close()


def make_shop(**given: Any) -> Profile:
    return Profile(title=Title("店", "Shop"), stages=("knowledge", "cache"), **{"collections": ("shop",), **given})


class Served:
    """A fake model behind the two stages; `knowledge` finds what a test puts there."""

    def __init__(self, store: Store) -> None:
        self.fake = FakeChatModel()
        self.engine = AsyncEngine(self.fake, {})
        self.knowledge = FakeKnowledge(Found("q"))
        turns = make_turns(self.engine)
        stage = KnowledgeStage(cast(Any, self.knowledge), FakeLibrary(), turns, store, Settings())
        profiles = FixedProfiles(
            shop=make_shop(), other=make_shop(collections=("other",)), mute=make_shop(not_found=Title("没有", "None"))
        )
        cache = CacheStage(turns, store, 100.0)
        self.pipeline = Pipeline(turns, (stage, cache), profiles, {"knowledge": "profile", "cache": "profile"})

    async def __call__(self, turn: Turn, profile: str = "shop") -> tuple[str, dict[str, Any], str | None]:
        """Return the answer, the note of the knowledge stage, and what the cache says."""
        turn = replace(turn, options={**turn.options, "temperature": 0})
        context = self.pipeline.build_context(turn, ANONYMOUS, StageOptions(profile))
        answers, _ = await self.pipeline.answer(context)
        return answers[0].text, context.trace.get("knowledge"), context.trace.get("cache").get("result")


async def test_an_edited_document_is_never_answered_from_the_cache(served: "Served") -> None:
    served.knowledge.found = find(PRICE)
    first = await served(question("How much?"))
    assert first[2] == "miss"
    again = await served(question("How much?"))
    assert (again[0], again[2], again[1]["citations"]) == (first[0], "hit", first[1]["citations"])
    served.knowledge.found = find(PRICE.replace("299", "199"))
    edited = await served(question("How much?"))
    assert edited[2] == "miss"
    assert len(served.fake.calls) == 2
    served.knowledge.found = Found("q")
    assert (await served(question("How much?")))[2] == "miss"


async def test_profiles_with_other_collections_share_nothing(served: "Served") -> None:
    served.knowledge.found = find(PRICE)
    await served(question("How much?"))
    assert (await served(question("How much?"), "other"))[2] == "miss"


async def test_answers_without_the_model_are_not_cached(served: "Served") -> None:
    served.knowledge.found = make_faq()
    text, note, result = await served(question("How much is shipping?"))
    assert (text, note["mode"], result) == ("Orders from 99 yuan ship free.", "verbatim", None)
    served.knowledge.found = Found("q")
    text, note, result = await served(question("Do you sell boats?"), "mute")
    assert (text, note["mode"], result) == ("None", "not_found", None)
    assert served.fake.calls == []


async def test_what_a_picture_shows_is_asked_of_the_model_and_of_the_knowledge_base(served: "Served") -> None:
    served.knowledge.found = find(PRICE)
    asked = TurnMessage("user", (PictureSource(png((30, 40))), "Is it for summer?"))
    _, note, _ = await served(Turn((asked,)))
    (name,) = note["pictured"]
    assert "What is this product?" in name
    assert served.knowledge.asked[-1][1].pictured == (name,)
    later = (asked, TurnMessage("assistant", ("Yes.",)), TurnMessage("user", ("What is it made of?",)))
    await served(Turn(later))
    assert served.knowledge.asked[-1][1].earlier == (name, "Is it for summer?", "Yes.")


async def test_a_picture_that_answers_for_itself_goes_to_the_model(served: "Served") -> None:
    shown = PictureSource(png((30, 40)))
    text, note, _ = await served(Turn((TurnMessage("user", (shown, "What colour is it?")),)), "mute")
    assert note["mode"] == "none"
    assert text != "None"
    text, note, _ = await served(Turn((TurnMessage("user", (shown, "Do you sell boats?")),)), "mute")
    assert (text, note["mode"]) == ("None", "not_found")
