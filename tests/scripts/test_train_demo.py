"""The demo is made as its script says, and what is saved is a sound checkpoint."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from model.loading import DEMO_FOLDER, load
from model.prompt import PromptBuilder
from scripts import train_demo
from scripts.demo.tokenizer import CONTROL_TOKENS
from scripts.train_demo import PLANS, VOCAB_SIZE, main, make_builder

SMALL_BATCH = 2


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {name: tuple(replace(plan, batch_size=SMALL_BATCH) for plan in plans) for name, plans in PLANS.items()}
    monkeypatch.setattr(train_demo, "PLANS", small)


def test_the_tokenizer_has_bytes_first_and_control_tokens_last(builder: PromptBuilder) -> None:
    tokenizer = builder.tokenizer
    assert tokenizer.encode("!") == [0]
    first = tokenizer.vocab_size - len(CONTROL_TOKENS)
    assert tokenizer.encode_with_controls("".join(CONTROL_TOKENS)) == list(range(first, tokenizer.vocab_size))
    text = "蓝色 blue £ 🙂 <image>\n"
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_the_same_seed_makes_the_same_tokenizer(demo_folder: Path, builder: PromptBuilder, tmp_path: Path) -> None:
    assert builder.tokenizer.vocab_size <= VOCAB_SIZE
    make_builder(tmp_path, seed=0)
    for name in ("tokenizer.json", "tokenizer_config.json", "preprocessor_config.json"):
        assert (tmp_path / name).read_text() == (demo_folder / name).read_text()


@pytest.mark.slow
def test_it_makes_a_checkpoint_with_the_batches_of_its_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_training_from_nothing(tmp_path, monkeypatch)


@pytest.mark.usefixtures("small_batches")
def test_it_makes_a_checkpoint_from_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_training_from_nothing(tmp_path, monkeypatch)


def check_training_from_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["--out", str(tmp_path / "out"), "--work", str(tmp_path / "work"), "--steps", "1", "1", "1", "1"]
    monkeypatch.setattr(sys, "argv", ["train_demo.py", *arguments])
    main()
    loaded = load(str(tmp_path / "out"), device="cpu")
    assert isinstance(loaded.chat(msgs=[{"role": "user", "content": "hi"}], max_new_tokens=3, seed=0), str)
    assert sorted(file.name for file in (tmp_path / "work").iterdir()) == [
        "language.pt",
        "pairs.pt",
        "text.pt",
        "vision.pt",
    ]


@pytest.mark.usefixtures("small_batches")
def test_the_eyes_of_another_checkpoint_can_be_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["--out", str(tmp_path / "out"), "--work", str(tmp_path / "work"), "--steps", "1", "1", "1", "1"]
    monkeypatch.setattr(sys, "argv", ["train_demo.py", *arguments, "--eyes", str(DEMO_FOLDER)])
    main()
    made, given = (load_file(folder / "model.safetensors") for folder in (tmp_path / "out", DEMO_FOLDER))
    same = {name for name, tensor in made.items() if torch.equal(tensor, given[name])}
    assert {name for name in made if name.startswith(("vpm.", "resampler."))} <= same
    assert "llm.model.layers.0.mlp.up_proj.weight" not in same
    assert sorted(file.name for file in (tmp_path / "work").iterdir()) == ["language.pt", "pairs.pt", "text.pt"]


@pytest.mark.usefixtures("small_batches")
def test_a_trained_checkpoint_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["--out", str(tmp_path / "out"), "--work", str(tmp_path / "work"), "--start", str(DEMO_FOLDER)]
    monkeypatch.setattr(sys, "argv", ["train_demo.py", *arguments, "--steps", "0", "1", "0", "0"])
    main()
    made, given = (load_file(folder / "model.safetensors") for folder in (tmp_path / "out", DEMO_FOLDER))
    assert made.keys() == given.keys()
    changed = {name for name, tensor in made.items() if not torch.equal(tensor, given[name])}
    assert {name.split(".")[0] for name in changed} == {"llm"}
    drift = max((made[name] - given[name]).abs().max().item() for name in changed)
    assert drift < 0.1, "one step from where it was"
    tokenizers = [(folder / "tokenizer.json").read_text() for folder in (tmp_path / "out", DEMO_FOLDER)]
    assert tokenizers[0] == tokenizers[1], "its embeddings know no other tokens"
