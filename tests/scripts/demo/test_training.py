"""An interrupted training run is resumed, and ends with the same weights as an uninterrupted one."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from scripts.demo import training
from scripts.demo.training import Plan, Stage, Trainer

PLAN = Plan(num_steps=6, batch_size=4, matrix_rate=0.3, learning_rate=0.1, warmup_steps=2)


class Numbers(Dataset[Tensor]):
    def __getitem__(self, index: int) -> Tensor:
        return torch.tensor([float(index % 7)])


class LineStage(Stage):
    """A stage that learns y = 3x + 1, and can be interrupted at a given step."""

    name = "line"

    def __init__(self, plan: Plan = PLAN, fails_at: int | None = None) -> None:
        torch.manual_seed(0)
        self.plan = plan
        self.dataset = Numbers()
        self.trained = nn.Linear(1, 1)
        self.fails_at = fails_at
        self.seen: list[float] = []

    def collate(self, examples: Sequence[Tensor]) -> Tensor:
        return torch.stack(list(examples))

    def compute_loss(self, batch: Tensor) -> tuple[Tensor, dict[str, float]]:
        if self.fails_at == len(self.seen):
            raise KeyboardInterrupt
        self.seen.append(batch[0, 0].item())
        loss = (self.trained(batch) - (3 * batch + 1)).square().mean()
        return loss, {"error": loss.item()}

    @property
    def weights(self) -> Tensor:
        return torch.cat([parameter.detach().flatten() for parameter in self.trained.parameters()])


def test_training_converges_and_shows_its_progress(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage = LineStage(replace(PLAN, num_steps=200))
    Trainer(stage, tmp_path).run()
    torch.testing.assert_close(stage.weights, torch.tensor([3.0, 1.0]), atol=0.2, rtol=0)
    shown = capsys.readouterr().err
    assert "line" in shown
    assert "error=" in shown
    assert "200/200" in shown


def test_an_interrupted_run_ends_with_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "SAVE_EVERY", 2)
    unbroken, broken_off = LineStage(), LineStage(fails_at=3)
    (tmp_path / "unbroken").mkdir()
    Trainer(unbroken, tmp_path / "unbroken").run()
    with pytest.raises(KeyboardInterrupt):
        Trainer(broken_off, tmp_path).run()
    second = LineStage()
    Trainer(second, tmp_path).run()
    assert broken_off.seen + second.seen[1:] == unbroken.seen, "the third batch is done again, and no other"
    torch.testing.assert_close(second.weights, unbroken.weights, rtol=0, atol=0)


def test_a_finished_stage_is_only_loaded(tmp_path: Path) -> None:
    first, second = LineStage(), LineStage()
    Trainer(first, tmp_path).run()
    Trainer(second, tmp_path).run()
    assert second.seen == []
    torch.testing.assert_close(first.weights, second.weights, rtol=0, atol=0)


def test_the_state_of_another_plan_is_refused(tmp_path: Path) -> None:
    Trainer(LineStage(), tmp_path).run()
    with pytest.raises(SystemExit, match="belongs to another plan"):
        Trainer(LineStage(replace(PLAN, learning_rate=0.2)), tmp_path).run()


def test_the_learning_rate_rises_and_falls() -> None:
    plan = Plan(num_steps=100, batch_size=1, warmup_steps=10)
    factors = [plan.compute_rate_factor(step) for step in range(100)]
    assert factors[:10] == sorted(factors[:10])
    assert factors[10:] == sorted(factors[10:], reverse=True)
    assert max(factors) == 1.0
    assert 0 < factors[-1] < 0.05


def test_scaling_a_plan_changes_only_its_rates_and_seed() -> None:
    gentle = PLAN.scale(rate=0.5, seed=3)
    assert gentle == Plan(num_steps=6, batch_size=4, matrix_rate=0.15, learning_rate=0.05, warmup_steps=2, seed=3)
