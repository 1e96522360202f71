"""Training of the demo checkpoint: dialogues as examples, the loss, and the loop that can be resumed.

Answers alone teach a model this small to ignore the picture, so a head on the resampler's outputs names the colour
beside them. It is thrown away at the end.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from model.minicpmv import MiniCPMV
from model.prompt import Prompt, PromptBuilder, PromptOptions, parse_messages
from scripts.demo_cards import COLOURS, Card
from scripts.demo_dialogues import draw_cards, messages, random_dialogue

IGNORED = -100
SAVE_EVERY = 200


@dataclass(frozen=True)
class Plan:
    """Everything that the result depends on."""

    seed: int = 0
    num_steps: int = 800
    batch_size: int = 24
    learning_rate: float = 1e-3
    warmup_steps: int = 100

    def learning_rate_at(self, step: int) -> float:
        """Linear warm-up, then a cosine down to a fiftieth."""
        if step < self.warmup_steps:
            return self.learning_rate * (step + 1) / self.warmup_steps
        progress = (step - self.warmup_steps) / max(self.num_steps - self.warmup_steps, 1)
        return self.learning_rate * (0.02 + 0.98 * (1 + math.cos(math.pi * progress)) / 2)


@dataclass(frozen=True)
class Example:
    """A dialogue with all its answers: `labels[i]` is `prompt.input_ids[i]` where it belongs to an answer."""

    prompt: Prompt
    labels: tuple[int, ...]
    cards: tuple[Card, ...]


class Dialogues(Dataset[Example]):
    """Example i of a seed is always the same, however the training was interrupted."""

    def __init__(self, builder: PromptBuilder, seed: int, num_examples: int) -> None:
        self.builder = builder
        self.seed = seed
        self.num_examples = num_examples

    def __len__(self) -> int:
        return self.num_examples

    def __getitem__(self, index: int) -> Example:
        rng = random.Random(f"{self.seed} {index}")
        turns = random_dialogue(rng)
        msgs = messages(turns, draw_cards(turns, rng), rng)
        prompt = self.builder.build(parse_messages(msgs), PromptOptions())
        tokenizer = self.builder.tokenizer
        answer = (*tokenizer.encode(turns[-1].answer), tokenizer.control_id("<|im_end|>"))
        whole = Prompt((*prompt.input_ids, *answer), prompt.views, prompt.image_bounds)
        cards = tuple(turn.card for turn in turns if turn.card is not None)
        return Example(whole, self._labels(whole.input_ids), cards)

    def _labels(self, ids: Sequence[int]) -> tuple[int, ...]:
        """Control tokens cannot come from text, so an answer is what lies between its opening and `<|im_end|>`."""
        tokenizer = self.builder.tokenizer
        opening = (tokenizer.control_id("<|im_start|>"), *tokenizer.encode("assistant\n"))
        labels = [IGNORED] * len(ids)
        for start in range(len(ids) - len(opening)):
            if tuple(ids[start : start + len(opening)]) == opening:
                begin = start + len(opening)
                end = ids.index(tokenizer.control_id("<|im_end|>"), begin) + 1
                labels[begin:end] = ids[begin:end]
        return tuple(labels)


class Trainer:
    def __init__(self, model: MiniCPMV, builder: PromptBuilder, plan: Plan, state_file: Path) -> None:
        self.model = model.train()
        self.builder = builder
        self.plan = plan
        self.state_file = state_file
        self.head = nn.Linear(model.config.query_num * model.config.hidden_size, len(COLOURS))
        self.parameters = [*model.parameters(), *self.head.parameters()]
        self.optimizer = torch.optim.AdamW(self.parameters, betas=(0.9, 0.98), weight_decay=0.01)
        self.step = 0

    def run(self) -> None:
        if self.state_file.exists():
            self._resume()
        progress = tqdm(self._batches(), total=self.plan.num_steps, initial=self.step, unit="step")
        for batch in progress:
            figures = self._train_step(batch)
            self.step += 1
            progress.set_postfix({name: f"{value:.3f}" for name, value in figures.items()})
            if self.step % SAVE_EVERY == 0 or self.step == self.plan.num_steps:
                self._save()

    def _batches(self) -> Iterator[list[Example]]:
        num_examples = self.plan.num_steps * self.plan.batch_size
        dialogues = Dialogues(self.builder, self.plan.seed, num_examples)
        rest = range(self.step * self.plan.batch_size, num_examples)
        loader = DataLoader(dialogues, self.plan.batch_size, sampler=rest, num_workers=1, collate_fn=list)
        yield from loader

    def _train_step(self, batch: list[Example]) -> dict[str, float]:
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.learning_rate_at(self.step)
        answer_loss, colour_loss, accuracy = self._losses(batch)
        self.optimizer.zero_grad()
        (answer_loss + colour_loss).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        return {"answer": answer_loss.item(), "colour": colour_loss.item(), "accuracy": accuracy}

    def _losses(self, batch: list[Example]) -> tuple[Tensor, Tensor, float]:
        features = self.model.image_features([view for example in batch for view in example.prompt.views])
        targets = torch.tensor([COLOURS.index(card.colour) for example in batch for card in example.cards])
        guesses = self.head(features.flatten(1))
        labels = pad_sequence([torch.tensor(e.labels) for e in batch], batch_first=True, padding_value=IGNORED)
        logits = self._logits(batch, features)
        answer_loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORED)
        accuracy = (guesses.argmax(-1) == targets).float().mean().item()
        return answer_loss, F.cross_entropy(guesses, targets), accuracy

    def _logits(self, batch: list[Example], features: Tensor) -> Tensor:
        """`[B, T, vocabulary]`; shorter dialogues are padded at their end, where no label looks."""
        prompts = [example.prompt for example in batch]
        parts = torch.split(features, [len(prompt.views) for prompt in prompts])
        rows = [
            self.model.embed(torch.tensor(prompt.input_ids), part, prompt.image_bounds)
            for prompt, part in zip(prompts, parts, strict=True)
        ]
        logits: Tensor = self.model(pad_sequence(rows, batch_first=True)).logits
        return logits

    def _save(self) -> None:
        state = {
            "plan": self.plan.__dict__,
            "step": self.step,
            "model": self.model.state_dict(),
            "head": self.head.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        part = self.state_file.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.state_file)

    def _resume(self) -> None:
        state = torch.load(self.state_file, weights_only=True)
        if state["plan"] != self.plan.__dict__:
            raise SystemExit(f"{self.state_file} belongs to another plan, {state['plan']}; remove it to start anew")
        self.model.load_state_dict(state["model"])
        self.head.load_state_dict(state["head"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
