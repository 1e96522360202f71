"""How fast the engine is, beside other ways to answer: `python scripts/bench_engine.py --preset cpu`.

The same weights and requests for all, in one run; prints a table with ratios, and last one JSON line. Times differ from
machine to machine and from run to run, ratios less so.
"""

import argparse
import copy
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from model.engine.engine import Engine
from model.minicpmv import MiniCPMV
from scripts.bench import methods
from scripts.bench.extras import follow_up, overhead, worst_gap
from scripts.bench.methods import Ids
from scripts.bench.models import PRESETS, Preset, make_model

MIXED = (16, 32, 64, 96, 128, 192, 256, 320, 384, 512, 640, 768)


@dataclass
class Measured:
    """One row: tokens a second of all requests together."""

    method: str
    prompt: str
    concurrency: int
    tok_s: float
    ratio_to_sequential: float = 1.0


def draw_prompts(kind: str, count: int, vocab_size: int) -> list[Ids]:
    """Of 64 or of 512 tokens, or of 16 to 768."""
    rng = random.Random(kind)
    lengths = [MIXED[i * 5 % len(MIXED)] if kind == "mixed" else int(kind) for i in range(count)]
    return [[rng.randrange(vocab_size) for _ in range(length)] for length in lengths]


def measure(model: MiniCPMV, engine: Engine, preset: Preset, kind: str) -> list[Measured]:
    prompts = draw_prompts(kind, preset.num_requests, preset.llm["vocab_size"])
    few, n = prompts[: preset.num_sequential], preset.num_new
    # the slowest sees the lengths that the others see, so that its rate is theirs
    rows = [Measured("sequential", kind, 1, methods.sequential(model, few, n))]
    batch = preset.padded_batch
    rows.append(Measured("padded", kind, batch, methods.padded(model, prompts[:batch], n, batch)))
    rows.append(Measured("transformers_cb", kind, len(prompts), methods.transformers_cb(model, prompts, n)))
    for concurrency in sorted({1, batch, len(prompts)}):
        share = prompts[:concurrency]
        rows.append(Measured("engine", kind, concurrency, methods.engine(engine, share, n)))
    for row in rows:
        row.ratio_to_sequential = row.tok_s / rows[0].tok_s
    return rows


def warm_up(model: MiniCPMV, engine: Engine, preset: Preset) -> None:
    """Libraries are loaded and kernels chosen in a first run, which is nobody's speed."""
    prompts, n = draw_prompts("64", preset.padded_batch, preset.llm["vocab_size"]), 4
    methods.sequential(model, prompts[:1], n)
    methods.padded(model, prompts, n, preset.padded_batch)
    methods.transformers_cb(model, prompts, n)
    methods.engine(engine, prompts, n)


def print_rows(rows: Sequence[Measured]) -> None:
    for row in rows:
        print(
            f"{row.method:<18}{row.prompt:>8}{row.concurrency:>8}{row.tok_s:>12.1f}{row.ratio_to_sequential:>10.2f}",
            flush=True,
        )


def measure_extras(engine: Engine, preset: Preset) -> dict[str, dict[str, float]]:
    """Printed as they come."""
    measured = {}
    for extra in (follow_up, worst_gap, overhead):
        measured[extra.__name__] = figures = extra(engine, preset)
        print(f"{extra.__name__:<18}", "  ".join(f"{key} {value:.3f}" for key, value in figures.items()), flush=True)
    return measured


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="How fast the engine is, beside other ways to answer.")
    parser.add_argument("--preset", choices=PRESETS, default="cpu")
    parser.add_argument("--prompts", nargs="+", choices=("64", "512", "mixed"), default=("64", "512", "mixed"))
    given = parser.parse_args(arguments)
    preset = PRESETS[given.preset]
    model = make_model(preset)
    engine = methods.make_engine(copy.deepcopy(model), preset)  # which it changes: the others run on plain weights
    print(
        f"{preset.model}, {preset.dtype}, {engine.runner.kernel.name} on {preset.device}, {preset.num_new} new tokens"
    )
    print(f"{'method':<18}{'prompt':>8}{'at once':>8}{'tokens/s':>12}{'ratio':>10}")
    warm_up(model, engine, preset)
    rows = []
    for kind in given.prompts:
        measured = measure(model, engine, preset, kind)
        print_rows(measured)
        rows += measured
    extras = measure_extras(engine, preset)
    print(json.dumps({"device": preset.device, "model": preset.model, "rows": [asdict(row) for row in rows], **extras}))


if __name__ == "__main__":
    main()
