"""Whole documents in one prompt, or in segments."""

import pytest

from server.library.asking.budget import Budget
from server.library.asking.whole import cut_segments, load_if_fitting
from tests.helpers.fake_library import FakeLibrary
from tests.helpers.fakes import byte_tokenizer

pytestmark = pytest.mark.anyio
TOKENIZER = byte_tokenizer()


async def test_documents_that_fit_come_whole_in_their_order() -> None:
    library = FakeLibrary()
    library.add("b", {1: "one", 2: "two"})
    library.add("a", {1: "three"})
    found = await load_if_fitting(library, ("a", "b"), Budget(200, 0), TOKENIZER)
    assert found is not None
    assert [passage.text for passage in found] == ["three", "one", "two"]


async def test_documents_that_do_not_fit_do_not_come() -> None:
    library = FakeLibrary()
    library.add("a", {1: "x" * 100})
    assert await load_if_fitting(library, ("a",), Budget(100, 0), TOKENIZER) is None
    library.add("s", {1: ""}, kind="scan")
    assert await load_if_fitting(library, ("s",), Budget(500, 1), TOKENIZER) is None
    assert await load_if_fitting(library, ("s",), Budget(900, 0), TOKENIZER) is None
    assert await load_if_fitting(library, ("s",), Budget(900, 1), TOKENIZER) is not None


async def test_segments_lose_no_passage_and_keep_to_their_size() -> None:
    library = FakeLibrary()
    library.add("a", {page: ["x" * 30, "y" * 30] for page in range(1, 10)})
    segments = await cut_segments(library.passages, 100, TOKENIZER)
    assert [each for segment in segments for each in segment.passages] == library.passages
    assert max(len(segment.passages) for segment in segments) == 3


async def test_each_scanned_page_and_each_document_has_segments_of_its_own() -> None:
    library = FakeLibrary()
    library.add("a", {1: "text", 2: "text"})
    library.add("a", {3: "", 4: ["one", "two"]}, kind="scan")
    library.add("b", {1: "text"})
    segments = await cut_segments(library.passages, 1000, TOKENIZER)
    assert [sorted(segment.pages) for segment in segments] == [
        [("a", 1), ("a", 2)],
        [("a", 3)],
        [("a", 4)],
        [("b", 1)],
    ]


async def test_pages_may_be_segments() -> None:
    library = FakeLibrary()
    library.add("a", {1: ["x", "y"], 2: "z"})
    segments = await cut_segments(library.passages, 1000, TOKENIZER, is_by_page=True)
    assert [len(segment.passages) for segment in segments] == [2, 1]


async def test_a_passage_that_is_too_long_is_a_segment_all_the_same() -> None:
    library = FakeLibrary()
    library.add("a", {1: ["x" * 500, "y"]})
    assert len(await cut_segments(library.passages, 100, TOKENIZER)) == 2
