"""Questions that all segments of documents are asked for."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from server.errors import EngineStopped, RequestTimedOut
from server.library.asking import map_requests
from server.library.asking.choosing import Chooser
from server.library.asking.inquiry import Inquiry
from server.library.asking.map_requests import MapRequests
from server.library.asking.whole_reply import WholeReply
from server.turn.reply import Progress, Reply
from server.turn.turn import Turn, TurnMessage
from tests.helpers.fake_library import FakeLibrary, find_numbers
from tests.helpers.scripted_turns import SPENT, ScriptedTurns, last_text

pytestmark = pytest.mark.anyio
CATALOGUE = {
    page: f"Kettle K-{page} costs ￥{100 + (page * 37) % 50}.90, not ￥500, and weighs {page} kg."
    for page in range(1, 21)
}
SUMMARY = "Notes say that kettle K-7 costs ￥109.90."


class Asking:
    """One question to a library, with the answers that a test writes to what segments are asked."""

    def __init__(self, library: FakeLibrary, answer: Callable[[Turn], str], **given: Any) -> None:
        self.library = library
        turns: Any = ScriptedTurns(answer, **given)
        self.turns = turns
        self.citations: list[dict[str, Any]] = []
        self.requests = MapRequests(self.turns)

    async def begin(self, question: str, last_words: str = "", **given: Any) -> WholeReply:
        turn = Turn((TurnMessage("user", (question,)),), documents=tuple(self.library.documents), **given)
        is_chinese = re.search("[一-龥]", question) is not None
        choice = await Chooser(self.library.sources, self.turns, 60).choose(
            turn, [question], "zh" if is_chinese else "en"
        )
        assert isinstance(choice, Inquiry)
        return WholeReply(choice, self.requests, self._begin_final, self.citations, last_words)

    async def _begin_final(self, turn: Turn) -> Reply:
        reply: Reply = await self.turns.begin(turn)
        return reply

    async def ask(self, question: str, **given: Any) -> str:
        (answer,) = await (await self.begin(question, **given)).read_answers()
        return answer.text


def make_library(pages: dict[int, str] | None = None) -> FakeLibrary:
    library = FakeLibrary()
    library.add("a", CATALOGUE if pages is None else pages)
    return library


def name_values(turn: Turn) -> str:
    """Answer as a model that reads what is there: each kettle with the value that the grammar allows."""
    value = turn.schema["properties"]["items"]["items"]["properties"]["value"]["enum"][0]  # type: ignore[index]
    name = re.search(r"K-\d+", last_text(turn))
    return json.dumps({"items": [{"name": name[0] if name else "?", "value": value}]})


def never(turn: Turn) -> str:
    raise AssertionError(f"the model is not asked: {last_text(turn)}")


async def test_the_cheapest_is_found_by_code_and_cited_from_its_page() -> None:
    asking = Asking(make_library(), name_values)
    text = await asking.ask("Which is the cheapest?")
    lowest = min(CATALOGUE, key=lambda page: (page * 37) % 50)
    assert f"K-{lowest}: ￥{100 + (lowest * 37) % 50}.90" in text
    (citation,) = asking.citations
    assert citation["page"] == lowest
    assert citation["quote"] in CATALOGUE[lowest]
    assert find_numbers(text) == [1]


@pytest.mark.parametrize(
    ("question", "page"),
    [
        ("最贵的是哪个？", max(CATALOGUE, key=lambda p: (p * 37) % 50)),
        ("哪款最轻？", 1),
        ("which kettle is the heaviest", 20),
    ],
)
async def test_what_is_compared_is_what_the_question_asks_for(question: str, page: int) -> None:
    asking = Asking(make_library(), name_values)
    assert f"K-{page}" in await asking.ask(question)
    assert [citation["page"] for citation in asking.citations] == [page]


async def test_pages_with_one_price_need_no_model_but_what_is_a_fee_or_a_limit_does() -> None:
    pages = {1: "Red kettle\nPrice: ￥50", 2: "Blue kettle\nPrice: ￥40", 3: "Free shipping over ￥9"}
    asking = Asking(make_library(pages), lambda _: '{"items": [{"value": null, "name": ""}]}')
    assert await asking.ask("Which is the cheapest?") == "The cheapest is Blue kettle: ￥40 (a.pdf, page 2).[1]"
    assert ["shipping" in last_text(turn) for turn in asking.turns.begun] == [True]


async def test_only_values_that_are_written_there_may_be_named_and_pages_without_any_are_not_asked() -> None:
    asking = Asking(
        make_library({1: "K-1 costs ￥5, not ￥9, weighs 3 kg", 2: "about 7 people", 3: "no number"}), name_values
    )
    await asking.ask("Which is the cheapest?")
    (begun,) = asking.turns.begun
    assert begun.schema["properties"]["items"]["items"]["properties"]["value"] == {"enum": ["￥5", "￥9", None]}


async def test_segments_are_asked_behind_all_other_turns_and_not_too_many_at_once() -> None:
    asking = Asking(make_library(), name_values)
    await asking.ask("Which is the cheapest?")
    assert all(turn.is_background for turn in asking.turns.begun)
    assert asking.turns.most <= asking.turns.max_num_seqs + map_requests.NUM_AHEAD
    assert asking.turns.num_open == 0
    few = Asking(make_library(), name_values, max_requests=4)
    await few.ask("Which is the cheapest?")
    assert few.turns.most == 2


async def test_pages_that_mention_something_are_found_by_their_words_alone() -> None:
    pages = {1: "The warranty is two years.", 2: "nothing", 3: "See Warranty.", 4: "warranty", 9: "end"}
    asking = Asking(make_library(pages), never)
    text = await asking.ask("Which pages mention the warranty?")
    assert "3 pages mention" in text
    assert "pages 1, 3-4" in text
    assert [citation["page"] for citation in asking.citations] == [1, 3, 4]
    assert find_numbers(text) == [1, 2, 3]
    assert "第 1、3-4 页" in await Asking(make_library(pages), never).ask("哪些页提到了“warranty”")


async def test_the_model_looks_where_words_do_not_decide() -> None:
    def answer(turn: Turn) -> str:
        return json.dumps({"is_mentioned": "refund" in last_text(turn)})

    asking = Asking(make_library({1: "money back refund", 2: "lamp", 3: "refunds"}), answer)
    assert "pages 1, 3" in await asking.ask("Which pages talk about returning goods?")
    library = make_library({1: "warranty"})
    library.add("a", {2: ""}, kind="scan")
    scanned = Asking(library, lambda turn: json.dumps({"is_mentioned": turn.num_images == 1}))
    assert "pages 1-2" in await scanned.ask("Which pages mention the warranty?")
    assert [begun.num_images for begun in scanned.turns.begun] == [1]


async def test_what_nothing_mentions_is_said_to_be_not_there() -> None:
    asking = Asking(make_library(), lambda _: json.dumps({"is_mentioned": False}))
    assert await asking.ask("Which pages mention unicorns?") == "This was not found in the documents."
    assert asking.citations == []


async def test_a_list_has_what_is_really_there_once_and_counted() -> None:
    def answer(turn: Turn) -> str:
        names = re.findall(r"K-\d+", last_text(turn))
        return json.dumps({"items": [*names, "an invented kettle", *names[:1]]})

    asking = Asking(make_library(), answer)
    text = await asking.ask("How many kettles are there?")
    assert text.startswith("20 found")
    assert "invented" not in text
    assert [citation["page"] for citation in asking.citations] == list(range(1, 21))
    for citation in asking.citations:
        assert citation["quote"] in CATALOGUE[citation["page"]]


async def test_a_summary_is_written_by_the_model_from_notes_and_cited_by_code() -> None:
    def answer(turn: Turn) -> str:
        return (
            SUMMARY if "notes on all parts" in last_text(turn) else f"about {re.findall('K-[0-9]+', last_text(turn))}"
        )

    asking = Asking(make_library({**CATALOGUE, 21: "x" * 4000}), answer)
    text = await asking.ask("Summarize this")
    assert text == SUMMARY + "[1]"
    assert asking.citations[0]["page"] == 7
    final = asking.turns.begun[-1]
    assert not final.is_background
    assert "K-20" in last_text(final)


async def test_too_many_notes_are_joined_in_rounds() -> None:
    pages = dict.fromkeys(range(1, 60), "x" * 1900)
    asking = Asking(make_library(pages), lambda turn: "y" * 150 if "part of a long" in last_text(turn) else "done")
    assert await asking.ask("Summarize this") == "done"
    num_rounds = sum("yyy" in last_text(turn) for turn in asking.turns.begun if turn.is_background)
    assert num_rounds >= 59 // 8


async def test_a_document_of_nothing_to_note_is_said_to_have_nothing() -> None:
    asking = Asking(make_library({1: "x" * 4000}), lambda _: "None.")
    assert await asking.ask("Summarize this") == "This was not found in the documents."


async def test_progress_counts_pages() -> None:
    asking = Asking(make_library({1: "K-1 ￥5 ￥9", 2: "nothing", 3: "K-3 ￥7 ￥9"}), name_values)
    progress = [delta.progress async for delta in await asking.begin("最便宜的是哪个")][:-1]
    assert progress == [Progress(2, 3), Progress(3, 3)]


async def test_what_all_requests_take_is_the_usage_of_the_reply() -> None:
    asking = Asking(make_library(), name_values)
    reply = await asking.begin("Which is the cheapest?")
    await reply.read_answers()
    assert (reply.usage.num_prompt, reply.usage.num_generated) == (20 * SPENT.num_prompt, 20 * SPENT.num_generated)


async def test_no_room_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_requests, "WAIT_S", 0.0)
    asking = Asking(make_library(), name_values, num_full=30)
    assert "K-" in await asking.ask("Which is the cheapest?")


async def test_no_room_for_as_long_as_a_request_may_take_ends_the_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_requests, "WAIT_S", 0.0)
    asking = Asking(make_library({1: "K-1 ￥5 ￥9"}), name_values, num_full=10**9, max_request_s=0.01)
    with pytest.raises(RequestTimedOut):
        await asking.ask("Which is the cheapest?")


async def test_a_segment_that_fails_is_asked_again_and_then_said() -> None:
    failed: list[str] = []

    def answer(turn: Turn) -> str:
        if "K-3 " in last_text(turn) or ("K-5 " in last_text(turn) and "K-5" not in failed):
            failed.append("K-5" if "K-5 " in last_text(turn) else "K-3")
            raise ValueError("a fault")
        return name_values(turn)

    text = await Asking(make_library(), answer).ask("Which is the cheapest?")
    assert sorted(failed) == ["K-3", "K-3", "K-5"]
    assert text.endswith("(Page 3 of a.pdf could not be read.)")


async def test_where_all_segments_fail_the_turn_does() -> None:
    def fail(_: Turn) -> str:
        raise RequestTimedOut(1)

    with pytest.raises(RequestTimedOut):
        await Asking(make_library(), fail).ask("Which is the cheapest?")


async def test_answers_that_cannot_be_read_are_no_error_of_the_server() -> None:
    text = await Asking(make_library(), lambda _: "no JSON").ask("Which is the cheapest?")
    assert text == "This was not found in the documents.\n\n(Pages 1-20 of a.pdf could not be read.)"


async def test_of_a_list_that_was_cut_off_the_whole_items_count() -> None:
    asking = Asking(make_library({1: "K-1 and K-2"}), lambda _: '{"items": ["K-1", "K-2", "K')
    assert (await asking.ask("List all kettles")).startswith("2 found")
    cut = Asking(make_library({1: "K-1 ￥5 K-2 ￥7"}), lambda _: '{"items": [{"value": "￥5", "name": "K-1"}, {"val')
    assert "K-1: ￥5" in await cut.ask("Which is the cheapest?")


async def test_a_name_that_is_not_on_the_page_is_not_shown() -> None:
    asking = Asking(
        make_library({1: "Red kettle\nPrice: ￥5 ￥9"}), lambda _: '{"items": [{"value": "￥5", "name": "a unicorn"}]}'
    )
    assert await asking.ask("Which is the cheapest?") == "The cheapest is Red kettle: ￥5 (a.pdf, page 1).[1]"


async def test_scanned_pages_are_asked_for_their_values_in_plain_words() -> None:
    library = make_library({1: "Red kettle\nPrice: ￥50"})
    library.add("a", {2: "", 3: ""}, kind="scan")

    def answer(turn: Turn) -> str:
        if turn.num_images == 0:
            return '{"items": [{"value": "￥50", "name": "Red kettle"}]}'
        return "A blue hat." if "What is this?" in last_text(turn) else "It costs 45 yuan."

    asking = Asking(library, answer)
    text = await asking.ask("Which is the cheapest?")
    assert text.splitlines()[0] == "The cheapest is A blue hat: 45 yuan (a.pdf, page 2).[1]"
    assert asking.citations[0]["page"] == 2


async def test_an_engine_that_stops_ends_the_turn() -> None:
    def stop(_: Turn) -> str:
        raise EngineStopped

    with pytest.raises(EngineStopped):
        await Asking(make_library(), stop).ask("Which is the cheapest?")


async def test_a_reader_who_leaves_ends_all_requests() -> None:
    asking = Asking(make_library(), name_values, gate=asyncio.Event())
    reply = await asking.begin("Which is the cheapest?")
    reading = asyncio.ensure_future(anext(reply))
    while asking.turns.num_open < 8:
        await asyncio.sleep(0)
    reading.cancel()
    reply.close()
    for _ in range(5):
        await asyncio.sleep(0)
    assert asking.turns.num_open == 0
    assert len(asking.turns.begun) == 8
    reply.close()
    with pytest.raises(StopAsyncIteration):
        await anext(reply)


async def test_an_answer_in_json_is_left_to_the_model() -> None:
    def answer(turn: Turn) -> str:
        is_final = "The cheapest is" in last_text(turn)
        return '{"page": 1, "name": "K-1 costs ￥5"}' if is_final else name_values(turn)

    asking = Asking(make_library({1: "K-1 costs ￥5 not ￥9"}), answer)
    assert (
        await asking.ask("Which is the cheapest?", schema={"type": "object"}) == '{"page": 1, "name": "K-1 costs ￥5"}'
    )
    assert [citation["page"] for citation in asking.citations] == [1]


async def test_last_words_end_the_answer_and_every_answer_of_several_is_the_same() -> None:
    asking = Asking(make_library(), name_values)
    reply = await asking.begin("Which is the cheapest?", last_words="(more to come)", options={"n": 2})
    first, second = await reply.read_answers()
    assert first.text == second.text
    assert first.text.endswith("\n\n(more to come)")
