"""Which stages a turn goes through."""

from collections.abc import AsyncIterator

import pytest

from server.engine import AsyncEngine, RequestLimits
from server.errors import FieldRefused, QueueFull
from server.fetch import PictureFetcher
from server.support.case import Wishes
from server.support.desk import Desk, Rule, rule
from server.support.profiles import Profile, StageName, Title
from server.turn import TurnLimits, Turns
from tests.desks import FixedProfiles, desk_of
from tests.fakes import FakeChatModel
from tests.server.support.turns import Watching, question, turns_over

pytestmark = pytest.mark.anyio

SHOP = Profile(title=Title("店", "Shop"), stages=("typos", "moderation"))


@pytest.fixture
async def turns() -> AsyncIterator[Turns]:
    async with turns_over(FakeChatModel()) as made:
        yield made


def watching() -> tuple[Watching, ...]:
    passed: list[str] = []
    return tuple(Watching(name, passed) for name in ("profile", "typos", "moderation", "cache"))


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        (Wishes(), ["profile"]),
        (Wishes("shop"), ["profile", "typos", "moderation"]),
        (Wishes("shop", stages={"typos": False, "cache": True}), ["profile", "moderation", "cache"]),
        (Wishes("shop", stages={"moderation": False}), ["profile", "typos", "moderation"]),
        (Wishes(stages={"moderation": True}), ["profile", "moderation"]),
        (Wishes(None, (None, "shop", "plain")), ["profile", "typos", "moderation"]),
        (Wishes("plain", ("shop",)), ["profile"]),
    ],
)
async def test_a_turn_goes_through_what_profile_and_request_want(
    turns: Turns, wishes: Wishes, expected: list[str]
) -> None:
    stages = watching()
    desk = desk_of(turns, *stages, shop=SHOP)
    case = desk.case(question("hello"), "", wishes)
    (answer,), _ = await desk.answer(case)
    assert answer.text == "0/1: hello"
    assert stages[0].passed == expected
    assert [note["stage"] for note in case.trace.notes] == expected


@pytest.mark.parametrize(
    ("word", "wishes", "expected"),
    [
        ("off", Wishes("shop", stages={"typos": True}), False),
        ("on", Wishes(), True),
        ("on", Wishes(stages={"typos": False}), False),
        ("profile", Wishes("shop"), True),
        ("profile", Wishes(), False),
    ],
)
async def test_the_operator_has_the_last_word(turns: Turns, word: Rule, wishes: Wishes, expected: bool) -> None:
    rules: dict[StageName, Rule] = {"typos": word}
    desk = Desk(turns, [Watching("typos")], FixedProfiles(shop=SHOP), rules)
    assert ("typos" in desk.case(question("hello"), "", wishes).stages) == expected


async def test_a_request_cannot_switch_moderation_off_that_the_operator_has_on(turns: Turns) -> None:
    desk = Desk(turns, [Watching("moderation")], FixedProfiles(), {"moderation": "on"})
    assert desk.case(question("a"), "", Wishes(stages={"moderation": False})).stages == {"moderation"}


async def test_a_profile_that_there_is_not_is_refused_with_those_that_are(turns: Turns) -> None:
    desk = desk_of(turns)
    with pytest.raises(FieldRefused, match=r"'shoe' is not one of ecommerce, plain, restaurant, tech-support"):
        desk.case(question("hello"), "", Wishes("shoe"))
    assert desk.known("shoe") is None
    assert desk.known("plain") == "plain"
    assert desk.known(None) is None


async def test_a_full_server_refuses_before_any_stage_works() -> None:
    engine = AsyncEngine(FakeChatModel(delay_s=0.01), {}, RequestLimits(max_requests=1))
    stage = Watching("profile")
    desk = desk_of(Turns(engine, TurnLimits(), PictureFetcher()), stage)
    running = await desk.begin(desk.case(question("slow"), "", Wishes()))
    with pytest.raises(QueueFull):
        await desk.begin(desk.case(question("more"), "", Wishes()))
    assert stage.passed == ["profile"]
    running.close()
    await engine.close()


def test_a_setting_is_a_rule() -> None:
    assert rule("off") == "off"
