"""The demo is made as its scripts say: tokenizer, examples, and a run that can be interrupted."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.loading import load
from model.minicpmv import MiniCPMV
from model.prompt import PromptBuilder
from scripts.demo_tokenizer import CONTROL_TOKENS
from scripts.demo_training import IGNORED, Dialogues, Example, Plan, Trainer
from scripts.train_demo import make_builder, make_config, save

PLAN = Plan(num_steps=4, batch_size=2, warmup_steps=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def builder(folder: Path) -> PromptBuilder:
    return make_builder(folder, seed=0)


def new_model(builder: PromptBuilder) -> MiniCPMV:
    torch.manual_seed(0)
    return MiniCPMV(make_config(builder.tokenizer))


def test_the_tokenizer_has_bytes_first_and_control_tokens_last(builder: PromptBuilder) -> None:
    tokenizer = builder.tokenizer
    assert tokenizer.encode("!") == [0]
    first = tokenizer.vocab_size - len(CONTROL_TOKENS)
    assert tokenizer.parse("".join(CONTROL_TOKENS)) == list(range(first, tokenizer.vocab_size))
    text = "蓝色 blue £ 🙂 <image>\n"
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_the_same_seed_makes_the_same_tokenizer(folder: Path, builder: PromptBuilder, tmp_path: Path) -> None:
    assert builder.tokenizer.vocab_size <= 768
    make_builder(tmp_path, seed=0)
    for name in ("tokenizer.json", "tokenizer_config.json", "preprocessor_config.json"):
        assert (tmp_path / name).read_text() == (folder / name).read_text()


def test_labels_are_the_answers_and_their_ends(builder: PromptBuilder) -> None:
    tokenizer = builder.tokenizer
    dialogues = Dialogues(builder, seed=0, num_examples=20)
    for index in range(20):
        example = dialogues[index]
        labelled = [token_id for token_id in example.labels if token_id != IGNORED]
        num_answers = example.prompt.input_ids.count(tokenizer.control_id("<|im_start|>")) // 2
        assert labelled.count(tokenizer.control_id("<|im_end|>")) == num_answers
        assert all(label in (IGNORED, i) for label, i in zip(example.labels, example.prompt.input_ids, strict=True))
        assert len(example.cards) == len(example.prompt.views)
        text = tokenizer.decode(labelled)
        assert "user" not in text
        assert any(word in text for word in ("product", "demo", "商品", "演示"))


def test_examples_depend_on_seed_and_index_only(builder: PromptBuilder) -> None:
    assert Dialogues(builder, 0, 9)[5].labels == Dialogues(builder, 0, 90)[5].labels
    assert Dialogues(builder, 0, 9)[5].labels != Dialogues(builder, 1, 9)[5].labels


def test_the_learning_rate_rises_and_falls() -> None:
    plan = Plan(num_steps=100, warmup_steps=10, learning_rate=1.0)
    rates = [plan.learning_rate_at(step) for step in range(100)]
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert max(rates) == 1.0
    assert 0 < rates[-1] < 0.05


def test_an_interrupted_run_ends_as_an_unbroken_one(
    builder: PromptBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.demo_training.SAVE_EVERY", 2)
    unbroken, broken_off, second = (new_model(builder) for _ in range(3))
    torch.manual_seed(1)
    Trainer(unbroken, builder, PLAN, tmp_path / "a.pt").run()

    torch.manual_seed(1)
    first = Trainer(broken_off, builder, PLAN, tmp_path / "b.pt")
    monkeypatch.setattr(first, "_train_step", stop_after(first, 2))
    with pytest.raises(KeyboardInterrupt):
        first.run()
    Trainer(second, builder, PLAN, tmp_path / "b.pt").run()
    for (name, ours), theirs in zip(unbroken.named_parameters(), second.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, msg=name)


def stop_after(trainer: Trainer, num_steps: int) -> Callable[[list[Example]], dict[str, float]]:
    train_step = trainer._train_step

    def step(batch: list[Example]) -> dict[str, float]:
        if trainer.step == num_steps:
            raise KeyboardInterrupt
        return train_step(batch)

    return step


def test_the_state_of_another_plan_is_not_taken(builder: PromptBuilder, tmp_path: Path) -> None:
    short = replace(PLAN, num_steps=1)
    Trainer(new_model(builder), builder, short, tmp_path / "state.pt").run()
    with pytest.raises(SystemExit, match="belongs to another plan"):
        Trainer(new_model(builder), builder, PLAN, tmp_path / "state.pt").run()


def test_what_is_saved_is_a_sound_checkpoint(folder: Path, builder: PromptBuilder) -> None:
    save(new_model(builder), folder)
    loaded = load(str(folder), device="cpu")
    assert isinstance(loaded.chat(msgs=[{"role": "user", "content": "hi"}], max_new_tokens=3, seed=0), str)
