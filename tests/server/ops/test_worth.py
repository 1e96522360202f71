"""The figures of a set of sessions that was made by hand, in the report, in the CSV and in the metrics."""

import csv
import io
from dataclasses import dataclass

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from server.keys.keyring import KeyRing
from server.ops.worth import Asked, Worth
from server.ops.worth_csv import BOM, write_worth_csv
from server.store.outcome_records import OutcomeRange
from server.store.records import StoredUsage, Thumb
from server.store.store import Store
from server.telemetry.desk_metrics import DeskMetrics
from tests.helpers.clock import Clock
from tests.helpers.handover_rows import add_customer, add_event
from tests.helpers.keys import make_key
from tests.helpers.store_turns import user_message

pytestmark = pytest.mark.anyio

ALWAYS = OutcomeRange(0.0, float("inf"))
KEYS = KeyRing((make_key("ann", owner="shoes", profile="ecommerce"), make_key("bob", owner="shoes")))


@dataclass(frozen=True)
class Played:
    """A session: whose it is, what was asked first, how long answers took, and what came of it."""

    owner: str
    question: str
    answer_s: float
    profile: str | None = None
    num_more: int = 0
    reason: str | None = None
    is_taken: bool = False
    thumbs: tuple[Thumb, ...] = ()


SESSIONS = (
    Played("shoes", "Do they fit?", 2, thumbs=("up",)),
    Played("shoes", "do they FIT", 4, num_more=3),
    Played("customer:1", "=1+1", 6, reason="not_found"),
    Played("customer:1", "Do they fit?!", 30, reason="customer", is_taken=True, thumbs=("down", "up")),
    Played("books", "有货吗？", 8, profile="reading", reason="anger", is_taken=True),
    Played("books", "有货吗", 10),
)


class Ticking(Clock):
    """A clock that stands still unless it is moved."""

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def worth(both_stores: Store, registry: CollectorRegistry) -> Worth:
    metrics = DeskMetrics(registry, {"plain", "ecommerce"}.__contains__)
    return Worth(both_stores.outcomes, metrics, KEYS, "plain")


async def answer(store: Store, clock: Clock, owner: str, session_id: str, text: str, answer_s: float) -> str:
    async with store.open_turn(owner, session_id, user_message(text)) as turn:
        clock.advance(answer_s)
        await turn.finish("yes", "stop", StoredUsage())
    return turn.id


async def play(store: Store, clock: Clock, played: Played) -> str:
    options = {} if played.profile is None else {"profile": played.profile}
    session = await store.create_session(played.owner, options=options)
    turns = [await answer(store, clock, played.owner, session.id, played.question, played.answer_s)]
    num_more = max(played.num_more, len(played.thumbs) - 1)
    turns += [await answer(store, clock, played.owner, session.id, "more", 10) for _ in range(num_more)]
    for turn_id, thumb in zip(turns, played.thumbs, strict=False):
        await store.give_feedback(played.owner, session.id, thumb, turn_id=turn_id)
    if played.reason is not None:
        await add_event(store, session.id, "waiting", played.reason)
    if played.is_taken:
        await add_event(store, session.id, "person", "person")
    return session.id


async def play_all(store: Store, clock: Clock, worth: Worth) -> None:
    await add_customer(store, "customer:1", "shoes")
    for played in SESSIONS:
        await play(store, clock, played)
    clock.advance(1801)
    await worth.record()


async def test_the_report_of_all(both_stores: Store, clock: Clock, worth: Worth) -> None:
    await play_all(both_stores, clock, worth)
    report = await worth.read(ALWAYS)
    assert report.shop is None
    total = report.total
    assert (total.sessions, total.without_person, total.without_person_share) == (6, 4, round(4 / 6, 4))
    assert total.handovers == {"anger": 1, "customer": 1, "not_found": 1}
    assert (total.first_answer.median_s, total.first_answer.p90_s) == (6.0, 30.0)
    assert (total.end.median_s, total.end.p90_s) == (8.0, 40.0)
    assert (total.thumbs_up, total.thumbs_down) == (2, 1)
    shown = [(one.profile, one.sessions, one.without_person) for one in report.profiles]
    assert shown == [("ecommerce", 4, 3), ("plain", 1, 1), ("reading", 1, 0)]
    ecommerce = report.profiles[0]
    assert ecommerce.handovers == {"customer": 1, "not_found": 1}
    assert (ecommerce.first_answer.median_s, ecommerce.first_answer.p90_s) == (4.0, 30.0)
    assert (ecommerce.end.median_s, ecommerce.end.p90_s) == (6.0, 40.0)
    assert report.questions == [Asked("do they fit", 3), Asked("有货吗", 2), Asked("=1+1", 1)]


async def test_a_shop_and_a_time(both_stores: Store, clock: Clock, worth: Worth) -> None:
    began_s = clock.now_s
    await play_all(both_stores, clock, worth)
    report = await worth.read(OutcomeRange(0.0, clock.now_s, "books"))
    assert (report.shop, report.total.sessions, [one.question for one in report.questions]) == ("books", 2, ["有货吗"])
    early = await worth.read(OutcomeRange(0.0, began_s + 3))
    assert early.total.sessions == 1
    none = await worth.read(OutcomeRange(0.0, 1.0))
    assert (none.total.sessions, none.profiles, none.questions) == (0, [], [])


async def test_the_figures_stay_when_the_sessions_are_gone(both_stores: Store, clock: Clock, worth: Worth) -> None:
    await play_all(both_stores, clock, worth)
    before = await worth.read(ALWAYS)
    assert await both_stores.expire_sessions(0, 0) == 6
    await worth.record()
    assert await worth.read(ALWAYS) == before


async def test_the_csv_has_the_same_figures(both_stores: Store, clock: Clock, worth: Worth) -> None:
    await play_all(both_stores, clock, worth)
    report = await worth.read(ALWAYS)
    text = write_worth_csv(report)
    assert text.startswith(BOM)
    header, *rows = csv.reader(io.StringIO(text.removeprefix(BOM)))
    assert header == ["part", "profile", "name", "value"]
    found = {(part, profile, name): value for part, profile, name, value in rows}
    assert found["total", "", "sessions"] == "6"
    assert found["total", "", "without_person_share"] == "0.6667"
    assert found["profile", "ecommerce", "first_answer_p90_s"] == "30.0"
    assert found["handover", "reading", "anger"] == "1"
    assert found["question", "", "do they fit"] == "3"
    assert found["question", "", "'=1+1"] == "1"  # no formula
    assert len(found) == len(rows)


async def test_the_csv_leaves_empty_what_there_is_not(worth: Worth) -> None:
    text = write_worth_csv(await worth.read(ALWAYS))
    assert "total,,first_answer_median_s,\r\n" in text
    assert "None" not in text


async def test_the_metrics_have_the_same_figures_once(
    both_stores: Store, clock: Clock, worth: Worth, registry: CollectorRegistry
) -> None:
    await play_all(both_stores, clock, worth)
    await worth.record()

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"minicpmv_{name}", labels)

    assert value("desk_sessions_ended_total", profile="ecommerce", ended_by="bot") == 3
    assert value("desk_sessions_ended_total", profile="ecommerce", ended_by="person") == 1
    assert value("desk_sessions_ended_total", profile="other", ended_by="person") == 1  # there is no such profile
    assert value("handovers_total", profile="ecommerce", reason="not_found") == 1
    assert value("ratings_total", profile="ecommerce", thumb="up") == 2
    assert value("desk_first_answer_seconds_count", profile="ecommerce") == 4
    assert value("desk_first_answer_seconds_sum", profile="ecommerce") == 42
    assert value("desk_session_duration_seconds_bucket", profile="ecommerce", le="10.0") == 2
    assert b"reading" not in generate_latest(registry)


async def test_a_pass_is_bounded_and_the_next_goes_on(
    both_stores: Store, clock: Clock, worth: Worth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.ops.worth.MAX_BATCHES", 0)
    await play_all(both_stores, clock, worth)
    assert (await worth.read(ALWAYS)).total.sessions == 0
    monkeypatch.undo()
    await worth.record()
    assert (await worth.read(ALWAYS)).total.sessions == 6
