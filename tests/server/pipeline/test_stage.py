import pytest

from server.keys.account import ANONYMOUS
from server.pipeline.profiles import Profile, Title
from server.pipeline.stage import Trace, TurnContext, join_text
from server.store.records import Findings
from server.turn.pictures import PictureSource
from server.turn.turn import Label, Turn, TurnMessage

PLAIN = Profile(title=Title("无", "None"))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["What is it?"], "en"),
        (["这是什么?"], "zh"),
        (["iPhone 多少钱"], "zh"),
        (["多少钱", "and this?"], "en"),
        ([], "en"),
    ],
)
def test_the_language_is_that_of_the_last_question(texts: list[str], expected: str) -> None:
    messages = [TurnMessage("user", (text,)) for text in texts]
    assert TurnContext(Turn((*messages,)), ANONYMOUS, "plain", PLAIN, frozenset()).language == expected


def test_without_a_question_the_language_is_that_of_the_last_message() -> None:
    for text, expected in (("你是店员。", "zh"), ("You sell shirts.", "en")):
        turn = Turn((TurnMessage("system", (text,)),))
        assert TurnContext(turn, ANONYMOUS, "plain", PLAIN, frozenset()).language == expected


def test_a_trace_keeps_the_order_of_its_notes() -> None:
    trace = Trace()
    trace.note("cache", result="miss")
    trace.note("typos", corrections=[1])
    trace.note("cache", kept=True)
    assert [note["stage"] for note in trace.notes] == ["cache", "typos", "cache"]
    assert trace.get("cache") == {"stage": "cache", "result": "miss", "kept": True}
    assert trace.get("moderation") == {}


def test_findings_collect_all_notes() -> None:
    trace = Trace()
    assert trace.findings == Findings([], [], [])
    trace.note("moderation", hits=[{"where": "question"}])
    trace.note("typos", corrections=[{"from": "waht", "to": "what"}])
    trace.note("moderation", hits=[{"where": "answer"}, {"where": "answer"}])
    hits = [{"where": "question"}, {"where": "answer"}, {"where": "answer"}]
    assert trace.findings == Findings([{"from": "waht", "to": "what"}], hits, [])


def test_the_text_of_a_message_is_without_its_pictures() -> None:
    assert join_text(TurnMessage("user", ("a", PictureSource(b""), "b"))) == "a\nb"


def test_labels_do_not_count_as_text_of_the_question() -> None:
    asked = TurnMessage("user", (Label("Picture 1 (正面):"), PictureSource(b""), "Which is it?"))
    assert join_text(asked) == "Which is it?"
    assert TurnContext(Turn((asked,)), ANONYMOUS, "plain", PLAIN, frozenset()).language == "en"


@pytest.mark.parametrize(
    ("stage", "note", "has_sources"),
    [
        ("knowledge", {"mode": "find"}, True),
        ("knowledge", {"mode": "verbatim"}, True),
        ("knowledge", {"mode": "not_found"}, True),
        ("knowledge", {"mode": "none"}, False),
        ("documents", {"mode": "find"}, True),
        ("cache", {"result": "hit"}, False),
    ],
)
def test_a_turn_has_sources_where_it_could_be_answered_from_any(
    stage: str, note: dict[str, str], has_sources: bool
) -> None:
    trace = Trace()
    assert not trace.has_sources
    trace.note(stage, **note)
    assert trace.has_sources is has_sources


def test_citations_of_both_kinds_of_sources_are_listed() -> None:
    trace = Trace()
    trace.note("knowledge", citations=[{"number": 2}])
    trace.note("documents", citations=[{"number": 1}])
    assert trace.list_citations() == [{"number": 1}, {"number": 2}] == trace.findings.citations
