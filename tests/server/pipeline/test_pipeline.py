"""The pipeline: which stages a turn goes through, what it refuses, and what it charges."""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from server.engine.async_engine import AsyncEngine, RequestLimits
from server.engine.token_stream import Usage
from server.errors import EngineStopped, FieldRefused, ProfileForbidden, QueueFull, QuotaSpent, TokenRateExceeded
from server.keys.account import ANONYMOUS, Account
from server.keys.limiter import KeyLimiter
from server.pipeline.pipeline import Pipeline
from server.pipeline.profiles import Profile, StageName, Title
from server.pipeline.stage import CallNext, StageOptions, TurnContext
from server.settings.settings import Rule
from server.turn.pictures import PictureSource
from server.turn.reply import FixedReply, Reply, ReplyDelta
from server.turn.turn import Turn, TurnMessage
from server.turn.turns import Turns
from tests.helpers.fakes import FakeChatModel
from tests.helpers.ledgers import FakeLedger, SpentLedger, make_account
from tests.helpers.pipelines import FixedProfiles, make_pipeline
from tests.helpers.turns import RecordingStage, make_turns, open_turns, question

pytestmark = pytest.mark.anyio

SHOP = Profile(title=Title("店", "Shop"), stages=("typos", "moderation"))


@pytest.fixture
async def turns() -> AsyncIterator[Turns]:
    async with open_turns(FakeChatModel()) as made:
        yield made


def make_recording_stages() -> tuple[RecordingStage, ...]:
    passed: list[str] = []
    return tuple(RecordingStage(name, passed) for name in ("profile", "typos", "moderation", "cache"))


@pytest.mark.parametrize(
    ("stage_options", "expected"),
    [
        (StageOptions(), ["profile"]),
        (StageOptions("shop"), ["profile", "typos", "moderation"]),
        (StageOptions("shop", stages={"typos": False, "cache": True}), ["profile", "moderation", "cache"]),
        (StageOptions("shop", stages={"moderation": False}), ["profile", "typos", "moderation"]),
        (StageOptions(stages={"moderation": True}), ["profile", "moderation"]),
        (StageOptions(None, (None, "shop", "plain")), ["profile", "typos", "moderation"]),
    ],
)
async def test_profile_and_request_choose_the_stages(
    turns: Turns, stage_options: StageOptions, expected: list[str]
) -> None:
    stages = make_recording_stages()
    pipeline = make_pipeline(turns, *stages, shop=SHOP)
    context = pipeline.build_context(question("hello"), ANONYMOUS, stage_options)
    (answer,), _ = await pipeline.answer(context)
    assert answer.text == "0/1: hello"
    assert stages[0].passed == expected
    assert [note["stage"] for note in context.trace.notes] == expected


@pytest.mark.parametrize(
    ("word", "stage_options", "expected"),
    [
        ("off", StageOptions("shop", stages={"typos": True}), False),
        ("on", StageOptions(), True),
        ("on", StageOptions(stages={"typos": False}), False),
        ("profile", StageOptions("shop"), True),
        ("profile", StageOptions(), False),
    ],
)
async def test_the_operator_has_the_last_word(
    turns: Turns, word: Rule, stage_options: StageOptions, expected: bool
) -> None:
    rules: dict[StageName, Rule] = {"typos": word}
    pipeline = Pipeline(turns, [RecordingStage("typos")], FixedProfiles(shop=SHOP), rules)
    assert ("typos" in pipeline.build_context(question("hello"), ANONYMOUS, stage_options).stages) == expected


async def test_a_request_cannot_switch_moderation_off_that_the_operator_has_on(turns: Turns) -> None:
    pipeline = Pipeline(turns, [RecordingStage("moderation")], FixedProfiles(), {"moderation": "on"})
    assert pipeline.build_context(question("a"), ANONYMOUS, StageOptions(stages={"moderation": False})).stages == {
        "moderation"
    }


async def test_a_turn_has_a_profile_that_its_account_may_choose(turns: Turns) -> None:
    pipeline = Pipeline(turns, make_recording_stages(), FixedProfiles(shop=SHOP), {}, default="shop")
    customer = make_account(FakeLedger())
    for account, stage_options, expected in (
        (customer, StageOptions(), "shop"),
        (customer, StageOptions("restaurant"), "restaurant"),
        (Account(is_operator=True), StageOptions("plain", ("shop",)), "plain"),
        (make_account(FakeLedger(), profiles=("restaurant",)), StageOptions(), "restaurant"),
    ):
        assert pipeline.build_context(question("hello"), account, stage_options).profile_name == expected
    with pytest.raises(ProfileForbidden, match="choose one of ecommerce, restaurant, shop, tech-support"):
        pipeline.build_context(question("hello"), customer, StageOptions("plain"))


async def test_an_account_may_be_answered_from_the_collections_of_the_profiles_that_it_may_choose(turns: Turns) -> None:
    profiles = {
        "shop": replace(SHOP, collections=("shop", "faq")),
        "menu": replace(SHOP, collections=("menu", "faq")),
        "plain": replace(SHOP, collections=("drafts",)),
    }
    pipeline = Pipeline(turns, (), FixedProfiles(**profiles), {}, default="shop")
    customer, owner = FakeLedger(), Account(is_operator=True)
    for account, expected in (
        (owner, {"shop", "menu", "faq", "drafts"}),
        (ANONYMOUS, {"shop", "menu", "faq"}),
        (make_account(customer, profile="menu"), {"shop", "menu", "faq"}),
        (make_account(customer, profiles=("menu", "nothing")), {"menu", "faq"}),
        (make_account(customer, profiles=("restaurant",)), set()),
        (make_account(customer, profiles=("plain",)), {"drafts"}),
        (make_account(customer, role="operator", profiles=("menu",)), {"menu", "faq"}),
    ):
        assert pipeline.list_collections(account) == expected


async def test_an_unknown_profile_is_refused_with_the_names_of_those_that_exist(turns: Turns) -> None:
    pipeline = make_pipeline(turns)
    with pytest.raises(FieldRefused, match=r"'shoe' is not one of ecommerce, plain, restaurant, shop, tech-support"):
        pipeline.build_context(question("hello"), ANONYMOUS, StageOptions("shoe"))
    with pytest.raises(FieldRefused, match=r"'shoe' is not one of ecommerce"):
        pipeline.build_context(question("hello"), make_account(FakeLedger(), profile="shoe"), StageOptions())
    assert not pipeline.has_profile("shoe")
    assert pipeline.has_profile("plain")


async def test_a_full_or_stopped_server_refuses_before_any_work() -> None:
    fake = FakeChatModel(delay_s=0.01)
    engine = AsyncEngine(fake, {}, RequestLimits(max_requests=1))
    stage = RecordingStage("profile")
    pipeline = make_pipeline(make_turns(engine), stage)
    running = await pipeline.begin(pipeline.build_context(question("slow"), ANONYMOUS, StageOptions()))
    unreadable = Turn((TurnMessage("user", (PictureSource(b"never looked at"),)),))
    context = pipeline.build_context(unreadable, ANONYMOUS, StageOptions())
    for refused in (pipeline.begin, pipeline.prepare):
        with pytest.raises(QueueFull):
            await refused(context)
    running.close()
    await engine.close()
    for refused in (pipeline.begin, pipeline.prepare):
        with pytest.raises(EngineStopped):
            await refused(context)
    assert stage.passed == ["profile"]
    assert len(fake.calls) == 1


async def test_a_full_server_refuses_an_answer_that_needs_no_model() -> None:
    engine = AsyncEngine(FakeChatModel(delay_s=0.01), {}, RequestLimits(max_requests=1))
    pipeline = make_pipeline(make_turns(engine), FixedStage())
    running = await pipeline.begin(pipeline.build_context(question("slow"), ANONYMOUS, StageOptions()))
    with pytest.raises(QueueFull):
        await pipeline.begin(pipeline.build_context(question("a"), ANONYMOUS, StageOptions(stages={"cache": True})))
    running.close()
    await engine.close()


async def test_a_spent_quota_refuses_before_any_stage_works(turns: Turns) -> None:
    stage = RecordingStage("profile")
    pipeline = make_pipeline(turns, stage)
    with pytest.raises(QuotaSpent):
        await pipeline.begin(pipeline.build_context(question("more"), make_account(SpentLedger()), StageOptions()))
    assert stage.passed == []


async def test_a_minute_without_tokens_refuses_before_any_stage_works(turns: Turns) -> None:
    stage = RecordingStage("profile")
    pipeline = make_pipeline(turns, stage)
    account = make_account(FakeLedger(), KeyLimiter(9, lambda: 0.0), tokens_per_minute=30)
    for _ in range(2):
        await pipeline.answer(pipeline.build_context(question("hello"), account, StageOptions()))
    context = pipeline.build_context(question("hello"), account, StageOptions())
    for refused in (pipeline.begin, pipeline.begin_truncated, pipeline.prepare):
        with pytest.raises(TokenRateExceeded, match="limit is 30 per minute; try again in 26 s"):
            await refused(context)
    assert stage.passed == ["profile"] * 2


class FixedStage:
    """A stage that answers by itself."""

    name = "cache"

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:  # noqa: ARG002
        return FixedReply([ReplyDelta(0, "hi", finish_reason="stop")], Usage(5, 0, 2))


async def test_a_reply_is_charged_whichever_stage_it_comes_from(turns: Turns) -> None:
    ledger = FakeLedger()
    pipeline = make_pipeline(turns, FixedStage())
    for is_on in (False, True):
        await pipeline.answer(
            pipeline.build_context(question("hello"), make_account(ledger), StageOptions(stages={"cache": is_on}))
        )
    assert ledger.spent == [21, 7]


async def test_prepare_runs_the_stages_and_charges_nothing(turns: Turns) -> None:
    ledger = FakeLedger()
    stages = make_recording_stages()
    pipeline = make_pipeline(turns, *stages, shop=SHOP)
    stage_options = StageOptions("shop", stages={"cache": True})
    context = pipeline.build_context(question("hello"), make_account(ledger), stage_options)
    dialogue = await pipeline.prepare(context)
    assert turns.engine.tokenizer.decode(dialogue.prompt.input_ids) == "0/1: hello"
    assert stages[0].passed == ["profile", "typos", "moderation"]
    assert ledger.spent == []
    assert turns.engine.num_requests == 0


async def test_prepare_refuses_what_begin_refuses(turns: Turns) -> None:
    pipeline = make_pipeline(turns)
    context = pipeline.build_context(question("more"), make_account(SpentLedger()), StageOptions())
    with pytest.raises(QuotaSpent):
        await pipeline.prepare(context)


class RefusingStage(FixedStage):
    name = "moderation"


async def test_prepare_refuses_a_question_that_moderation_keeps_from_the_model(turns: Turns) -> None:
    pipeline = make_pipeline(turns, RefusingStage())
    context = pipeline.build_context(question("hello"), ANONYMOUS, StageOptions(stages={"moderation": True}))
    with pytest.raises(FieldRefused, match="messages cannot be used: word lists forbid"):
        await pipeline.prepare(context)
