"""A model in a folder of ONNX makes vectors of length 1, or says why it cannot be used."""

import sys
from pathlib import Path

import numpy as np
import pytest

from server.library.embedder import EmbeddingModelError, Pooling, load_embedder, normalise_rows, pool
from tests.helpers.onnx import write_model, write_pooling

pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.anyio

WORDS = {"refund": (1.0, 0.0), "money": (1.0, 0.0), "shoe": (0.0, 1.0), "query": (0.0, 3.0)}


async def test_a_vector_is_the_mean_of_those_of_its_tokens(tmp_path: Path) -> None:
    embedder = load_embedder(write_model(tmp_path, WORDS))
    vectors = await embedder.embed_passages(["refund money shoe", "shoe", "refund"])
    assert vectors == pytest.approx(np.array([[0.894427, 0.447214], [0, 1], [1, 0]]), abs=1e-5)
    assert await embedder.embed_question("shoe") == pytest.approx([0, 1])
    embedder.close()


async def test_the_first_token_stands_for_all_where_the_folder_says_so(tmp_path: Path) -> None:
    write_pooling(tmp_path, pooling_mode_cls_token=True)
    embedder = load_embedder(write_model(tmp_path, WORDS))
    assert await embedder.embed_question("shoe refund refund") == pytest.approx([0, 1])


async def test_more_texts_than_a_batch_keep_their_order(tmp_path: Path) -> None:
    embedder = load_embedder(write_model(tmp_path, WORDS))
    vectors = await embedder.embed_passages(["shoe", "refund", "refund"] * 15)
    assert vectors[:, 1].tolist() == [1, 0, 0] * 15


async def test_what_has_no_known_word_has_zeros(tmp_path: Path) -> None:
    embedder = load_embedder(write_model(tmp_path, WORDS))
    assert (await embedder.embed_passages(["", "unknown"])).tolist() == [[0, 0], [0, 0]]


async def test_e5_is_told_which_text_is_a_question(tmp_path: Path) -> None:
    folder = tmp_path / "multilingual-e5-small"
    folder.mkdir()
    embedder = load_embedder(write_model(folder, WORDS))
    assert (await embedder.embed_question("refund"))[1] > 0.9
    assert (await embedder.embed_passages(["refund"]))[0].tolist() == [1, 0]


async def test_a_third_input_is_filled(tmp_path: Path) -> None:
    embedder = load_embedder(write_model(tmp_path, WORDS, inputs=["token_type_ids"]))
    assert await embedder.embed_question("shoe") == pytest.approx([0, 1])


async def test_the_name_tells_models_apart(tmp_path: Path) -> None:
    names = set()
    for number, vector in enumerate(((1.0, 0.0), (1.0, 0.0), (0.0, 1.0))):
        folder = tmp_path / str(number)
        folder.mkdir()
        names.add(load_embedder(write_model(folder, {"a": vector})).name)
    assert len(names) == 2


def test_the_longest_text_is_what_the_folder_says(tmp_path: Path) -> None:
    assert Pooling.read(tmp_path).max_tokens == 512
    (tmp_path / "sentence_bert_config.json").write_text('{"max_seq_length": 3}')
    assert Pooling.read(tmp_path).max_tokens == 3


async def test_a_text_is_cut_to_what_the_model_reads(tmp_path: Path) -> None:
    (tmp_path / "sentence_bert_config.json").write_text('{"max_seq_length": 1}')
    embedder = load_embedder(write_model(tmp_path, WORDS))
    assert await embedder.embed_question("shoe refund refund") == pytest.approx([0, 1])


def test_what_is_pooled_already_stays_as_it_is() -> None:
    pooled = np.array([[1.0, 2.0]], dtype=np.float32)
    assert pool(pooled, np.ones((1, 3), dtype=np.int64), is_first=False) is pooled


def test_numbers_that_are_none_become_zeros() -> None:
    odd = np.array([[np.nan, 0.0], [np.inf, 1.0]], dtype=np.float32)
    assert normalise_rows(odd).tolist() == [[0, 0], [0, 1]]


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingModelError, match=r"neither model\.onnx nor onnx/model\.onnx"):
        load_embedder(tmp_path)


@pytest.mark.parametrize("name", ["tokenizer.json", "model.onnx", "config.json"])
def test_broken_files_are_refused(tmp_path: Path, name: str) -> None:
    write_model(tmp_path, WORDS)
    (tmp_path / name).write_text("[]")
    with pytest.raises(EmbeddingModelError, match="cannot be used"):
        load_embedder(tmp_path)


def test_a_model_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingModelError, match="pixels"):
        load_embedder(write_model(tmp_path, WORDS, inputs=["pixels"]))


def test_without_the_package_it_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(EmbeddingModelError, match=r"\[embeddings\]"):
        load_embedder(tmp_path)
