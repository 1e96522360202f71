"""Texts of requests are embedded in their order, fairly, and within limits."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from server.errors import EmbeddingModelMissing, EmbeddingsBusy, TextsTooLong, TextTooLong
from server.library import embeddings
from server.library.embedder import BATCH, Embedded, Embedder, load_embedder
from server.library.embeddings import Embeddings, TokenMeter
from tests.helpers.embedding_apps import WORDS
from tests.helpers.onnx import write_model

pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.anyio


@pytest.fixture
def embedder(tmp_path: Path) -> Iterator[Embedder]:
    (tmp_path / "sentence_bert_config.json").write_text('{"max_seq_length": 4}')
    embedder = load_embedder(write_model(tmp_path, WORDS))
    yield embedder
    embedder.close()


async def test_texts_of_any_lengths_keep_their_order(embedder: Embedder) -> None:
    texts = ["shoe shoe shoe", "refund", "money shoe", "shoe"] * 12
    made = await Embeddings(embedder).embed(texts, "ann", False, TokenMeter())
    expected = np.array([[0, 1], [1, 0], [0.707107, 0.707107], [0, 1]] * 12)
    assert made.vectors == pytest.approx(expected, abs=1e-5)
    assert made.num_tokens == (3 + 1 + 2 + 1) * 12


async def test_a_text_that_is_too_long_is_refused_by_its_place_or_cut(embedder: Embedder) -> None:
    texts = ["shoe", "refund " * 5, "shoe"]
    with pytest.raises(TextTooLong, match="text 2 has more than the 4 tokens") as refused:
        await Embeddings(embedder).embed(texts, "ann", False, TokenMeter())
    assert "第 2 个文本" in refused.value.texts["zh"]
    made = await Embeddings(embedder).embed(texts, "ann", True, TokenMeter())
    assert made.vectors[1].tolist() == [1, 0]
    assert made.num_tokens == 6


async def test_without_a_model_it_is_said_how_to_get_one() -> None:
    with pytest.raises(EmbeddingModelMissing, match="--embedding-model"):
        await Embeddings(None).embed(["a"], "ann", False, TokenMeter())
    assert Embeddings(None).label is None


async def test_more_than_all_requests_may_have_is_refused(embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "MAX_CHARACTERS", 10)
    with pytest.raises(TextsTooLong, match="11 characters together, the limit is 10"):
        await Embeddings(embedder).embed(["refund", "money"], "ann", False, TokenMeter())


class SlowEmbedder(Embedder):
    """Embeds nothing until it is let."""

    def __init__(self) -> None:
        self.let, self.order = asyncio.Event(), list[str]()

    async def embed_batch(self, texts: Sequence[str]) -> Embedded:
        await self.let.wait()
        self.order += texts
        await asyncio.sleep(0)
        return Embedded(np.zeros((len(texts), 2), np.float32), (1,) * len(texts), ())


async def test_who_waits_too_long_for_others_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "MAX_CHARACTERS", 8)
    monkeypatch.setattr(embeddings, "MAX_WAIT_S", 0.01)
    slow = SlowEmbedder()
    service = Embeddings(slow)
    first = asyncio.create_task(service.embed(["refund"], "ann", False, TokenMeter()))
    await asyncio.sleep(0)
    with pytest.raises(EmbeddingsBusy):
        await service.embed(["money"], "bob", False, TokenMeter())
    slow.let.set()
    assert (await first).num_tokens == 1
    assert (await service.embed(["money"], "bob", False, TokenMeter())).num_tokens == 1


async def test_a_long_request_lets_others_in_between() -> None:
    slow = SlowEmbedder()
    service = Embeddings(slow)
    long = asyncio.create_task(service.embed(["long"] * 3 * BATCH, "ann", False, TokenMeter()))
    short = asyncio.create_task(service.embed(["short"], "bob", False, TokenMeter()))
    await asyncio.sleep(0)
    slow.let.set()
    await asyncio.gather(long, short)
    assert slow.order.index("short") <= 2 * BATCH


async def test_a_request_that_is_cancelled_gives_its_room_back_and_knows_what_was_read() -> None:
    slow, meter = SlowEmbedder(), TokenMeter()
    slow.let.set()
    service = Embeddings(slow)
    task = asyncio.create_task(service.embed(["a"] * 50 * BATCH, "ann", False, meter))
    while not meter.num_tokens:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert 0 < meter.num_tokens < 50 * BATCH
    assert service._room.num_free == embeddings.MAX_CHARACTERS
