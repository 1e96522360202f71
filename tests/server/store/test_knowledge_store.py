"""A server killed by `kill -9` while it stores what is derived from a sheet, and others that read meanwhile."""

import threading
from pathlib import Path

import pytest

from server.store.library_records import KNOWLEDGE
from server.store.store import open_store
from tests.helpers.deriving_process import NUM_PRODUCTS, count_entities, make_sheet
from tests.helpers.forking import ForkedProcess

pytestmark = pytest.mark.anyio

TIMEOUT_S = 120


def kill_while_storing(url: str, folder: Path) -> str:
    """Return the id of the document that the process was storing."""
    process = ForkedProcess(("tests.helpers.deriving_process", url, str(folder)))
    watchdog = threading.Timer(TIMEOUT_S, process.kill)
    watchdog.start()
    assert process.stdout is not None
    with process.stdout as output:
        document_id = output.readline().strip()
        while int(output.readline()) < NUM_PRODUCTS // 10:
            pass
        process.kill()
    watchdog.cancel()
    process.wait()
    return document_id


async def test_what_was_half_stored_is_not_found_and_is_stored_again(url: str, tmp_path: Path) -> None:
    document_id = kill_while_storing(url, tmp_path)
    async with open_store(url) as store:
        shop = (await store.knowledge.get_collection("shop")).id
        assert 0 < await count_entities(store) < NUM_PRODUCTS
        assert (await store.knowledge.list_entities(shop)).nodes == ()
        assert (await store.knowledge.get_states(["shop"]))["shop"].document_ids == frozenset()
        document = await store.library.get_document(KNOWLEDGE, document_id)
        await store.knowledge.put_derived(document, make_sheet())
        await store.library.finish_document(document_id, 1, ())
        counts = await store.knowledge.count_graph(shop)
        assert (counts.entities, counts.relations) == ({"product": NUM_PRODUCTS}, {"fits": NUM_PRODUCTS - 1})
        graph = await store.knowledge.walk_graph([shop], ["p7"])
        assert [(edge.subject, edge.object) for edge in graph.edges] == [
            ("P6", "P7"),
            ("P7", "P8"),
            ("P5", "P6"),
            ("P8", "P9"),
        ]
