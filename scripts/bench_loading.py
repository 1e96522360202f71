"""Measure how a checkpoint of full size loads and answers: `python scripts/bench_loading.py --preset gpu`.

Random weights are written to a folder like a real checkpoint, and loaded as the server loads one, in each quantisation.
The output is a table, and one JSON line at the end.
"""

import argparse
import gc
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from model.chat import ChatModel
from model.images import ImageProcessor
from model.loading import DEMO_FOLDER, load
from model.options import QUANTIZATIONS, EngineOptions
from scripts.bench.extras import PICTURE_SIZE
from scripts.bench.models import PRESETS, Preset, make_model

GIB = 2**30
NUM_AT_ONCE = 16


@dataclass(frozen=True)
class Measurement:
    """One row of the table. The picture is one of ten views."""

    quantization: str
    attention: str
    decoding: str
    load_s: float
    weights_gib: float
    picture_first_token_s: float
    alone_tok_s: float
    at_once_tok_s: float


def write_checkpoint(folder: Path, preset: Preset) -> None:
    """Write a checkpoint with the demo's tokenizer, whose ids are among the model's; nobody reads the answers."""
    model = make_model(replace(preset, is_tied=False))
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(DEMO_FOLDER / name, folder)
    ImageProcessor(image_feature_size=model.config.query_num).save_pretrained(folder)


def measure(folder: Path, quantization: str, preset: Preset) -> Measurement:
    start = time.perf_counter()
    options = EngineOptions(kv_cache_bytes=preset.kv_cache_bytes)
    model = load(str(folder), quantization=quantization, device=preset.device, engine=options)
    load_s = time.perf_counter() - start
    ask(model, [[draw_picture(0), "What is this?"]], 4)  # kernels are chosen and compiled in a first run
    first_s = ask(model, [[draw_picture(1), "What is this?"]], 1)
    alone_s = ask(model, [["Tell me a story."]], preset.num_new)
    at_once_s = ask(model, [[f"Tell me story {i}."] for i in range(NUM_AT_ONCE)], preset.num_new)
    info = model.info
    return Measurement(
        quantization,
        info.attention,
        info.decoding,
        load_s,
        info.weight_bytes / GIB,
        first_s,
        preset.num_new / alone_s,
        NUM_AT_ONCE * preset.num_new / at_once_s,
    )


def draw_picture(seed: int) -> Image.Image:
    """Draw a picture of noise, so that no two are the same to the caches."""
    return Image.effect_noise(PICTURE_SIZE, 80 + seed).convert("RGB")


def ask(model: ChatModel, questions: Sequence[list[Any]], num_new: int) -> float:
    """Ask all questions at once for greedy answers of exactly `num_new` tokens, and return the seconds taken."""
    msgs = [[{"role": "user", "content": content}] for content in questions]
    start = time.perf_counter()
    model.chat(msgs=msgs, sampling=False, num_beams=1, max_new_tokens=num_new, min_new_tokens=num_new)
    return time.perf_counter() - start


def print_head() -> None:
    print(
        f"{'quantization':<14}{'attention':<14}{'load s':>8}{'weights GiB':>13}{'picture to token s':>19}"
        f"{'alone tok/s':>13}{f'{NUM_AT_ONCE} tok/s':>13}"
    )


def print_row(row: Measurement) -> None:
    print(
        f"{row.quantization:<14}{row.attention:<14}{row.load_s:>8.1f}{row.weights_gib:>13.2f}"
        f"{row.picture_first_token_s:>19.3f}{row.alone_tok_s:>13.1f}{row.at_once_tok_s:>13.1f}  {row.decoding}",
        flush=True,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure how a checkpoint of full size loads and answers.")
    parser.add_argument("--preset", choices=PRESETS, default="gpu")
    parser.add_argument("--quantizations", nargs="+", choices=QUANTIZATIONS, default=("none", "int4"))
    parser.add_argument("--keep", type=Path, help="folder to write the checkpoint to, to be served afterwards")
    given = parser.parse_args(arguments)
    preset = PRESETS[given.preset]
    print(f"{preset.model}, {preset.dtype}, on {preset.device}")
    print_head()
    rows = []
    with nullcontext(given.keep) if given.keep else tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        write_checkpoint(folder, preset)
        for quantization in given.quantizations:
            gc.collect()  # the last model's weights are gone before the next are loaded
            torch.cuda.empty_cache()
            rows.append(measure(folder, quantization, preset))
            print_row(rows[-1])
    print(json.dumps({"device": preset.device, "model": preset.model, "rows": [asdict(row) for row in rows]}))


if __name__ == "__main__":
    main()
