"""The search gives the same passages with the same scores on both databases."""

from pathlib import Path

import pytest

from scripts.search_eval.corpus import add_passages, read_questions
from server.library.search import PassageSearch
from server.store.store import open_store
from tests.helpers.migrated import place_migrated

pytestmark = pytest.mark.anyio

Found = list[tuple[int, float, float]]


async def search_all(where: str | Path) -> list[Found]:
    async with open_store(where) as store:
        collection = await store.library.open_named_collection("eval", "evaluation")
        await add_passages(store.library, collection)
        search = PassageSearch(store.library)
        documents = [document.id for document in await store.library.list_collection(collection.id)][:3]
        found = []
        for question in read_questions()[::4]:
            found.append(await search.search_collections("eval", [collection.id], question.text, 5))
            found.append(await search.search("eval", documents, question.text, 5))
        return [[(hit.passage.id, hit.score, hit.coverage) for hit in hits] for hits in found]


async def test_both_databases_give_the_same(tmp_path: Path, postgres_url: str) -> None:
    of_sqlite = await search_all(place_migrated(tmp_path / "store.db"))
    assert sum(map(len, of_sqlite)) > 250
    assert of_sqlite == await search_all(postgres_url)
