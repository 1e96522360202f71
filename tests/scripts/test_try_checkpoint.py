"""The trial makes a checkpoint, serves it for true, and fails where the server does."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from scripts import try_checkpoint
from scripts.checkpoints.asking import Answer
from scripts.checkpoints.recipe import ROOT, SMALL_TOKENIZER_FOLDER, Recipe
from scripts.try_checkpoint import choose_dtype, default_folder, main, print_table
from tests.helpers.checkpoints import make_small_checkpoint


@pytest.mark.slow
def test_a_small_checkpoint_is_made_served_and_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "int4"
    status = main(["--like", "int4", "--scale", "small", "--folder", str(folder)])
    captured = capsys.readouterr()
    assert status == 0, captured.err
    assert (folder / "model.safetensors.index.json").is_file()
    measured = json.loads(captured.out.splitlines()[-1])
    assert (measured["folder"], measured["dtype"]) == (str(folder), "auto")
    assert measured["ready_s"] > 0
    text, picture = measured["answers"]
    assert (text["what"], picture["what"]) == ("text", "picture")
    assert picture["num_prompt_tokens"] > text["num_prompt_tokens"] + 3 * 64
    assert min(text["num_tokens"], picture["num_tokens"]) > 0


def test_a_checkpoint_that_cannot_be_served_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_small_checkpoint(tmp_path / "one", "bf16")
    (tmp_path / "server.py").write_text("raise SystemExit('the checkpoint is damaged')")
    monkeypatch.chdir(tmp_path)  # where `python -m server` finds that program first
    assert main(["--folder", str(folder), "--scale", "small"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("the checkpoint could not be tried: the server ended with status 1 before it was ready;")
    assert error.endswith("  the checkpoint is damaged\n")


def test_a_folder_of_something_else_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("mine")
    assert main(["--folder", str(tmp_path), "--scale", "small"]) == 1
    assert "is already there" in capsys.readouterr().err


def test_what_is_there_is_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_small_checkpoint(tmp_path / "one", "bf16")
    before = (folder / "model-00001-of-00003.safetensors").stat().st_mtime_ns
    given: list[Any] = []

    def note(*arguments: Any) -> dict[str, Any]:
        given.extend(arguments)
        return {"ready_s": 1.0}

    monkeypatch.setattr(try_checkpoint, "try_checkpoint", note)
    assert main(["--folder", str(folder), "--scale", "small", "--quantization", "int8", "--start-timeout-s", "7"]) == 0
    assert given == [folder, ("--quantization", "int8", "--dtype", "auto"), 7.0]
    assert (folder / "model-00001-of-00003.safetensors").stat().st_mtime_ns == before


def test_each_recipe_has_a_folder_that_git_ignores() -> None:
    recipes = [
        Recipe("bf16"),
        Recipe("int4"),
        Recipe("int4", "small"),
        Recipe("int4", "full", "bfloat16"),
        Recipe("int4", tokenizer_folder=SMALL_TOKENIZER_FOLDER.parent),
        Recipe("int4", seed=3),
    ]
    folders = {default_folder(recipe) for recipe in recipes}
    assert len(folders) == len(recipes)
    assert {folder.parent for folder in folders} == {ROOT / "data" / "checkpoints"}
    assert default_folder(Recipe("int4")).name == "int4-full-float16"
    assert "/data/" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize(
    ("scale", "has_gpu", "dtype"), [("full", False, "bfloat16"), ("full", True, "auto"), ("small", False, "auto")]
)
def test_the_real_size_runs_in_bfloat16_on_a_cpu(
    monkeypatch: pytest.MonkeyPatch, scale: str, has_gpu: bool, dtype: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_gpu)
    assert choose_dtype(Recipe("bf16", scale)) == dtype


@pytest.mark.parametrize(("peak_gib", "shown"), [(16.254, "16.25 GiB"), (None, "unknown")])
def test_the_table(capsys: pytest.CaptureFixture[str], peak_gib: float | None, shown: str) -> None:
    print_table(18.04, [Answer("text", 28, 16, "length", 19.04)], peak_gib)
    head, ready, text, memory = capsys.readouterr().out.splitlines()
    assert head.split() == ["step", "seconds", "prompt", "answer", "finish"]
    assert ready.split() == ["ready", "18.0"]
    assert text.split() == ["text", "19.0", "28", "16", "length"]
    assert memory.endswith(shown)
