"""Serve a checkpoint of the published layout and ask it: `python scripts/try_checkpoint.py --like int4 --scale full`.

The checkpoint, of random weights, is made where it is not there yet. The server runs on it as a child process, and
answers one question in text and one about a picture. The output is a table, and one JSON line at the end; the exit
status is 1 if anything fails.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from model.options import DTYPES, QUANTIZATIONS
from scripts.checkpoints.asking import Answer, ask_both
from scripts.checkpoints.recipe import ROOT, SMALL_TOKENIZER_FOLDER, CheckpointError, Recipe
from scripts.checkpoints.serving import TrialError, serve
from scripts.checkpoints.writing import write_checkpoint
from scripts.make_checkpoint import add_recipe_options, read_recipe

CHECKPOINTS_FOLDER = ROOT / "data" / "checkpoints"
START_TIMEOUT_S = 1800


def default_folder(recipe: Recipe) -> Path:
    """Return a folder for each recipe, so that none is taken for another."""
    names = [recipe.like, recipe.scale, recipe.dtype_name]
    if recipe.tokenizer_folder != SMALL_TOKENIZER_FOLDER:
        names.append(recipe.tokenizer_folder.resolve().name)
    if recipe.seed:
        names.append(f"seed{recipe.seed}")
    return CHECKPOINTS_FOLDER / "-".join(names)


def choose_dtype(recipe: Recipe) -> str:
    """Return the dtype to serve in: on a CPU the real model is 32 GB in float32, so bfloat16."""
    is_large_for_cpu = recipe.scale == "full" and not torch.cuda.is_available()
    return "bfloat16" if is_large_for_cpu else "auto"


def try_checkpoint(folder: Path, flags: Sequence[str], start_timeout_s: float) -> dict[str, Any]:
    """Serve a folder, ask both questions, and return the measurements. Raises `TrialError`."""
    with serve(folder, flags, start_timeout_s) as served:
        answers = ask_both(served)
        peak_gib = served.read_peak_gib()
        print_table(served.ready_s, answers, peak_gib)
    return {
        "ready_s": round(served.ready_s, 1),
        "answers": [asdict(answer) | {"took_s": round(answer.took_s, 2)} for answer in answers],
        "peak_gib": None if peak_gib is None else round(peak_gib, 2),
    }


def print_table(ready_s: float, answers: Sequence[Answer], peak_gib: float | None) -> None:
    print(f"{'step':<12}{'seconds':>9}{'prompt':>9}{'answer':>9}  finish")
    print(f"{'ready':<12}{ready_s:>9.1f}")
    for answer in answers:
        counts = f"{answer.num_prompt_tokens:>9}{answer.num_tokens:>9}"
        print(f"{answer.what:<12}{answer.took_s:>9.1f}{counts}  {answer.finish_reason}")
    print(f"peak memory of the server: {'unknown' if peak_gib is None else f'{peak_gib:.2f} GiB'}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Serve a checkpoint of the published layout and ask it.")
    add_recipe_options(parser)
    parser.add_argument("--folder", type=Path, help="the checkpoint's folder (default: one in data/checkpoints)")
    parser.add_argument("--quantization", choices=QUANTIZATIONS, default="none", help="as of the server")
    parser.add_argument("--dtype", choices=("auto", *DTYPES), help="as of the server (default: what fits)")
    parser.add_argument(
        "--start-timeout-s",
        type=float,
        default=START_TIMEOUT_S,
        help="how long a start may take (default: %(default)s)",
    )
    given = parser.parse_args(arguments)
    recipe = read_recipe(given)
    folder: Path = given.folder or default_folder(recipe)
    dtype = given.dtype or choose_dtype(recipe)
    try:
        if not (folder / "config.json").is_file():
            write_checkpoint(folder, recipe)
        print(f"serving {folder} in {dtype}", flush=True)
        flags = ("--quantization", given.quantization, "--dtype", dtype)
        measured = try_checkpoint(folder, flags, given.start_timeout_s)
    except (CheckpointError, OSError, TrialError) as error:
        print(f"the checkpoint could not be tried: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"folder": str(folder), "quantization": given.quantization, "dtype": dtype, **measured}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
