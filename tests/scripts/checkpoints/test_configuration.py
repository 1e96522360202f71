"""The configuration files are the published ones, but for sizes, ids and the dtype."""

import json
from pathlib import Path
from typing import Any

import pytest

from model.config import MiniCPMVConfig
from scripts.checkpoints.configuration import make_config, write_configuration
from scripts.checkpoints.published import read_published
from scripts.checkpoints.recipe import LIKES, SMALL_TOKENIZER_FOLDER, CheckpointError, Recipe
from scripts.checkpoints.tokenizer_files import Vocabulary
from tests.scripts.checkpoints.test_tokenizer_files import write_vocabulary


@pytest.fixture
def vocabulary() -> Vocabulary:
    return Vocabulary(SMALL_TOKENIZER_FOLDER)


@pytest.fixture
def real_ids(tmp_path: Path) -> Vocabulary:
    return write_vocabulary(tmp_path / "real", read_published("added_tokens.json") | {"<unk>": 128244}, {"a": 0})


def differing(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    return {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


def test_at_full_scale_it_is_the_published_file(real_ids: Vocabulary) -> None:
    assert make_config(Recipe("bf16"), real_ids) == read_published("config.json")


def test_another_tokenizer_changes_its_ids_only(vocabulary: Vocabulary) -> None:
    config = make_config(Recipe("bf16"), vocabulary)
    assert differing(config, read_published("config.json")) == {"bos_token_id", "eos_token_id"}
    assert config["eos_token_id"] == vocabulary.id_of("<|im_end|>")


def test_a_small_one_differs_in_sizes_only(vocabulary: Vocabulary) -> None:
    config, published = make_config(Recipe("bf16", "small"), vocabulary), read_published("config.json")
    assert config.keys() == published.keys()
    assert config["vision_config"].keys() == published["vision_config"].keys()
    for key in differing(config, published) - {"vision_config", "bos_token_id", "eos_token_id"}:
        assert 0 < config[key] < published[key]
    assert config["vocab_size"] == vocabulary.size


@pytest.mark.parametrize("like", ["int4", "int8"])
@pytest.mark.parametrize("stored", [None, "float32"])
def test_a_quantised_one_names_its_quantiser_and_dtype(vocabulary: Vocabulary, like: str, stored: str | None) -> None:
    config = make_config(Recipe(like, "full", stored), vocabulary)
    assert config["quantization_config"]["quant_method"] == "bitsandbytes"
    assert config["quantization_config"]["load_in_4bit"] == (like == "int4")
    assert config["torch_dtype"] == (stored or LIKES[like])


def test_a_tokenizer_with_too_many_ids_is_refused(tmp_path: Path) -> None:
    large = write_vocabulary(tmp_path, {"<|endoftext|>": 1, "<|im_end|>": 200_000}, {"a": 0})
    with pytest.raises(CheckpointError, match="has ids up to 200000, and the model only 151666 tokens"):
        make_config(Recipe("bf16"), large)
    assert make_config(Recipe("bf16", "small"), large)["vocab_size"] == 200_001


def test_the_files_are_written(vocabulary: Vocabulary, tmp_path: Path) -> None:
    write_configuration(tmp_path, make_config(Recipe("bf16", "small"), vocabulary), vocabulary)
    assert MiniCPMVConfig.from_pretrained(tmp_path).num_hidden_layers == 2
    assert json.loads((tmp_path / "preprocessor_config.json").read_text()) == read_published("preprocessor_config.json")
    generation = json.loads((tmp_path / "generation_config.json").read_text())
    assert generation["eos_token_id"] == vocabulary.id_of("<|endoftext|>")
    assert differing(generation, read_published("generation_config.json")) == {"bos_token_id", "eos_token_id"}


def test_the_code_that_is_named_is_there_and_cannot_be_run(vocabulary: Vocabulary, tmp_path: Path) -> None:
    config = make_config(Recipe("bf16"), vocabulary)
    write_configuration(tmp_path, config, vocabulary)
    named = {value.partition(".")[0] for value in config["auto_map"].values()} | {"tokenization_minicpmv_fast"}
    assert named <= {file.stem for file in tmp_path.glob("*.py")}
    for file in tmp_path.glob("*.py"):
        with pytest.raises(RuntimeError, match="never run"):
            exec(compile(file.read_text(), file, "exec"))
