"""The loading benchmark writes a checkpoint, and loads and asks it in each quantisation."""

import json
from pathlib import Path

import pytest

from model.loading import load
from scripts.bench.models import PRESETS
from scripts.bench_loading import ask, draw_picture, main


def test_a_tiny_run_measures_each_quantisation(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    main(["--preset", "tiny", "--keep", str(tmp_path / "tiny")])
    *table, last = capsys.readouterr().out.splitlines()
    result = json.loads(last)
    assert (result["device"], result["model"]) == ("cpu", "a tiny model")
    plain, quantized = result["rows"]
    assert (plain["quantization"], quantized["quantization"]) == ("none", "int4")
    assert 0 < quantized["weights_gib"] < plain["weights_gib"]
    for row in (plain, quantized):
        assert row["attention"] == "sdpa"
        assert min(row[name] for name in ("load_s", "picture_first_token_s", "alone_tok_s", "at_once_tok_s")) > 0
    assert sum(line.startswith(("none", "int4")) for line in table) == 2
    kept = load(str(tmp_path / "tiny"), device="cpu")
    assert kept.model.config.hidden_size == PRESETS["tiny"].llm["hidden_size"]
    assert ask(kept, [["hello"]], 2) > 0


def test_pictures_are_large_and_differ() -> None:
    first, second = draw_picture(0), draw_picture(1)
    assert first.size == second.size == (1344, 1344)
    assert first.tobytes() != second.tobytes()
