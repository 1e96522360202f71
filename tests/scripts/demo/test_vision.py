"""The right answers of the vision stage match the pictures."""

import random
from pathlib import Path

import pytest
import torch

from model.minicpmv import MiniCPMV
from model.prompt import PromptBuilder
from scripts.demo.cards import KINDS, make_card
from scripts.demo.drawing import Drawing, draw_card
from scripts.demo.training import Plan, Trainer
from scripts.demo.vision import (
    IGNORED,
    PATCH_CLASSES,
    QUERY_CLASSES,
    SIGNS,
    LabelledView,
    Pictures,
    VisionStage,
    answer_patches,
    answer_queries,
)

PLAN = Plan(num_steps=2, batch_size=3, warmup_steps=1)
SOCK = make_card("black", "dotted", "sock", 1280)


@pytest.fixture(scope="module")
def pictures(builder: PromptBuilder) -> Pictures:
    return Pictures(builder.processor, seed=0, num_pictures=100)


@pytest.fixture(scope="module")
def examples(pictures: Pictures) -> list[LabelledView]:
    return [pictures[index] for index in range(60)]


def test_the_answers_of_queries_are_the_properties_of_the_card() -> None:
    assert answer_queries(SOCK).tolist() == [4, 8, 2, 4, 1, 2, 8, 0]
    assert answer_queries(make_card("red", "plain", "shirt", 29)).tolist() == [0, 0, 0, 2, 2, 9, 10, 10]
    assert len(QUERY_CLASSES) == len(answer_queries(SOCK))


def draw_sock(seed: int) -> Drawing:
    return draw_card(SOCK, random.Random(seed))


@pytest.mark.parametrize("seed", range(5))
def test_the_answers_of_patches_are_what_they_show(seed: int) -> None:
    answers = answer_patches(SOCK, draw_sock(seed), 12, 12).view(12, 12, -1)
    signs = answers[:, :, 0]
    assert {SIGNS[sign - 1] for sign in set(signs.flatten().tolist()) if sign} == {"Y", "1", "2", "8", "0"}
    row = signs[(signs > 0).any(dim=1)][0]
    read = [SIGNS[sign - 1] for sign in torch.unique_consecutive(row[row > 0]).tolist()]
    assert read == ["Y", "1", "2", "8", "0"], "in the order of reading"
    on_garment = answers[:, :, 2] > 0
    assert 5 < int(on_garment.sum()) < 60
    assert {tuple(row) for row in answers[on_garment][:, 2:5].tolist()} == {(5, 9, 3)}
    parts = answers[:, :, 5]
    assert torch.equal(parts > 0, on_garment)
    assert {1 <= part <= 9 for part in parts[on_garment].tolist()} == {True}
    rows, columns = on_garment.nonzero().T
    assert (parts[rows[0], columns[0]] - 1) // 3 == 0
    assert (parts[rows[-1], columns[-1]] - 1) // 3 == 2
    assert not (on_garment & (signs > 0)).any()


def test_examples_depend_on_seed_and_index_only(builder: PromptBuilder, pictures: Pictures) -> None:
    torch.testing.assert_close(pictures[5].view.patches, Pictures(builder.processor, 0, 100)[5].view.patches)
    other = Pictures(builder.processor, 1, 100)[5].view.patches
    assert pictures[5].view.patches.shape != other.shape or (pictures[5].view.patches != other).any()


def test_there_are_cards_pages_and_other_pictures(examples: list[LabelledView]) -> None:
    kinds = [int(example.queries[0]) for example in examples]
    assert len(KINDS) in kinds
    assert IGNORED in kinds
    assert {*range(len(KINDS))} <= set(kinds)
    for example in examples:
        assert example.patches.shape == (example.view.rows * example.view.columns, len(PATCH_CLASSES))
        assert all(example.patches.amax(dim=0) < torch.tensor(list(PATCH_CLASSES.values())))


def test_a_batch_keeps_views_and_answers_together(
    model: MiniCPMV, builder: PromptBuilder, examples: list[LabelledView]
) -> None:
    batch = VisionStage(model, builder.processor, PLAN).collate(examples[:10])
    assert batch.grids == sorted(batch.grids)
    assert len(batch.views) == len(batch.patches) == sum(rows * columns for rows, columns in batch.grids)
    start = 0
    for (rows, columns), queries in zip(batch.grids, batch.queries, strict=True):
        views = batch.views[start : start + rows * columns]
        start += rows * columns
        (match,) = [example for example in examples[:10] if torch.equal(example.view.patches, views)]
        assert torch.equal(match.queries, queries)


def test_right_predictions_have_no_loss(model: MiniCPMV, builder: PromptBuilder, examples: list[LabelledView]) -> None:
    stage = VisionStage(model, builder.processor, PLAN)
    batch = stage.collate(examples[:8])
    loss, figures = stage.compute_loss(batch)
    assert loss.item() > 10
    assert set(figures) == {*QUERY_CLASSES, *(f"patch {name}" for name in PATCH_CLASSES)}
    sure = [
        100.0 * torch.nn.functional.one_hot(batch.queries[:, i].clamp(min=0), n)
        for i, n in enumerate(QUERY_CLASSES.values())
    ]
    dense = [
        100.0 * torch.nn.functional.one_hot(batch.patches[:, i].clamp(min=0), n)
        for i, n in enumerate(PATCH_CLASSES.values())
    ]
    stage.heads.forward = lambda *_: (sure, dense)  # type: ignore[method-assign]
    loss, figures = stage.compute_loss(batch)
    assert loss.item() < 1e-6
    assert set(figures.values()) == {1.0}


def test_the_stage_changes_vision_and_nothing_else(model: MiniCPMV, builder: PromptBuilder, tmp_path: Path) -> None:
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    Trainer(VisionStage(model, builder.processor, PLAN), tmp_path).run()
    changed = {
        name.split(".")[0] for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])
    }
    assert changed == {"vpm", "resampler"}


def test_pages_become_fewer(pictures: Pictures) -> None:
    def count_pages(start: int) -> int:
        return sum(int(pictures[index].queries[0]) == IGNORED for index in range(start, start + 30))

    assert count_pages(0) > 10 > 5 > count_pages(70)
