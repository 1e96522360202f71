"""The files around a vocabulary are the published ones, with its ids."""

import json
from pathlib import Path
from typing import Any

import pytest

from model.tokenizer import Tokenizer
from scripts.checkpoints.configuration import make_config
from scripts.checkpoints.published import read_published, write_json
from scripts.checkpoints.recipe import SMALL_TOKENIZER_FOLDER, CheckpointError, Recipe
from scripts.checkpoints.tokenizer_files import Vocabulary, write_tokenizer

PUBLISHED = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")


def read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def write_vocabulary(folder: Path, added: dict[str, int], plain: dict[str, int]) -> Vocabulary:
    folder.mkdir(parents=True, exist_ok=True)
    tokens = [{"id": token_id, "content": token} for token, token_id in added.items()]
    content = {"added_tokens": tokens, "model": {"vocab": plain}}
    (folder / "tokenizer.json").write_text(json.dumps(content))
    return Vocabulary(folder)


def test_with_the_real_ids_the_files_are_the_published_ones(tmp_path: Path) -> None:
    """The real `<unk>` is a token of the vocabulary that became a control token; all others come after it."""
    added = read_published("added_tokens.json") | {"<unk>": 128244}
    vocabulary = write_vocabulary(tmp_path / "real", added, {"a": 0, "<unk>": 128244})
    assert vocabulary.size == 151666
    write_tokenizer(tmp_path, vocabulary)
    for name in PUBLISHED:
        assert read(tmp_path / name) == read_published(name)


def test_a_small_tokenizer_gets_files_with_its_own_ids(tmp_path: Path) -> None:
    vocabulary = Vocabulary(SMALL_TOKENIZER_FOLDER)
    write_tokenizer(tmp_path, vocabulary)
    write_json(tmp_path / "config.json", make_config(Recipe("bf16", "small"), vocabulary))
    tokenizer = Tokenizer.from_pretrained(tmp_path)
    assert tokenizer.vocab_size == vocabulary.size == 1218
    decoder = read(tmp_path / "tokenizer_config.json")["added_tokens_decoder"]
    assert {token["content"]: int(token_id) for token_id, token in decoder.items()} == vocabulary.added
    added = read(tmp_path / "added_tokens.json")
    assert added["<image>"] == tokenizer.control_id("<image>")
    assert max(added.values()) < vocabulary.size
    named = [token["content"] for token in read(tmp_path / "special_tokens_map.json")["additional_special_tokens"]]
    assert named == read(tmp_path / "tokenizer_config.json")["additional_special_tokens"]
    assert "<|reserved_special_token_0|>" not in named


def test_the_vocabulary_is_copied_as_it_is(tmp_path: Path) -> None:
    write_tokenizer(tmp_path, Vocabulary(SMALL_TOKENIZER_FOLDER))
    for name in ("tokenizer.json", "vocab.json", "merges.txt"):
        assert (tmp_path / name).read_bytes() == (SMALL_TOKENIZER_FOLDER / name).read_bytes()


def test_a_tokenizer_in_one_file_is_enough(tmp_path: Path) -> None:
    write_tokenizer(tmp_path, write_vocabulary(tmp_path / "one", {"<unk>": 1}, {"a": 0}))
    assert not (tmp_path / "vocab.json").exists()


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"added_tokens": []}', '{"added_tokens": [1], "model": {}}'])
def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(CheckpointError, match=r"has no tokenizer\.json that can be read") as refused:
        Vocabulary(tmp_path)
    assert str(tmp_path) in str(refused.value)


def test_a_missing_control_token_is_named(tmp_path: Path) -> None:
    vocabulary = write_vocabulary(tmp_path, {"<unk>": 1}, {"a": 0})
    assert vocabulary.id_of("<unk>") == 1
    with pytest.raises(CheckpointError, match=r"lacks the control token <\|im_end\|>"):
        vocabulary.id_of("<|im_end|>")
