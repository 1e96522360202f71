"""The training loop: one stage at a time, with a progress bar; an interrupted stage is resumed.

The matrices of the layers are trained with Muon (Jordan et al., "Muon: An optimizer for hidden layers in neural
networks", 2024), which left the first plateau of the vision stage in a third of the steps of AdamW. The other
parameters are trained with AdamW.
"""

import math
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

SAVE_EVERY = 200


@dataclass(frozen=True)
class Plan:
    """Everything that the result of a stage depends on."""

    num_steps: int
    batch_size: int
    matrix_rate: float = 0.015
    """Muon's learning rate."""
    learning_rate: float = 1e-3
    """AdamW's learning rate."""
    warmup_steps: int = 50
    seed: int = 0

    def scale(self, rate: float, seed: int) -> "Plan":
        """Return this plan with its learning rates multiplied by `rate`, and with another seed for its examples."""
        matrix_rate, learning_rate = self.matrix_rate * rate, self.learning_rate * rate
        return replace(self, matrix_rate=matrix_rate, learning_rate=learning_rate, seed=seed)

    def compute_rate_factor(self, step: int) -> float:
        """Return the factor of the learning rates at a step: a linear warm-up, then a cosine down to a fiftieth."""
        if step < self.warmup_steps:
            return (step + 1) / self.warmup_steps
        progress = (step - self.warmup_steps) / max(self.num_steps - self.warmup_steps, 1)
        return 0.02 + 0.98 * (1 + math.cos(math.pi * progress)) / 2


class Stage(ABC):
    """A module to train, and its examples. Example i must depend on the seed and on i only, not on when it is read."""

    name: str
    plan: Plan
    dataset: Dataset[Any]
    trained: nn.Module
    """The module with every parameter that the stage changes."""

    @abstractmethod
    def collate(self, examples: Sequence[Any]) -> Any:
        """Make a batch of examples. This runs in a worker process."""

    @abstractmethod
    def compute_loss(self, batch: Any) -> tuple[Tensor, dict[str, float]]:
        """Return the loss to minimise, and figures for the progress bar."""


class Trainer:
    """The loop that trains one stage, and saves its state every SAVE_EVERY steps as `STAGE.pt` in a folder."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage = stage
        self.plan = stage.plan
        self.state_file = folder / f"{stage.name}.pt"
        matrices, others = _split_parameters(stage.trained)
        self.parameters = [*matrices, *others]
        self.optimizers: tuple[torch.optim.Optimizer, ...] = (
            torch.optim.Muon(matrices, weight_decay=0.0),
            torch.optim.AdamW(others, betas=(0.9, 0.98), weight_decay=0.01),
        )
        self.step = 0

    def run(self) -> None:
        """Train from the state file, if there is one, to the end of the plan. A finished stage is only loaded."""
        if self.state_file.exists():
            self._resume()
        self.stage.trained.train()
        with tqdm(total=self.plan.num_steps, initial=self.step, desc=self.stage.name, unit="step") as progress:
            for batch in self._loader():
                progress.set_postfix({name: f"{value:.2f}" for name, value in self._train_step(batch).items()})
                progress.update()
                if self.step % SAVE_EVERY == 0 or self.step == self.plan.num_steps:
                    self._save()

    def _loader(self) -> DataLoader[Any]:
        size = self.plan.batch_size
        rest = range(self.step * size, self.plan.num_steps * size)
        return DataLoader(
            self.stage.dataset, size, sampler=rest, num_workers=count_workers(), collate_fn=self.stage.collate
        )

    def _train_step(self, batch: Any) -> dict[str, float]:
        for optimizer, rate in zip(self.optimizers, (self.plan.matrix_rate, self.plan.learning_rate), strict=True):
            optimizer.param_groups[0]["lr"] = rate * self.plan.compute_rate_factor(self.step)
            optimizer.zero_grad()
        loss, figures = self.stage.compute_loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        self.step += 1
        return {"loss": loss.item(), **figures}

    def _save(self) -> None:
        state = {
            "plan": asdict(self.plan),
            "step": self.step,
            "trained": self.stage.trained.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
        }
        part = self.state_file.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.state_file)

    def _resume(self) -> None:
        state = torch.load(self.state_file, weights_only=True, map_location=self.parameters[0].device)
        if state["plan"] != asdict(self.plan):
            raise SystemExit(f"{self.state_file} belongs to another plan, {state['plan']}; remove it to start over")
        self.stage.trained.load_state_dict(state["trained"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step = state["step"]


def count_workers() -> int:
    """Return the number of processes that draw examples, besides the one that trains."""
    return max(1, (os.cpu_count() or 1) - 2)


def _split_parameters(module: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Return the weight matrices of the layers, and all other parameters: embeddings, heads, norms, biases."""
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in module.named_parameters():
        is_matrix = parameter.ndim == 2 and not any(word in name for word in ("embed", "head", "query"))
        (matrices if is_matrix else others).append(parameter)
    return matrices, others
