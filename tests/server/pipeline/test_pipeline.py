"""Which stages a turn goes through."""

from collections.abc import AsyncIterator

import pytest

from server.engine.async_engine import AsyncEngine, RequestLimits
from server.errors import FieldRefused, QueueFull, QuotaSpent
from server.turn.image_fetch import PictureFetcher
from server.keys.account import ANONYMOUS
from server.turn.reply import Part, Reply, ToldReply
from server.settings.settings import Rule
from server.engine.token_stream import Usage
from server.pipeline.stage import Ahead, Case, Wishes
from server.pipeline.pipeline import Desk
from server.pipeline.profiles import Profile, StageName, Title
from server.turn.turn import TurnLimits, Turns
from tests.helpers.pipelines import FixedProfiles, desk_of
from tests.helpers.fakes import FakeChatModel
from tests.helpers.ledgers import FakeLedger, SpentLedger, account_of
from tests.helpers.turns import Watching, question, turns_over

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
    case = desk.case(question("hello"), ANONYMOUS, wishes)
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
    assert ("typos" in desk.case(question("hello"), ANONYMOUS, wishes).stages) == expected


async def test_a_request_cannot_switch_moderation_off_that_the_operator_has_on(turns: Turns) -> None:
    desk = Desk(turns, [Watching("moderation")], FixedProfiles(), {"moderation": "on"})
    assert desk.case(question("a"), ANONYMOUS, Wishes(stages={"moderation": False})).stages == {"moderation"}


async def test_a_profile_that_there_is_not_is_refused_with_those_that_are(turns: Turns) -> None:
    desk = desk_of(turns)
    with pytest.raises(FieldRefused, match=r"'shoe' is not one of ecommerce, plain, restaurant, tech-support"):
        desk.case(question("hello"), ANONYMOUS, Wishes("shoe"))
    assert desk.known("shoe") is None
    assert desk.known("plain") == "plain"
    assert desk.known(None) is None


async def test_a_full_server_refuses_before_any_stage_works() -> None:
    engine = AsyncEngine(FakeChatModel(delay_s=0.01), {}, RequestLimits(max_requests=1))
    stage = Watching("profile")
    desk = desk_of(Turns(engine, TurnLimits(), PictureFetcher()), stage)
    running = await desk.begin(desk.case(question("slow"), ANONYMOUS, Wishes()))
    with pytest.raises(QueueFull):
        await desk.begin(desk.case(question("more"), ANONYMOUS, Wishes()))
    assert stage.passed == ["profile"]
    running.close()
    await engine.close()


async def test_a_spent_quota_refuses_before_any_stage_works(turns: Turns) -> None:
    stage = Watching("profile")
    desk = desk_of(turns, stage)
    with pytest.raises(QuotaSpent):
        await desk.begin(desk.case(question("more"), account_of(SpentLedger()), Wishes()))
    assert stage.passed == []


class Knowing:
    """A stage that asks no model."""

    name = "cache"

    async def handle(self, case: Case, ahead: Ahead) -> Reply:  # noqa: ARG002
        return ToldReply([Part(0, "hi", finish_reason="stop")], Usage(5, 0, 2))


async def test_a_reply_is_paid_wherever_it_is_from(turns: Turns) -> None:
    ledger = FakeLedger()
    desk = desk_of(turns, Knowing())
    for is_on in (False, True):
        await desk.answer(desk.case(question("hello"), account_of(ledger), Wishes(stages={"cache": is_on})))
    assert ledger.spent == [21, 7]


async def test_a_prompt_goes_through_the_stages_and_costs_nothing(turns: Turns) -> None:
    ledger = FakeLedger()
    stages = watching()
    desk = desk_of(turns, *stages, shop=SHOP)
    case = desk.case(question("hello"), account_of(ledger), Wishes("shop", stages={"cache": True}))
    dialogue = await desk.prepare(case)
    assert turns.engine.tokenizer.decode(dialogue.prompt.input_ids) == "0/1: hello"
    assert stages[0].passed == ["profile", "typos", "moderation"]
    assert ledger.spent == []
    assert turns.engine.num_requests == 0


async def test_a_prompt_is_refused_where_an_answer_is(turns: Turns) -> None:
    desk = desk_of(turns)
    case = desk.case(question("more"), account_of(SpentLedger()), Wishes())
    with pytest.raises(QuotaSpent):
        await desk.prepare(case)


class Refusing(Knowing):
    name = "moderation"


async def test_there_is_no_prompt_of_a_question_that_no_model_is_asked(turns: Turns) -> None:
    desk = desk_of(turns, Refusing())
    case = desk.case(question("hello"), ANONYMOUS, Wishes(stages={"moderation": True}))
    with pytest.raises(FieldRefused, match="messages cannot be used: word lists forbid"):
        await desk.prepare(case)
