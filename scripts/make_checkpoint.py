"""Write a checkpoint of random weights in the published layout: `python scripts/make_checkpoint.py FOLDER --like int4`.

It has the names, shapes and dtypes of the tensors of openbmb/MiniCPM-V-2_6, or of its int4 repository, and the files
around them, so that all but the weights' values can be tried without a download. `--scale small` gives one of a few
megabytes. `--tokenizer FOLDER` takes the real tokenizer's files from there; a small one is used otherwise, whose ids
are among the model's.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from scripts.checkpoints.recipe import LIKES, SCALES, SMALL_TOKENIZER_FOLDER, STORED_DTYPES, CheckpointError, Recipe
from scripts.checkpoints.writing import write_checkpoint


def add_recipe_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what to write."""
    parser.add_argument("--like", choices=LIKES, default="bf16", help="the kind (default: %(default)s)")
    parser.add_argument("--scale", choices=SCALES, default="full", help="the size (default: %(default)s)")
    parser.add_argument(
        "--tokenizer",
        type=Path,
        metavar="FOLDER",
        help="a folder with the real tokenizer's files (default: a small one)",
    )
    parser.add_argument(
        "--stored-dtype",
        choices=STORED_DTYPES,
        help="the dtype of what is not quantised (default: bfloat16, or float16 for int4 and int8)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the weights (default: %(default)s)")


def read_recipe(given: argparse.Namespace) -> Recipe:
    tokenizer_folder = given.tokenizer or SMALL_TOKENIZER_FOLDER
    return Recipe(given.like, given.scale, given.stored_dtype, tokenizer_folder, given.seed)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write a checkpoint of random weights in the published layout.")
    parser.add_argument("folder", type=Path, help="the folder to write, which must be new or empty")
    add_recipe_options(parser)
    given = parser.parse_args(arguments)
    start_s = time.perf_counter()
    try:
        write_checkpoint(given.folder, read_recipe(given))
    except (CheckpointError, OSError) as error:
        print(f"no checkpoint was made: {error}", file=sys.stderr)
        return 1
    print(f"made {given.folder} in {time.perf_counter() - start_s:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
