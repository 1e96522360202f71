"""The language stage learns the answers of dialogues and nothing else."""

import random
from pathlib import Path

import pytest
import torch

from model.minicpmv import MiniCPMV
from model.prompt import PromptBuilder
from scripts.demo.dialogues import make_random_dialogue, make_text_dialogue
from scripts.demo.language import (
    IGNORED,
    MAX_TOKENS,
    Dialogues,
    Example,
    LanguageStage,
    Part,
    find_right_answers,
)
from scripts.demo.training import Plan, Trainer

PLAN = Plan(num_steps=2, batch_size=3, warmup_steps=1)


@pytest.fixture(scope="module")
def examples(builder: PromptBuilder) -> list[Example]:
    dialogues = Dialogues(builder, 0, make_random_dialogue)
    return [dialogues[index] for index in range(40)]


def test_labels_are_the_answers_and_their_ends(builder: PromptBuilder, examples: list[Example]) -> None:
    tokenizer = builder.tokenizer
    for example in examples:
        ids = example.prompt.input_ids
        labelled = [token_id for token_id in example.labels if token_id != IGNORED]
        num_answers = ids.count(tokenizer.control_id("<|im_start|>")) // 2
        assert labelled.count(tokenizer.control_id("<|im_end|>")) == num_answers
        assert all(label in (IGNORED, token_id) for label, token_id in zip(example.labels, ids, strict=True))
        text = tokenizer.decode(labelled)
        assert "\n" not in text  # which follows a role
        assert text[-1] in "。.!！？?"


def test_some_dialogues_have_a_system_prompt(builder: PromptBuilder, examples: list[Example]) -> None:
    texts = [builder.tokenizer.decode(list(example.prompt.input_ids)) for example in examples]
    plain = sum("You are a helpful assistant." in text for text in texts)
    assert 20 < plain < 40


def test_examples_depend_on_seed_and_index_only(builder: PromptBuilder, examples: list[Example]) -> None:
    assert Dialogues(builder, 0, make_random_dialogue)[5].labels == examples[5].labels
    assert Dialogues(builder, 1, make_random_dialogue)[5].labels != examples[5].labels


def test_parts_of_a_batch_are_bounded_and_complete(
    model: MiniCPMV, builder: PromptBuilder, examples: list[Example]
) -> None:
    parts = LanguageStage(model, builder, PLAN, "language", make_random_dialogue).collate(examples)
    assert len(parts) > 1
    assert all(part.ids.numel() <= MAX_TOKENS["cpu"] for part in parts)
    labels = [[label for label in row if label != IGNORED] for part in parts for row in part.labels.tolist()]
    assert sorted(labels) == sorted([label for label in e.labels if label != IGNORED] for e in examples)


def test_a_part_keeps_each_view_with_its_position_in_the_text(builder: PromptBuilder, examples: list[Example]) -> None:
    part = Part.from_examples(examples[:6])
    found = part.split_views(torch.device("cpu"))
    assert part.grids == sorted(part.grids)
    width = part.ids.shape[1]
    by_place = dict(zip(part.image_bounds, found, strict=True))
    for row, example in enumerate(examples[:6]):
        for view, (begin, end) in zip(example.prompt.views, example.prompt.image_bounds, strict=True):
            other = by_place.pop((row * width + begin, row * width + end))
            assert torch.equal(view.patches, other.patches)
            assert (view.rows, view.columns) == (other.rows, other.columns)
    assert not by_place
    unknown = builder.tokenizer.control_id("<unk>")
    ids = part.ids.flatten().tolist()
    assert {token_id for begin, end in part.image_bounds for token_id in ids[begin:end]} == {unknown}
    assert ids.count(unknown) == sum(end - begin for begin, end in part.image_bounds)


def test_the_given_beginning_of_an_answer_is_not_learned(builder: PromptBuilder) -> None:
    dialogues = Dialogues(builder, 0, make_text_dialogue)
    for index in range(5):
        turns = make_text_dialogue(random.Random(f"dialogue 0 {index}"))
        labelled = [label for label in dialogues[index].labels if label != IGNORED]
        learned = "".join(turn.answer.removeprefix(turn.given) for turn in turns)
        assert builder.tokenizer.decode(labelled).replace("<|im_end|>", "") == learned
        assert dialogues[index].prompt.views == ()


def test_the_loss_is_the_mean_over_answers(model: MiniCPMV, builder: PromptBuilder, examples: list[Example]) -> None:
    stage = LanguageStage(model, builder, PLAN, "language", make_random_dialogue)
    together, figures = stage.compute_loss([Part.from_examples(examples[:2]), Part.from_examples(examples[2:4])])
    assert figures == {"right": 0.0}
    nats, num_labels = 0.0, 0
    for example in examples[:4]:
        alone, _ = stage.compute_loss([Part.from_examples([example])])
        count = sum(label != IGNORED for label in example.labels)
        nats, num_labels = nats + alone.item() * count, num_labels + count
    assert together.item() == pytest.approx(nats / num_labels, rel=1e-4)


def test_an_answer_is_right_when_all_its_tokens_are() -> None:
    labels = torch.tensor([[IGNORED, 4, 5, IGNORED, 6], [IGNORED, IGNORED, 7, 8, IGNORED]])
    guesses = torch.tensor([[1, 4, 5, 1, 9], [1, 1, 7, 8, 1]])
    assert find_right_answers(guesses, labels).tolist() == [True, False, True]
    guesses[0, 1] = 0
    assert find_right_answers(guesses, labels).tolist() == [False, False, True]


def test_the_stage_changes_the_language_model_alone(model: MiniCPMV, builder: PromptBuilder, tmp_path: Path) -> None:
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    Trainer(LanguageStage(model, builder, PLAN, "language", make_random_dialogue), tmp_path).run()
    after = model.state_dict()
    assert {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])} == {"llm"}
