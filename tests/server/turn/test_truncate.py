"""Truncating a dialogue: which turns stay in the prompt."""

import pytest

from model.errors import CacheTooSmall, PromptTooLong
from server.turn.truncate import truncate_history


class PromptBuilder:
    """Builds prompts from turns of these sizes and a question of size 1; the limit is 10."""

    def __init__(self, sizes: list[int]) -> None:
        self.sizes = sizes
        self.num_built = 0

    async def __call__(self, num_dropped: int) -> int:
        self.num_built += 1
        size = 1 + sum(self.sizes[num_dropped:])
        if size > 10:
            raise PromptTooLong(size, 10) if size % 2 else CacheTooSmall(size, 10)
        return size


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], (1, 0)),
        ([4, 5], (10, 0)),
        ([5, 5], (6, 1)),
        ([1, 9, 1], (2, 2)),
        ([1, 2, 10], (1, 3)),
        ([1] * 100, (10, 91)),
        ([20, *[1] * 9], (10, 1)),
        ([*[1] * 9, 10], (1, 10)),
    ],
)
async def test_the_fewest_turns_are_left_out(sizes: list[int], expected: tuple[int, int]) -> None:
    assert await truncate_history(PromptBuilder(sizes), len(sizes)) == expected


@pytest.mark.anyio
@pytest.mark.parametrize("num_too_long", [1, 500, 1000])
async def test_few_prompts_are_built(num_too_long: int) -> None:
    builder = PromptBuilder([*[20] * num_too_long, *[0] * (1000 - num_too_long)])
    assert await truncate_history(builder, 1000) == (1, num_too_long)
    assert builder.num_built <= 12


@pytest.mark.anyio
@pytest.mark.parametrize("num_turns", [0, 3])
async def test_a_question_that_cannot_fit_is_refused_with_its_own_count(num_turns: int) -> None:
    async def build(num_dropped: int) -> int:
        raise PromptTooLong(20 + num_turns - num_dropped, 10)

    with pytest.raises(PromptTooLong) as refused:
        await truncate_history(build, num_turns)
    assert refused.value.num_tokens == 20
