"""Measure the engine beside other methods to answer: `python scripts/bench_engine.py --preset cpu`.

All methods get the same weights and requests in one run. The output is a table with ratios, and one JSON line at the
end. Times differ between machines and runs, ratios less so.
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
from scripts.bench.extras import measure_follow_up, measure_overhead, measure_worst_gap
from scripts.bench.methods import Ids
from scripts.bench.models import PRESETS, Preset, make_model

EXTRAS = {"follow_up": measure_follow_up, "worst_gap": measure_worst_gap, "overhead": measure_overhead}
MIXED_LENGTHS = (16, 32, 64, 96, 128, 192, 256, 320, 384, 512, 640, 768)


@dataclass
class Measurement:
    """One row of the table: tokens per second of all requests together."""

    method: str
    prompt: str
    concurrency: int
    tok_s: float
    ratio_to_sequential: float = 1.0


def draw_prompts(kind: str, count: int, vocab_size: int) -> list[Ids]:
    """Draw prompts of 64 or 512 tokens, or for `mixed` of 16 to 768."""
    rng = random.Random(kind)
    lengths = [MIXED_LENGTHS[i * 5 % len(MIXED_LENGTHS)] if kind == "mixed" else int(kind) for i in range(count)]
    return [[rng.randrange(vocab_size) for _ in range(length)] for length in lengths]


def measure(model: MiniCPMV, engine: Engine, preset: Preset, kind: str) -> list[Measurement]:
    prompts = draw_prompts(kind, preset.num_requests, preset.llm["vocab_size"])
    few, n = prompts[: preset.num_sequential], preset.num_new
    # the first prompts have the mix of lengths of them all, so the rates can be compared
    rows = [Measurement("sequential", kind, 1, methods.run_sequential(model, few, n))]
    batch = preset.padded_batch
    rows.append(Measurement("padded", kind, batch, methods.run_padded(model, prompts[:batch], n, batch)))
    rows.append(Measurement("transformers_cb", kind, len(prompts), methods.run_transformers_cb(model, prompts, n)))
    for concurrency in sorted({1, batch, len(prompts)}):
        share = prompts[:concurrency]
        rows.append(Measurement("engine", kind, concurrency, methods.run_engine(engine, share, n)))
    for row in rows:
        row.ratio_to_sequential = row.tok_s / rows[0].tok_s
    return rows


def warm_up(model: MiniCPMV, engine: Engine, preset: Preset) -> None:
    """Run every method once: in a first run libraries are loaded and kernels chosen."""
    prompts, n = draw_prompts("64", preset.padded_batch, preset.llm["vocab_size"]), 4
    methods.run_sequential(model, prompts[:1], n)
    methods.run_padded(model, prompts, n, preset.padded_batch)
    methods.run_transformers_cb(model, prompts, n)
    methods.run_engine(engine, prompts, n)


def print_rows(rows: Sequence[Measurement]) -> None:
    for row in rows:
        print(
            f"{row.method:<18}{row.prompt:>8}{row.concurrency:>8}{row.tok_s:>12.1f}{row.ratio_to_sequential:>10.2f}",
            flush=True,
        )


def measure_extras(engine: Engine, preset: Preset) -> dict[str, dict[str, float]]:
    """Run the measurements beside throughput, and print each as it comes."""
    measured = {}
    for name, measure_extra in EXTRAS.items():
        measured[name] = figures = measure_extra(engine, preset)
        print(f"{name:<18}", "  ".join(f"{key} {value:.3f}" for key, value in figures.items()), flush=True)
    return measured


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure the engine beside other methods to answer.")
    parser.add_argument("--preset", choices=PRESETS, default="cpu")
    parser.add_argument("--prompts", nargs="+", choices=("64", "512", "mixed"), default=("64", "512", "mixed"))
    given = parser.parse_args(arguments)
    preset = PRESETS[given.preset]
    model = make_model(preset)
    engine = methods.make_engine(copy.deepcopy(model), preset)  # a copy, because the engine changes its model
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
