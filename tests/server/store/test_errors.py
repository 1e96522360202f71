"""The tree in the docstring is the tree, and each error is one sentence."""

import re
from pathlib import Path

import pytest

from server.store import errors
from server.store.errors import DatabaseError, DatabaseUnreachable, StoreError


def subclasses(kind: type[StoreError]) -> set[type[StoreError]]:
    return {kind}.union(*(subclasses(child) for child in kind.__subclasses__()))


def test_the_docstring_draws_the_tree() -> None:
    assert errors.__doc__ is not None
    drawn = set(re.findall(r"^[│├└─ ]*([A-Z]\w+)(?: |$)", errors.__doc__.split("\n\n")[1], re.MULTILINE))
    assert drawn == {kind.__name__ for kind in subclasses(StoreError)}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errors.SessionNotFound("s1"), "'s1'"),
        (errors.TurnNotFound("s1", None), "no finished turn"),
        (errors.TurnNotFound("s1", "t1"), "'t1'"),
        (errors.PictureNotFound("ab"), "'ab'"),
        (errors.NameTaken("ann"), "'ann'"),
        (errors.NameTooLong(300, 200), "300 characters, the limit is 200"),
        (errors.BadCursor(), "cursor"),
        (errors.CollectionNotFound("shop"), "'shop'"),
        (errors.CollectionNameRefused(64), "1 to 64 letters"),
        (errors.QuestionNotFound("q1"), "'q1'"),
        (errors.TooManyCollections(3, 2), "3 collections, the limit is 2"),
        (errors.TooManyDocuments(3, 2), "the session has 3 documents, the limit is 2"),
        (errors.TooManyDocuments(3, 2, "collection"), "the collection has 3 documents"),
        (errors.BadDatabaseURL("mysql://"), "not mysql://"),
        (errors.DatabaseInUse(Path("/d/store")), "/d/store"),
        (errors.DatabaseTooNew("0099"), "0099"),
        (errors.DatabaseUnreachable("/d", "no\nhint"), "/d cannot be used: no"),
    ],
)
def test_each_text_has_its_details_in_one_line(error: StoreError, words: str) -> None:
    assert words in str(error)
    assert "\n" not in str(error)


def test_a_cause_without_text_is_named_by_its_class() -> None:
    assert str(DatabaseUnreachable("/d", TimeoutError())).endswith("TimeoutError")
    assert isinstance(DatabaseUnreachable("/d", ""), DatabaseError)
