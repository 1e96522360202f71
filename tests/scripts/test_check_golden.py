"""The model gives the reference's recorded outputs, and the script that compares them finds differences."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.check_golden import MODES, Golden, Result, check, compare_ids, main

COMPARED = (
    "token ids of text",
    "slice grids",
    "view sizes",
    "placeholders",
    "pixels",
    "prompt token ids",
    "image bounds",
    "image features",
    "logits",
    *(f"{mode} ids, {form}" for mode in MODES for form in ("alone", "all in one batch")),
    "greedy ids, recorded batches",
)


@pytest.fixture(scope="module")
def results(golden: Golden) -> list[Result]:
    return list(check(golden))


@pytest.mark.parametrize("quantity", COMPARED)
@pytest.mark.slow
def test_the_model_gives_the_recorded_outputs(results: list[Result], quantity: str) -> None:
    group = [result for result in results if result.quantity == quantity]
    assert group
    assert [result.case for result in group if result.is_equal is not True] == []


@pytest.mark.slow
def test_nothing_else_is_compared(results: list[Result]) -> None:
    assert {result.quantity for result in results} == set(COMPARED)
    assert len(results) > 300


@pytest.mark.parametrize(("margin", "expected"), [(0.5, False), (1e-4, None)])
def test_another_token_within_the_margin_is_open(margin: float, expected: bool | None) -> None:
    chat = {"margin": margin, "out": {"greedy": [1, 2]}}
    assert compare_ids([1, 3], chat, "greedy") is expected
    assert compare_ids([1, 2], chat, "greedy") is True


def test_batches_are_asked_with_the_default_options(golden: Golden) -> None:
    chat = next(chat for chat in golden.cases["chats"] if "system_prompt" in chat["options"])
    (found,), margin = golden.generate_batch([chat])
    assert [found] == golden.generate([{**chat, "options": {}}], "greedy")
    assert [found] != golden.generate([chat], "greedy")
    assert margin > 0


def test_the_margin_of_a_batch_is_the_smallest_of_its_answers(golden: Golden) -> None:
    chats = [chat for chat in golden.cases["chats"] if not chat["options"]][:3]
    _, margin = golden.generate_batch(chats)
    assert margin == pytest.approx(min(chat["margin"] for chat in chats), abs=1e-4)


def make_changed_copy(golden_folder: Path, folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Make a copy of the recorded folder with one case of each kind, changed by `change`."""
    for name in ("checkpoint", "images"):
        (folder / name).symlink_to(golden_folder / name)
    shutil.copy(golden_folder / "tensors.safetensors", folder)
    cases = json.loads((golden_folder / "cases.json").read_text())
    cases = {name: cases[name][:1] for name in ("tokenize", "images", "chats")} | {"batches": []}
    change(cases)
    (folder / "cases.json").write_text(json.dumps(cases))
    return folder


def change_token(cases: dict[str, Any]) -> None:
    cases["chats"][0]["out"]["beam"][-1] += 1


def change_grid(cases: dict[str, Any]) -> None:
    cases["images"][0]["grid"] = [2, 1]


def change_text(cases: dict[str, Any]) -> None:
    cases["tokenize"][0]["ids"].append(0)


def test_equal_outputs_exit_with_0(golden_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(make_changed_copy(golden_folder, tmp_path, lambda _: None))]) == 0
    assert "0 differ" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (change_token, r"beam ids, alone +0 +0 +1  chat 0"),
        (change_grid, r"slice grids +0 +0 +1  image 0"),
        (change_text, r"token ids of text +0 +0 +1  tokenize 0"),
    ],
)
def test_a_difference_is_named_and_exits_with_1(
    golden_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[dict[str, Any]], None],
    row: str,
) -> None:
    assert main([str(make_changed_copy(golden_folder, tmp_path, change))]) == 1
    assert re.search(row, capsys.readouterr().out)


def test_a_folder_without_cases_exits_with_1(golden_folder: Path, tmp_path: Path) -> None:
    def clear(cases: dict[str, Any]) -> None:
        for name in cases:
            cases[name] = []

    assert main([str(make_changed_copy(golden_folder, tmp_path, clear))]) == 1
