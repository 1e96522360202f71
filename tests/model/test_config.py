"""The published config.json is read, and those of other models are refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from model.config import MiniCPMVConfig
from model.errors import LoadError


def test_the_published_file_is_read(golden_folder: Path) -> None:
    config = MiniCPMVConfig.from_pretrained(golden_folder / "checkpoint")
    assert (config.hidden_size, config.num_hidden_layers, config.query_num, config.version) == (256, 3, 64, "2.6")
    assert config.rope_parameters["rope_theta"] == 1_000_000.0
    assert (config.vision_config.hidden_size, config.vision_config.image_size) == (72, 980)
    assert set(config.layer_types) == {"full_attention"}


def test_saving_keeps_everything(golden_folder: Path, tmp_path: Path) -> None:
    config = MiniCPMVConfig.from_pretrained(golden_folder / "checkpoint")
    config.save_pretrained(tmp_path)
    again = MiniCPMVConfig.from_pretrained(tmp_path)
    assert again.to_dict() == config.to_dict()


def test_defaults_are_those_of_the_real_model() -> None:
    config = MiniCPMVConfig()
    assert (config.image_size, config.patch_size, config.query_num, config.vision_batch_size) == (448, 14, 64, 16)
    assert (config.vision_config.hidden_size, config.vision_config.num_hidden_layers) == (1152, 27)


@pytest.mark.parametrize("version", [2.6, "2.6"])
def test_the_version_may_be_a_number_or_text(version: Any) -> None:
    assert MiniCPMVConfig(version=version).version == "2.6"


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"version": 2.5}, "version 2.5"),
        ({"version": "4.0"}, "version 4.0"),
        ({"drop_vision_last_layer": True}, "drop_vision_last_layer"),
        ({"slice_mode": False}, "slice_mode"),
    ],
)
def test_other_models_are_refused(given: dict[str, Any], cause: str) -> None:
    with pytest.raises(LoadError, match=cause):
        MiniCPMVConfig(**given)


def test_another_version_in_a_file_is_refused(golden_folder: Path, tmp_path: Path) -> None:
    config = json.loads((golden_folder / "checkpoint" / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "version": 2.5}))
    with pytest.raises(LoadError, match=r"only MiniCPM-V-2_6"):
        MiniCPMVConfig.from_pretrained(tmp_path)
