"""Text that every database takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from server.store.errors import PictureNotFound, SessionNotFound, TurnNotFound
from server.store.store import Store
from server.store.tables import CleanText
from tests.helpers.store_turns import ask, find_text, list_answers

any_text = st.text(st.characters(exclude_categories=()))
"""Half surrogate pairs too, as JSON can bring them."""


def clean(text: str) -> str:
    cleaned = CleanText().process_bind_param(text, sqlite.dialect())
    assert cleaned is not None
    return cleaned


@given(any_text)
def test_cleaned_text_can_be_stored_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    assert "\0" not in cleaned
    assert cleaned.encode().decode() == cleaned
    assert clean(cleaned) == cleaned


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_valid_text_is_not_changed(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [("a\0b", "a\ufffdb"), ("a\ud800b", "a\ufffdb"), ("\ufeffa", "\ufeffa"), ("\ud83d\ude00", "\U0001f600")],
)
def test_what_cannot_be_stored_becomes_the_replacement_character(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_null_stays_null() -> None:
    assert CleanText().process_bind_param(None, sqlite.dialect()) is None


@pytest.mark.anyio
async def test_databases_take_any_text_everywhere(store: Store) -> None:
    bad, cleaned = "价格\0 \ud800 \U0001f600", "价格\ufffd \ufffd \U0001f600"
    session = await store.create_session(bad, bad, {bad: bad})
    assert (session.owner, session.name, session.options) == (cleaned, cleaned, {bad: bad})
    assert await store.get_session_by_name(bad, bad) == session
    await ask(store, session, bad, answer=bad)
    await store.give_feedback(bad, session.id, "down", bad)
    (turn,) = await store.list_turns(bad, session.id)
    assert (find_text(turn), turn.feedback and turn.feedback.text) == (cleaned, cleaned)
    assert await list_answers(store, session) == [(cleaned, "stop")]


@pytest.mark.anyio
@pytest.mark.parametrize("strange", ["\0", "\ud800", "x" * 1000, "", "'"])
async def test_strange_ids_are_not_found(store: Store, strange: str) -> None:
    session = await store.create_session("ann")
    await ask(store, session, "hello")
    with pytest.raises(SessionNotFound):
        await store.get_session("ann", strange)
    with pytest.raises(PictureNotFound):
        await store.load_pictures("ann", session.id, [strange])
    with pytest.raises(TurnNotFound):
        await store.give_feedback("ann", session.id, "up", turn_id=strange)
    assert (await store.list_sessions("ann", cursor=f"0.5-{strange}")).sessions == ()
