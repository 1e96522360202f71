"""The configuration files of a checkpoint: the published ones, with smaller sizes where the scale is small."""

import re
from pathlib import Path
from typing import Any

from scripts.checkpoints.published import read_published, write_json
from scripts.checkpoints.quantized import make_quantization_config
from scripts.checkpoints.recipe import CheckpointError, Recipe
from scripts.checkpoints.tokenizer_files import Vocabulary

SMALL_LANGUAGE = {
    "hidden_size": 256,
    "intermediate_size": 704,
    "max_window_layers": 2,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "num_key_value_heads": 2,
}
SMALL_VISION = {
    "hidden_size": 192,
    "image_size": 490,
    "intermediate_size": 272,
    "num_attention_heads": 8,
    "num_hidden_layers": 2,
}
"""As in the real model, the widths are multiples of 64, but `intermediate_size` is none of 32, nor a head's of 16."""

CODE = 'raise RuntimeError("the code of a checkpoint is never run")\n'


def make_config(recipe: Recipe, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the content of `config.json`. Raises `CheckpointError` where the tokenizer has more ids than the model."""
    config = read_published("config.json")
    if recipe.scale == "small":
        config |= SMALL_LANGUAGE | {"vocab_size": vocabulary.size}
        config["vision_config"] |= SMALL_VISION
    if vocabulary.size > config["vocab_size"]:
        raise CheckpointError(
            f"the tokenizer in {vocabulary.folder} has ids up to {vocabulary.size - 1}, "
            f"and the model only {config['vocab_size']} tokens: name the folder of MiniCPM-V-2_6's tokenizer"
        )
    config["bos_token_id"] = vocabulary.id_of("<|endoftext|>")
    config["eos_token_id"] = vocabulary.id_of("<|im_end|>")
    config["torch_dtype"] = recipe.dtype_name
    if recipe.like != "bf16":
        config["quantization_config"] = make_quantization_config(recipe)
    return config


def write_configuration(folder: Path, config: dict[str, Any], vocabulary: Vocabulary) -> None:
    """Write `config.json`, those of generation and of pictures, and stand-ins for the code that they name."""
    end_id = vocabulary.id_of("<|endoftext|>")
    generation = read_published("generation_config.json") | {"bos_token_id": end_id, "eos_token_id": end_id}
    preprocessor = read_published("preprocessor_config.json")
    write_json(folder / "config.json", config)
    write_json(folder / "generation_config.json", generation)
    write_json(folder / "preprocessor_config.json", preprocessor)
    tokenizer = read_published("tokenizer_config.json")
    for module in re.findall(r"(\w+)\.MiniCPM", str([config, preprocessor, tokenizer])):
        (folder / f"{module}.py").write_text(CODE, encoding="utf-8")
