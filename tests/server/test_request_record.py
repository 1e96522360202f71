"""Each request's own record, in its task and those that it starts, and nowhere else."""

import asyncio
import weakref

import pytest

from server.request_record import RequestRecord, bind_record, choose_request_id, current_record, drop_tracebacks


@pytest.mark.parametrize("given", ["a", "A-b_c.9", "x" * 128])
def test_a_safe_id_is_kept(given: str) -> None:
    assert choose_request_id(given) == given


@pytest.mark.parametrize("given", [None, "", "a b", "a\n", "é", "x" * 129, "{}"])
def test_an_unsafe_id_is_replaced_by_a_random_one(given: str | None) -> None:
    made = choose_request_id(given)
    assert made != given
    assert choose_request_id(made) == made


@pytest.mark.anyio
async def test_requests_at_once_have_their_own_records() -> None:
    async def told() -> str | None:
        await asyncio.sleep(0)
        record = current_record()
        return None if record is None else record.request_id

    async def answer(request_id: str) -> tuple[str | None, str | None]:
        with bind_record(RequestRecord(request_id, "GET", "/")):
            return await told(), await asyncio.create_task(told())

    assert list(await asyncio.gather(answer("a"), answer("b"))) == [("a", "a"), ("b", "b")]
    assert await told() is None


def test_a_request_without_answers_has_no_tokens() -> None:
    record = RequestRecord("a", "GET", "/")
    assert (record.num_prompt_tokens, record.num_generated_tokens, record.stream_error) == (0, 0, None)


class Held:
    """Something large."""


def fail_with(held: Held) -> None:
    assert held is not None
    try:
        raise KeyError("first")
    except KeyError as error:
        raise ValueError("second") from error


def test_what_an_exception_was_raised_through_is_dropped() -> None:
    held = Held()
    seen = weakref.ref(held)
    try:
        fail_with(held)
    except ValueError as raised:
        error = raised
    del held
    assert error.__cause__ is not None
    assert seen() is not None
    drop_tracebacks(error)
    assert seen() is None
    assert str(error) == "second"


def test_no_exception_is_none() -> None:
    drop_tracebacks(None)
