"""The search for passages by words, and by meaning too where there is a model."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from server.library import vectors
from server.library.embedder import Embedder, load_embedder
from server.library.ranking import Hit
from server.library.search import PassageSearch, fuse, is_relevant
from server.library.vectors import Nearness, PassageVectors
from server.store import passage_vectors
from server.store.library_records import Collection, Passage
from server.store.store import Store, open_store
from tests.helpers.migrated import place_migrated
from tests.helpers.onnx import write_model
from tests.helpers.read_documents import add_read

pytestmark = pytest.mark.anyio

TEXTS = ("Refund within three days", "We sell every shoe", "Model AB-123 is red", "七天内可以退货")
MEANINGS = {"refund": (1.0, 0.1), "cash": (1.0, 0.0), "shoe": (0.0, 1.0), "boot": (0.1, 1.0)}


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    path = tmp_path / "store.db"
    async with open_store(
        place_migrated(path) if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    ) as opened:
        yield opened


@pytest.fixture
async def collection(store: Store, tmp_path: Path) -> Collection:
    made = await store.library.open_named_collection("shop", "help")
    await add_read(store.library, made, tmp_path, "a.txt", TEXTS)
    return made


@pytest.fixture
def embedder(tmp_path: Path) -> Embedder:
    pytest.importorskip("onnxruntime")
    return load_embedder(write_model(tmp_path, MEANINGS))


async def find(search: PassageSearch, collection: Collection, question: str, limit: int = 3) -> list[str]:
    hits = await search.search_collections("shop", [collection.id], question, limit)
    return [hit.passage.text for hit in hits]


async def test_passages_are_found_by_words(store: Store, collection: Collection) -> None:
    search = PassageSearch(store.library)
    assert await find(search, collection, "怎么退货？") == [TEXTS[3]]
    assert await find(search, collection, "ab 123") == [TEXTS[2]]
    assert await find(search, collection, "boots") == []


async def test_documents_are_searched_by_themselves(store: Store, collection: Collection, tmp_path: Path) -> None:
    document = await add_read(store.library, collection, tmp_path, "b.txt", ["Refund of a boot"])
    search = PassageSearch(store.library)
    (hit,) = await search.search("shop", [document.id], "refund", 5)
    assert (hit.passage.document_name, hit.passage.document_id) == ("b.txt", document.id)
    assert len(await search.search("shop", [], "refund", 5)) == 0
    assert len(await search.search("rival", [document.id], "refund", 5)) == 0


@pytest.mark.parametrize("question", ["", "？", "\0", "'\"*() OR NEAR", "a" * 5000, "\ud800", "1 2 3 4 5 6 7 8 9"])
async def test_any_question_can_be_asked(store: Store, collection: Collection, question: str) -> None:
    assert isinstance(await find(PassageSearch(store.library), collection, question), list)


async def test_no_more_than_asked_for(store: Store, collection: Collection, tmp_path: Path) -> None:
    await add_read(store.library, collection, tmp_path, "b.txt", [f"refund {number}" for number in range(30)])
    assert len(await find(PassageSearch(store.library), collection, "refund", 7)) == 7


async def test_what_is_found_is_relevant_and_what_shares_a_word_is_not(
    store: Store, collection: Collection, tmp_path: Path
) -> None:
    await add_read(store.library, collection, tmp_path, "b.txt", [f"The shop sells thing {n}" for n in range(50)])
    search = PassageSearch(store.library)
    (good, *_) = await search.search_collections("shop", [collection.id], "How do I return a thing, 退货", 3)
    (bad, *_) = await search.search_collections("shop", [collection.id], "shop rockets planets galaxies", 3)
    assert is_relevant(good)
    assert not is_relevant(bad)


async def test_a_model_finds_what_shares_no_word(store: Store, collection: Collection, embedder: Embedder) -> None:
    search = PassageSearch(store.library, embedder)
    assert await find(search, collection, "cash") == []
    await search.embed_missing()
    assert (await find(search, collection, "cash"))[0] == TEXTS[0]
    (hit, *_) = await search.search_collections("shop", [collection.id], "boot", 1)
    assert hit.passage.text == TEXTS[1]
    assert hit.meaning_score == pytest.approx(0.995, abs=0.01)
    assert hit.word_score == 0


async def test_a_model_finds_nothing_in_other_documents(
    store: Store, collection: Collection, embedder: Embedder, tmp_path: Path
) -> None:
    document = await add_read(store.library, collection, tmp_path, "b.txt", ["nothing here"])
    search = PassageSearch(store.library, embedder)
    await search.embed_missing()
    assert [hit.passage.text for hit in await search.search("shop", [document.id], "cash", 5)] == ["nothing here"]
    assert await search.search("rival", [document.id], "cash", 5) == []


async def test_only_what_has_no_vector_is_embedded(
    store: Store, collection: Collection, embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "EMBEDDED_AT_ONCE", 3)
    made = PassageVectors(store.library, embedder)
    assert (await made.embed_missing(), await made.embed_missing()) == (4, 0)
    await add_read(store.library, collection, tmp_path, "b.txt", ["one more"])
    assert await made.embed_missing() == 1
    assert await PassageVectors(store.library, embedder).embed_missing() == 0


async def test_vectors_of_what_was_deleted_are_gone(
    store: Store, collection: Collection, embedder: Embedder, tmp_path: Path
) -> None:
    search = PassageSearch(store.library, embedder)
    document = await add_read(store.library, collection, tmp_path, "b.txt", ["cash cash"])
    await search.embed_missing()
    assert (await find(search, collection, "cash"))[0] == "cash cash"
    await store.library.delete_document("shop", document.id)
    assert "cash cash" not in await find(search, collection, "cash")
    number = max([item.id for item in await store.library.list_without_vectors("other", -1, 10)]) + 1
    await store.library.add_vectors("m", {number: b"\0\0"})
    assert await store.library.load_vectors("m", [number]) == {}


async def test_only_new_vectors_are_read(
    store: Store, collection: Collection, embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    load = passage_vectors.load

    async def count(connection: object, model: str, ids: list[int]) -> dict[int, bytes]:
        read.extend(ids)
        return await load(connection, model, ids)  # type: ignore[arg-type]

    monkeypatch.setattr(passage_vectors, "load", count)
    search = PassageSearch(store.library, embedder)
    for texts, num_read in (([], 4), ([], 4), (["cash"], 5)):
        if texts:
            await add_read(store.library, collection, tmp_path, "b.txt", texts)
        await search.embed_missing()
        await find(search, collection, "cash")
        assert len(read) == num_read


async def test_few_collections_are_kept_in_memory(
    store: Store, embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "MAX_BYTES", 5)
    made = PassageVectors(store.library, embedder)
    for name in ("a", "b"):
        collection = await store.library.open_named_collection("shop", name)
        await add_read(store.library, collection, tmp_path, f"{name}.txt", ["cash"])
        await made.embed_missing()
        assert len(await made.find_nearest([collection.id], None, "cash", 5)) == 1
    assert len(made._loaded) == 1


def test_what_is_high_in_both_lists_comes_first() -> None:
    hits = [Hit(Passage(1, 0, 1, "", id=n), s, s, None, 0, 0) for n, s in ((1, 9.0), (2, 8.0), (3, 0.0), (4, 0.0))]
    fused = fuse(hits, {3: Nearness(0.9, 3.0), 2: Nearness(0.8, 1.0)})
    assert [hit.passage.id for hit in fused] == [2, 1, 3, 4]
    assert [hit.meaning_score for hit in fused] == [0.8, None, 0.9, None]
    assert [hit.meaning_margin for hit in fused] == [1.0, 0.0, 3.0, 0.0]
    assert fused[0].score == pytest.approx(2 / 62)
    assert fused[-1].score == 0


def test_the_nearest_of_all_or_of_some_are_found() -> None:
    loaded = vectors.Loaded(1, np.arange(10, 15), np.eye(5, dtype=np.float32))
    asked = np.array([0.1, 0.5, 0.2, 0.4, 0.3], dtype=np.float32)
    assert list(vectors._find_nearest([loaded], None, asked, 3)) == [11, 13, 14]
    assert list(vectors._find_nearest([loaded], np.array([10, 12]), asked, 3)) == [12, 10]
    assert vectors._find_nearest([], None, asked, 3) == {}


def test_a_passage_stands_out_among_many_but_not_among_few() -> None:
    matrix = np.zeros((30, 2), dtype=np.float32)
    matrix[:, 0] = 1
    matrix[7] = (0, 1)
    asked = np.array([0, 1], dtype=np.float32)
    many = vectors._find_nearest([vectors.Loaded(1, np.arange(30), matrix)], None, asked, 2)
    assert many[7].margin == pytest.approx(5.385, abs=0.01)
    few = vectors._find_nearest([vectors.Loaded(1, np.arange(9), matrix[:9])], None, asked, 2)
    assert few[7] == Nearness(1.0, 0.0)


@pytest.mark.parametrize(("margin", "is_enough"), [(0.0, False), (2.0, False), (5.0, True)])
def test_what_stands_out_by_meaning_needs_fewer_words(margin: float, is_enough: bool) -> None:
    hit = Hit(Passage(1, 0, 1, ""), 1.0, 1.0, 0.8, 1, 4, coverage=0.2, strength=0.5, meaning_margin=margin)
    assert is_relevant(hit) is is_enough
    assert not is_relevant(Hit(Passage(1, 0, 1, ""), 1.0, 0.0, 0.8, 0, 4, meaning_margin=margin))
