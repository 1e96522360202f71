"""Truncating a dialogue: which turns stay in the prompt, and how seldom its beginning changes."""

import random
from itertools import pairwise

import pytest

from model.errors import CacheTooSmall, PromptTooLong
from server.turn.pictures import PictureSource
from server.turn.truncate import FRAME_SIZE, PICTURE_SIZE, measure_turns, round_cut, truncate_history
from server.turn.turn import TurnMessage

Prompt = tuple[int, ...]


class PromptBuilder:
    """Builds prompts from turns of these sizes and a question. Each turn consists of its own number, repeated."""

    def __init__(self, sizes: list[int], limit: int = 10, question: int = 1) -> None:
        self.sizes = sizes
        self.limit = limit
        self.question = question
        self.num_built = 0

    async def __call__(self, num_dropped: int) -> Prompt:
        self.num_built += 1
        turns = [(number,) * size for number, size in enumerate(self.sizes)][num_dropped:]
        prompt = (
            -1,
            *(token for turn in turns for token in turn),
            *[len(self.sizes)] * (self.question - 1),
        )  # the next turn begins with it
        if len(prompt) > self.limit:
            if len(prompt) % 2:
                raise PromptTooLong(len(prompt), self.limit)
            raise CacheTooSmall(3 * len(prompt), 3 * self.limit)
        return prompt


async def truncate(builder: PromptBuilder) -> tuple[int, int]:
    """Return the length of the prompt, and how many turns it leaves out."""
    prompt, num_dropped = await truncate_history(builder, builder.sizes)
    return len(prompt), num_dropped


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], (1, 0)),
        ([4, 5], (10, 0)),
        ([5, 5], (6, 1)),
        ([1, 9, 1], (2, 2)),
        ([1, 2, 10], (1, 3)),
        ([1] * 100, (9, 92)),
        ([1] * 105, (10, 96)),
        ([20, *[1] * 9], (7, 4)),
        ([*[1] * 9, 10], (1, 10)),
        ([3, 3, 3, 3], (7, 2)),
    ],
)
@pytest.mark.anyio
async def test_a_round_number_of_turns_is_left_out(sizes: list[int], expected: tuple[int, int]) -> None:
    assert await truncate(PromptBuilder(sizes)) == expected


@pytest.mark.parametrize("num_too_long", [1, 500, 1000])
@pytest.mark.anyio
async def test_few_prompts_are_built(num_too_long: int) -> None:
    builder = PromptBuilder([*[20] * num_too_long, *[0] * (1000 - num_too_long)])
    assert await truncate(builder) == (1, num_too_long)
    assert builder.num_built <= 12


@pytest.mark.parametrize("num_turns", [0, 3])
@pytest.mark.anyio
async def test_a_question_that_cannot_fit_is_refused_with_its_own_count(num_turns: int) -> None:
    async def build(num_dropped: int) -> Prompt:
        raise PromptTooLong(20 + num_turns - num_dropped, 10)

    with pytest.raises(PromptTooLong) as refused:
        await truncate_history(build, [1] * num_turns)
    assert refused.value.num_tokens == 20


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("smallest", "largest", "most"), [(100, 100, 6), (300, 300, 13), (50, 550, 16)])
@pytest.mark.anyio
async def test_most_prompts_of_a_long_dialogue_begin_with_the_one_before(
    seed: int, smallest: int, largest: int, most: int
) -> None:
    rng = random.Random(seed)
    sizes = [rng.randrange(smallest, largest + 1) for _ in range(60)]
    prompts: list[Prompt] = [()]
    cuts = []
    for num_turns in range(60):
        builder = PromptBuilder(sizes[:num_turns], limit=4096, question=40)
        prompt, num_dropped = await truncate_history(builder, builder.sizes)
        prompts.append(prompt)
        cuts.append(num_dropped)
        assert len(prompt) >= 0.45 * await fill(builder)
    assert cuts[-1] > 0, "the dialogue has outgrown the limit"
    assert cuts == sorted(cuts), "nothing comes back"
    num_changed = sum(after[: len(before)] != before for before, after in pairwise(prompts))
    assert num_changed == len(set(cuts)) - 1 <= most


@pytest.mark.anyio
async def test_small_turns_after_a_large_one_stay() -> None:
    for num_turns in range(2, 60):
        assert await truncate(PromptBuilder([4000, *[10] * num_turns], limit=4001)) == (1 + 10 * num_turns, 1)


def test_turns_are_measured_with_their_answers_and_pictures() -> None:
    messages = [
        TurnMessage("system", ("Be brief.",)),
        TurnMessage("user", (PictureSource(b"..."), "你好")),
        TurnMessage("assistant", ("hi",)),
        TurnMessage("user", ("and",)),
    ]
    assert measure_turns(messages) == [PICTURE_SIZE + 6 + 2, 3]
    assert measure_turns([]) == []


async def fill(builder: PromptBuilder) -> int:
    """Return the length of the longest prompt that fits."""
    for num_dropped in range(len(builder.sizes) + 1):
        try:
            return len(await builder(num_dropped))
        except (PromptTooLong, CacheTooSmall):
            continue
    raise AssertionError("not even the question fits")


@pytest.mark.parametrize(
    ("least", "most", "expected"),
    [(0, 0, 0), (1, 1, 1), (5, 5, 5), (5, 7, 6), (5, 9, 8), (9, 17, 16), (17, 31, 24), (33, 63, 48), (3, 1000, 512)],
)
def test_the_roundest_number(least: int, most: int, expected: int) -> None:
    assert round_cut(least, most) == expected


def test_system_messages_belong_to_no_turn() -> None:
    messages = [TurnMessage(role, ("abcd",)) for role in ("user", "system", "assistant", "user", "assistant")]
    assert measure_turns(messages) == [8, 8]
    assert measure_turns(messages[1:3]) == []


def test_a_frame_is_smaller_than_a_picture() -> None:
    frames = (PictureSource(b"", time_s=0.0), PictureSource(b"", time_s=1.0))
    assert measure_turns([TurnMessage("user", (*frames, "abc"))]) == [2 * FRAME_SIZE + 3]
    assert FRAME_SIZE < PICTURE_SIZE
