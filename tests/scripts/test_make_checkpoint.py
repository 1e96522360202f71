"""The command writes a checkpoint that loads and answers as the published one would, or says why it cannot."""

import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from model.chat import ChatModel
from model.loading import load
from model.minicpmv import MiniCPMV
from scripts.checkpoints.recipe import LIKES, SMALL_TOKENIZER_FOLDER, STORED_DTYPES
from scripts.make_checkpoint import main
from tests.helpers.checkpoints import make_small_checkpoint

QUANTIZATION = {"bf16": "none", "int4": "int4", "int8": "int8"}


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    """A picture of more than one view."""
    return Image.linear_gradient("L").resize((600, 480)).convert("RGB")


def ask(model: ChatModel, *content: object) -> str:
    answer = model.chat(
        msgs=[{"role": "user", "content": list(content)}], sampling=False, num_beams=1, max_new_tokens=8
    )
    assert isinstance(answer, str)
    return answer


@pytest.mark.parametrize("like", LIKES)
@pytest.mark.parametrize("stored", STORED_DTYPES)
def test_a_small_checkpoint_loads_and_answers(tmp_path: Path, like: str, stored: str, picture: Image.Image) -> None:
    model = load(str(make_small_checkpoint(tmp_path / "one", like, stored)), device="cpu")
    assert model.info.quantization == QUANTIZATION[like]
    about_picture, about_text = ask(model, picture, "What is this?"), ask(model, "Tell me a story.")
    assert about_picture != about_text
    assert len(set(about_text)) > 2
    assert ask(model, "Tell me another story, and a longer one.") != about_text


@pytest.mark.parametrize("stored", STORED_DTYPES)
def test_a_small_checkpoint_runs_in_bfloat16(tmp_path: Path, stored: str, picture: Image.Image) -> None:
    model = load(str(make_small_checkpoint(tmp_path / "one", "bf16", stored)), device="cpu", dtype="bfloat16")
    features = model.model.encode_views(model.builder.processor(picture).views)
    assert features.isfinite().all()
    assert 0.1 < features.float().std() < 10
    assert ask(model, picture, "What is this?")


def test_the_logits_are_finite_and_not_all_alike(tmp_path: Path) -> None:
    model = MiniCPMV.from_pretrained(make_small_checkpoint(tmp_path / "one", "bf16"), dtype=torch.float32)
    with torch.inference_mode():
        logits = model(model.embed(torch.arange(40), torch.empty(0, 64, 256), [])[None]).logits[0]
    assert logits.isfinite().all()
    assert 0.3 < logits.std() < 5
    assert len(logits.argmax(-1).unique()) > 20


def test_the_command_writes_what_it_was_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "int8"
    options = ["--like", "int8", "--scale", "small", "--stored-dtype", "float32", "--seed", "5"]
    assert main([str(folder), *options, "--tokenizer", str(SMALL_TOKENIZER_FOLDER)]) == 0
    config = json.loads((folder / "config.json").read_text())
    assert (config["torch_dtype"], config["num_hidden_layers"]) == ("float32", 2)
    assert config["quantization_config"]["load_in_8bit"] is True
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"made {folder} in ")


def test_an_error_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "one"), "--scale", "small", "--tokenizer", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("no checkpoint was made: ")
    assert "tokenizer.json" in captured.err
    assert captured.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [["--like", "int2"], ["--scale", "huge"], ["--stored-dtype", "float8"]])
def test_other_kinds_are_refused(tmp_path: Path, wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path / "one"), *wrong])
