"""The items of an answer, and the events that tell of them."""

from typing import Any

from model.engine.sequence import TokenLogprob
from model.tools import ToolCall
from server.api.openai.responses.annotations import write_annotations
from server.api.openai.responses.output import Event, Output
from server.turn.reply import ReplyDelta

CITATIONS = [{"number": 1, "document": "d1", "name": "a.pdf"}]
CALL = ToolCall("buy", '{"count": 1}')


def make_output() -> Output:
    return Output(
        lambda kind, index: f"{kind}-{index}",
        lambda logprobs: [{"token": one.token_id, "logprob": 0} for one in logprobs],
        lambda text: write_annotations(text, CITATIONS),
    )


def run(*deltas: ReplyDelta, is_complete: bool = True) -> tuple[list[Event], Output]:
    output = make_output()
    events = [event for delta in deltas for event in output.add(delta)]
    return [*events, *output.finish(is_complete)], output


def names(events: list[Event]) -> list[str]:
    return [event["type"].removeprefix("response.") for event in events]


def rebuild(events: list[Event]) -> list[dict[str, Any]]:
    """Put the items together from the events alone, as clients do, and check each end against its pieces."""
    items: list[dict[str, Any]] = []
    texts: dict[int, str] = {}
    for event in events:
        place = event["output_index"]
        match event["type"]:
            case "response.output_item.added":
                assert place == len(items)
                assert event["item"]["status"] == "in_progress"
                items.append(event["item"])
                texts[place] = ""
            case "response.output_text.delta" | "response.function_call_arguments.delta":
                texts[place] += event["delta"]
            case "response.output_text.done":
                assert event["text"] == texts[place]
            case "response.function_call_arguments.done":
                assert event["arguments"] == texts[place]
            case "response.output_item.done":
                items[place] = event["item"]
    return items


def test_a_text_grows_within_one_message() -> None:
    events, output = run(ReplyDelta(0, "he"), ReplyDelta(0, "llo"), ReplyDelta(0, finish_reason="stop"))
    opening = ["output_item.added", "content_part.added"]
    ending = ["output_text.done", "content_part.done", "output_item.done"]
    assert names(events) == [*opening, "output_text.delta", "output_text.delta", *ending]
    assert rebuild(events) == output.items
    part = {"type": "output_text", "text": "hello", "annotations": [], "logprobs": []}
    head = {"id": "message-0", "type": "message", "role": "assistant"}
    assert output.items == [{**head, "status": "completed", "content": [part]}]


def test_text_and_calls_are_items_in_their_order() -> None:
    events, output = run(ReplyDelta(0, "see: "), ReplyDelta(0, tool_calls=(CALL, CALL)), ReplyDelta(0, "done"))
    assert [item["id"] for item in output.items] == ["message-0", "function_call-1", "function_call-2", "message-3"]
    assert rebuild(events) == output.items
    assert output.items[1]["arguments"] == CALL.arguments
    assert len({output.items[1]["call_id"], output.items[2]["call_id"]}) == 2


def test_an_answer_without_anything_is_an_empty_message() -> None:
    events, output = run(ReplyDelta(0, finish_reason="stop"))
    assert rebuild(events) == output.items
    assert output.items[0]["content"][0]["text"] == ""


def test_what_was_cut_off_is_incomplete() -> None:
    events, output = run(ReplyDelta(0, "hel"), is_complete=False)
    assert output.items[0]["status"] == "incomplete"
    events, output = run(ReplyDelta(0, tool_calls=(CALL, ToolCall("buy", '{"co'))), is_complete=False)
    assert [item["status"] for item in output.items] == ["completed", "incomplete"]
    assert rebuild(events) == output.items


def test_log_probabilities_come_with_the_text_of_their_tokens() -> None:
    first, second, third = (TokenLogprob(number, 0.0, ()) for number in range(3))
    events, output = run(
        ReplyDelta(0, "", logprobs=(first,)),
        ReplyDelta(0, "好", logprobs=(second,)),
        ReplyDelta(0, "", (CALL,), (third,)),
    )
    deltas = [event for event in events if event["type"] == "response.output_text.delta"]
    assert [[one["token"] for one in delta["logprobs"]] for delta in deltas] == [[0, 1]]
    assert [one["token"] for one in output.items[0]["content"][0]["logprobs"]] == [0, 1]
    plain = output.write_plain_items()
    assert plain[0]["content"][0]["logprobs"] == []
    assert plain[1] == output.items[1]


def test_marks_of_citations_are_annotations() -> None:
    events, output = run(ReplyDelta(0, "So it is.[1] No[2]"))
    annotation = {"type": "file_citation", "index": 9, "file_id": "d1", "filename": "a.pdf"}
    (added,) = (event for event in events if event["type"] == "response.output_text.annotation.added")
    assert (added["annotation"], added["annotation_index"]) == (annotation, 0)
    assert output.items[0]["content"][0]["annotations"] == [annotation]
