"""`chat(msgs=...)` answers one dialogue or many, whole or streamed."""

from collections.abc import Generator, Iterator
from typing import Any

import pytest
from PIL import Image

from model.chat import ChatModel
from model.engine.batch import Batch
from model.engine.sampler import Choice
from model.engine.sequence import Group
from model.errors import InputError, PromptTooLong
from model.messages import Picture

GREEDY: dict[str, Any] = {"sampling": False, "num_beams": 1, "max_new_tokens": 10}
RED = Image.new("RGB", (60, 60), "red")
WIDE = Image.new("RGB", (640, 480), "blue")


def ask(*content: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(content)}]


DIALOGUES: list[list[dict[str, Any]]] = [
    ask("hello"),
    ask(RED, "what is this?"),
    [*ask(WIDE, "how much"), {"role": "assistant", "content": "two hundred"}, *ask("and in red?")],
    ask("one", RED, "two", WIDE),
]


def pieces(chat_model: ChatModel, **given: Any) -> list[str]:
    stream = chat_model.chat(stream=True, **given)
    assert isinstance(stream, Iterator)
    return list(stream)


def test_a_batch_gives_the_answers_of_one_by_one(chat_model: ChatModel) -> None:
    alone = [chat_model.chat(msgs=msgs, **GREEDY) for msgs in DIALOGUES]
    assert chat_model.chat(msgs=DIALOGUES, **GREEDY) == alone
    assert len(set(map(str, alone))) == len(DIALOGUES)


def test_seeded_samples_are_the_same_alone_and_in_company(chat_model: ChatModel) -> None:
    alone = [chat_model.chat(msgs=msgs, seed=7, max_new_tokens=10) for msgs in DIALOGUES]
    assert chat_model.chat(msgs=DIALOGUES, seed=7, max_new_tokens=10) == alone


def test_each_dialogue_may_have_its_own_options(chat_model: ChatModel) -> None:
    own: list[dict[str, Any]] = [
        {"seed": 3},
        {"sampling": False},
        {"sampling": False, "num_beams": 1, "max_slice_nums": 1},
        {"temperature": 0, "max_new_tokens": 2, "system_prompt": "Be brief."},
    ]
    together = chat_model.chat(msgs=DIALOGUES, options=own, max_new_tokens=6)
    alone = [
        chat_model.chat(msgs=msgs, **{"max_new_tokens": 6, **given}) for msgs, given in zip(DIALOGUES, own, strict=True)
    ]
    assert together == alone


def test_a_picture_may_be_given_beside_the_messages(chat_model: ChatModel) -> None:
    inside = chat_model.chat(msgs=ask(RED, "what is this?"), **GREEDY)
    assert chat_model.chat(msgs=ask("what is this?"), image=RED, **GREEDY) == inside
    both = chat_model.chat(msgs=[ask("hello"), ask("what is this?")], image=[None, RED], **GREEDY)
    assert both == [chat_model.chat(msgs=ask("hello"), **GREEDY), inside]


def test_a_clip_is_a_list_of_frames(chat_model: ChatModel) -> None:
    frames = [Image.new("RGB", (64, 48), (4 * i, 0, 255 - 4 * i)) for i in range(64)]
    given = {**GREEDY, "use_image_id": False, "max_slice_nums": 1, "max_new_tokens": 2}
    prompt = chat_model.prepare(ask(*frames, "what happens?"), **given).prompt
    assert len(prompt.views) == 64
    alone = [Picture(frame, 1, has_id=False) for frame in frames]
    with_ids = {**given, "use_image_id": None, "max_slice_nums": None}
    assert chat_model.prepare(ask(*alone, "what happens?"), **with_ids).prompt.input_ids == prompt.input_ids
    assert chat_model.chat(msgs=ask(*frames, "what happens?"), **given) != ""


def test_content_may_be_a_bare_string(chat_model: ChatModel) -> None:
    bare = chat_model.chat(msgs=[{"role": "user", "content": "hello"}], **GREEDY)
    assert bare == chat_model.chat(msgs=ask("hello"), **GREEDY)


@pytest.mark.parametrize("given", [GREEDY, {"seed": 11, "max_new_tokens": 30}])
def test_a_stream_joins_to_the_answer(chat_model: ChatModel, given: dict[str, Any]) -> None:
    for msgs in DIALOGUES[:2]:
        streamed = pieces(chat_model, msgs=msgs, **given)
        assert len(streamed) > 1
        assert "".join(streamed).strip() == chat_model.chat(msgs=msgs, **given)


def test_an_error_amid_a_stream_reaches_the_reader(chat_model: ChatModel, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = chat_model.engine.runner
    run, num_steps = runner.run, 0

    def failing(batch: Batch) -> dict[Group, list[Choice]]:
        nonlocal num_steps
        num_steps += 1
        if num_steps == 4:
            raise RuntimeError("the device is lost")
        return run(batch)

    monkeypatch.setattr(runner, "run", failing)
    stream = chat_model.chat(msgs=ask("hello"), stream=True, min_new_tokens=8, max_new_tokens=8, seed=0)
    assert isinstance(stream, Iterator)
    with pytest.raises(RuntimeError, match="the device is lost"):
        list(stream)
    assert num_steps == 4
    monkeypatch.undo()
    assert chat_model.chat(msgs=ask("hello"), **GREEDY)


def test_a_closed_stream_frees_what_it_held(chat_model: ChatModel) -> None:
    stream = chat_model.chat(msgs=ask(RED, "hello"), stream=True, min_new_tokens=50, seed=0)
    assert isinstance(stream, Generator)
    next(stream)
    assert chat_model.engine.scheduler.pool.num_used > 0
    stream.close()
    assert chat_model.engine.is_idle
    assert chat_model.engine.scheduler.pool.num_used == 0


def test_several_samples_come_as_a_list(chat_model: ChatModel) -> None:
    given: dict[str, Any] = {"n": 3, "seed": 1, "temperature": 2.0, "max_new_tokens": 8}
    several = chat_model.chat(msgs=ask("hello"), **given)
    assert isinstance(several, list)
    assert len(set(map(str, several))) == 3
    both = chat_model.chat(msgs=[ask("hello"), ask("hi")], options=[given, {"seed": 1}], max_new_tokens=8)
    assert isinstance(both, list)
    assert both[0] == several
    assert isinstance(both[1], str)


def test_log_probabilities_are_kept_with_the_group(chat_model: ChatModel) -> None:
    given: dict[str, Any] = {"seed": 1, "logprobs": 2, "prompt_logprobs": 0, "max_new_tokens": 10}
    (request,) = chat_model.run([chat_model.prepare(ask("hello"), **given)])
    group = request.group
    logprobs = group.sequences[0].logprobs
    assert [one.token_id for one in logprobs] == group.sequences[0].generated
    assert all(len(one.top) == 2 and one.logprob <= one.top[0][1] < 0 for one in logprobs)
    prompt = [one.token_id for one in group.prompt_logprobs]
    assert prompt == group.sequences[0].token_ids[1 : group.sequences[0].num_prompt_tokens]


def test_cached_tokens_are_counted(chat_model: ChatModel) -> None:
    long = ask("a question with many words, " * 20)
    first, again = (chat_model.run([chat_model.prepare(long, **GREEDY)])[0] for _ in range(2))
    assert again.group.num_cached >= 64
    assert again.answer == first.answer


def test_a_stop_string_is_never_shown(chat_model: ChatModel) -> None:
    whole = str(chat_model.chat(msgs=ask("hello"), **GREEDY))
    stop = whole[3:6]
    cut = whole[: whole.index(stop)]
    assert chat_model.chat(msgs=ask("hello"), stop=stop, **GREEDY) == cut.strip()
    assert "".join(pieces(chat_model, msgs=ask("hello"), stop=[stop, "never"], **GREEDY)).strip() == cut.strip()


def test_a_stop_string_ends_the_generation_too(chat_model: ChatModel) -> None:
    first = pieces(chat_model, msgs=ask("hello"), **GREEDY)[0]
    (request,) = chat_model.run([chat_model.prepare(ask("hello"), stop=first[:1], **GREEDY)])
    (sequence,) = request.group.sequences
    assert sequence.finish_reason == "stop"
    assert sequence.num_generated < GREEDY["max_new_tokens"]


def test_a_stop_string_cuts_beam_search_too(chat_model: ChatModel) -> None:
    given: dict[str, Any] = {"sampling": False, "max_new_tokens": 6}
    whole = str(chat_model.chat(msgs=ask("hello"), **given))
    assert chat_model.chat(msgs=ask("hello"), stop=whole[2:4], **given) == whole[: whole.index(whole[2:4])].strip()


def test_an_answer_keeps_to_its_minimum_and_maximum(chat_model: ChatModel) -> None:
    (request,) = chat_model.run([chat_model.prepare(ask("hello"), seed=0, min_new_tokens=5, max_new_tokens=7)])
    assert 5 <= request.group.sequences[0].num_generated <= 7


def test_an_answer_gets_what_the_context_leaves(chat_model: ChatModel, monkeypatch: pytest.MonkeyPatch) -> None:
    num_tokens = len(chat_model.prepare(ask("hello")).prompt.input_ids)
    monkeypatch.setattr(chat_model.engine, "max_model_len", num_tokens + 3)
    (request,) = chat_model.run([chat_model.prepare(ask("hello"), min_new_tokens=50, seed=0)])
    assert request.group.sequences[0].num_generated == 3
    monkeypatch.setattr(chat_model.engine, "max_model_len", num_tokens)
    with pytest.raises(PromptTooLong, match=f"has {num_tokens} tokens, the limit is {num_tokens - 1}"):
        chat_model.prepare(ask("hello"), max_inp_length=100_000)


def test_a_long_prompt_is_refused(chat_model: ChatModel) -> None:
    with pytest.raises(PromptTooLong, match="the limit is 50"):
        chat_model.chat(msgs=ask(RED, "hello"), max_inp_length=50)


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"msgs": ask("a"), "stream": True, "sampling": False}, "gives one answer as it comes"),
        ({"msgs": ask("a"), "stream": True, "n": 2}, "gives one answer as it comes"),
        ({"msgs": [ask("a")], "stream": True}, "stream=True takes one dialogue"),
        ({"msgs": ask("a"), "stream": True, "options": [{}]}, "stream=True takes one dialogue"),
        ({"msgs": ask("a"), "options": [{}]}, "options are for a batch"),
        ({"msgs": [ask("a"), ask("b")], "options": [{}]}, "options must be a list with one entry for each of the 2"),
        ({"msgs": [ask("a")], "image": RED}, "image must be a list with one entry"),
        ({"msgs": ask("a"), "image": "picture.png"}, "image has the type str"),
        ({"msgs": []}, "at least one message"),
        ({"msgs": ask("a"), "top_q": 1}, "unknown field `top_q`"),
        ({"msgs": ask("a"), "max_slice_nums": 0}, "max_slice_nums"),
        ({"msgs": ask("a"), "num_beams": 2}, "num_beams has no effect"),
        ({"msgs": [ask("a"), ask("b")], "options": [{}, {"top_q": 1}]}, "unknown field `top_q`"),
    ],
)
def test_unusable_arguments_are_refused(chat_model: ChatModel, given: dict[str, Any], cause: str) -> None:
    with pytest.raises(InputError, match=cause):
        chat_model.chat(**given)
