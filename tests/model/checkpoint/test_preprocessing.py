"""The image processor and the tokenizer fit the model, and the published values stand in for a missing file."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from model.checkpoint.inspect import inspect_checkpoint
from model.checkpoint.preprocessing import read_processor, read_tokenizer
from model.config import MiniCPMVConfig
from model.errors import LoadError
from tests.helpers.sparse_checkpoints import edit_json, make_sparse_checkpoint

FILE = "preprocessor_config.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_sparse_checkpoint(tmp_path)
    return tmp_path


@pytest.fixture
def config(folder: Path) -> MiniCPMVConfig:
    return inspect_checkpoint(folder).config


def refusal(folder: Path, config: MiniCPMVConfig) -> str:
    with pytest.raises(LoadError) as refused:
        read_processor(folder, config)
    message = str(refused.value)
    assert "\n" not in message
    assert f"{folder / FILE} " in message
    return message


def test_the_recorded_file_is_read(folder: Path, config: MiniCPMVConfig) -> None:
    processor = read_processor(folder, config)
    assert (processor.max_slice_nums, processor.scale_resolution, processor.patch_size) == (9, 448, 14)
    assert (processor.image_feature_size, processor.use_image_id, processor.norm_mean) == (64, True, [0.5] * 3)


def test_fields_that_are_used_are_taken_and_others_passed_over(folder: Path, config: MiniCPMVConfig) -> None:
    edit_json(folder / FILE, max_slice_nums=4, use_image_id=False, size={"height": 5}, do_resize="x", norm_std=None)
    processor = read_processor(folder, config)
    assert (processor.max_slice_nums, processor.use_image_id, processor.norm_std) == (4, False, [0.5] * 3)


def test_a_missing_file_is_replaced_by_the_published_values(
    folder: Path, config: MiniCPMVConfig, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / FILE).unlink()
    config.slice_config = {"max_slice_nums": 6}
    with caplog.at_level(logging.WARNING, "model.checkpoint"):
        processor = read_processor(folder, config)
    assert (processor.max_slice_nums, processor.scale_resolution, processor.image_feature_size) == (6, 448, 64)
    assert f"{folder / FILE} is missing: pictures are cut as published" in caplog.text


@pytest.mark.parametrize("slices", [None, {}, {"max_slice_nums": "9"}, {"max_slice_nums": 0}, {"max_slice_nums": True}])
def test_without_a_usable_number_of_slices_there_are_nine(
    folder: Path, config: MiniCPMVConfig, slices: dict[str, Any] | None
) -> None:
    (folder / FILE).unlink()
    config.slice_config = slices
    assert read_processor(folder, config).max_slice_nums == 9


def test_the_file_of_transformers_5_is_read(folder: Path, config: MiniCPMVConfig) -> None:
    fields = json.loads((folder / FILE).read_text())
    (folder / FILE).unlink()
    (folder / "processor_config.json").write_text(json.dumps({"image_processor": {**fields, "max_slice_nums": 3}}))
    assert read_processor(folder, config).max_slice_nums == 3


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"max_slice_nums": "9"}, "has a wrong max_slice_nums: expected int, got str"),
        ({"max_slice_nums": 0}, "has a wrong max_slice_nums: expected int >= 1"),
        ({"max_slice_nums": 10**9}, "has a wrong max_slice_nums: expected int <= 1000"),
        ({"scale_resolution": []}, "has a wrong scale_resolution: expected int, got array"),
        ({"scale_resolution": -448}, "has a wrong scale_resolution"),
        ({"patch_size": 16}, "and config.json disagree on pixels a patch: 16 and 14"),
        ({"image_feature_size": 32}, "and config.json disagree on tokens a view: 32 and 64"),
        ({"scale_resolution": 896}, "has scale_resolution 896, more than the image_size 448 of config.json"),
        ({"norm_mean": [0.48, 0.45, 0.4]}, "normalised by mean [0.48, 0.45, 0.4]"),
        ({"norm_std": [0.2] * 3}, "the model uses 0.5 for both"),
        ({"norm_mean": 0.5}, "has a wrong norm_mean"),
        ({"norm_mean": [0.5]}, "has a wrong norm_mean"),
        ({"use_image_id": "yes"}, "has a wrong use_image_id"),
        ({"slice_mode": False}, "has slice_mode false"),
        ({"im_start": "<img>"}, "has im_start <img>; the model uses <image>"),
        ({"unk": ["<unk>"]}, "has unk ['<unk>']; the model uses <unk>"),
    ],
)
def test_what_does_not_fit_is_named(folder: Path, config: MiniCPMVConfig, changes: dict[str, Any], cause: str) -> None:
    edit_json(folder / FILE, **changes)
    assert cause in refusal(folder, config)


@pytest.mark.parametrize(("content", "cause"), [("[]", "holds a list"), ("{", "is cut off"), ("", "is empty")])
def test_a_damaged_file_is_named(folder: Path, config: MiniCPMVConfig, content: str, cause: str) -> None:
    (folder / FILE).write_text(content)
    assert cause in refusal(folder, config)


def test_a_tokenizer_that_fits_is_read(folder: Path, config: MiniCPMVConfig) -> None:
    tokenizer = read_tokenizer(folder, config)
    assert (tokenizer.num_ids, tokenizer.vocab_size) == (1218, 1218)


def test_a_tokenizer_larger_than_the_model_is_named(folder: Path, config: MiniCPMVConfig) -> None:
    config.vocab_size = 1210
    with pytest.raises(LoadError, match="the tokenizer has 1218 tokens, the model only 1210: take"):
        read_tokenizer(folder, config)
