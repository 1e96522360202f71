"""Files of documents outside the store."""

import hashlib

import pytest

from server.library.files import CHUNK_BYTES, load_file, make_file, measure_file
from server.store.library_records import NewDocument
from server.store.store import Store

pytestmark = pytest.mark.anyio


async def test_a_file_comes_out_of_the_store_as_it_went_in(store: Store) -> None:
    data = bytes(range(256)) * (CHUNK_BYTES // 256 + 1)
    with make_file() as file:
        file.write(data)
        sha256, num_bytes = measure_file(file)
        assert (sha256, num_bytes, file.tell()) == (hashlib.sha256(data).hexdigest(), len(data), 0)
        collection = await store.library.open_named_collection("ann", "desk")
        new = NewDocument("a", "text", sha256, num_bytes)
        document = await store.library.add_document(collection, new, file, 10, 0)
    with await load_file(store.library, document.id) as loaded:
        assert loaded.read() == data
