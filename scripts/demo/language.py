"""The later stages of the training: the language model learns to talk about what the vision tower sees."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from model.images import View
from model.messages import PromptOptions, parse_messages
from model.minicpmv import MiniCPMV
from model.prompt import Prompt, PromptBuilder
from scripts.demo.dialogues import Turn, draw_pictures, make_messages
from scripts.demo.operators import LABELLED_SHARE, make_system_prompt, number_pictures
from scripts.demo.training import Plan, Stage

DrawTurns = Callable[[random.Random], list[Turn]]

IGNORED = -100
MAX_TOKENS = {"cpu": 6000, "cuda": 48_000}
"""The most tokens in one forward pass, padding included. A batch is split into parts of dialogues of similar length, so
that little is padding; a GPU takes as long for few tokens as for many."""
SYSTEM_SHARE = 0.25
"""The share of dialogues with an operator's system prompt."""


@dataclass(frozen=True)
class Example:
    """A dialogue with all its answers: `labels[i]` is `prompt.input_ids[i]` in an answer, and IGNORED elsewhere."""

    prompt: Prompt
    labels: tuple[int, ...]


class Dialogues(Dataset[Example]):
    """Examples for the language model. Example i depends on the seed and on i only, so that training can be resumed."""

    def __init__(self, builder: PromptBuilder, seed: int, draw_turns: DrawTurns) -> None:
        self.builder = builder
        self.seed = seed
        self.draw_turns = draw_turns

    def __getitem__(self, index: int) -> Example:
        rng = random.Random(f"dialogue {self.seed} {index}")
        turns = self.draw_turns(rng)
        msgs = make_messages(turns, draw_pictures(turns, rng), rng)
        for msg in msgs[::2]:
            if len(msg["content"]) > 2 and rng.random() < LABELLED_SHARE:
                msg["content"] = number_pictures(msg["content"], rng)
        options = PromptOptions(system_prompt=make_system_prompt(rng) if rng.random() < SYSTEM_SHARE else "")
        prompt = self.builder.build(parse_messages(msgs), options)
        tokenizer = self.builder.tokenizer
        answer = (*tokenizer.encode(turns[-1].answer), tokenizer.control_id("<|im_end|>"))
        whole = Prompt((*prompt.input_ids, *answer), prompt.views, prompt.image_bounds)
        return Example(whole, self._make_labels(whole.input_ids, turns))

    def _make_labels(self, ids: Sequence[int], turns: Sequence[Turn]) -> tuple[int, ...]:
        """Label the answers, each from its opening to its `<|im_end|>`: text cannot contain control tokens."""
        tokenizer = self.builder.tokenizer
        opening = (tokenizer.control_id("<|im_start|>"), *tokenizer.encode("assistant\n"))
        labels = [IGNORED] * len(ids)
        starts = [start for start in range(len(ids)) if tuple(ids[start : start + len(opening)]) == opening]
        for start, turn in zip(starts, turns, strict=True):
            begin = start + len(opening)
            end = ids.index(tokenizer.control_id("<|im_end|>"), begin) + 1
            begin += len(tokenizer.encode(turn.given))
            labels[begin:end] = ids[begin:end]
        return tuple(labels)


@dataclass(frozen=True)
class Part:
    """Dialogues of similar length that go through the model at once, padded: ids and labels `[B, T]`.

    All views are in one tensor, `patches` `[sum of grids, 3, P, P]`, because that is passed between processes fast.
    Views of the same size are adjacent, so that attention processes them at once. `image_bounds`, in the order of the
    views, are positions in the flattened ids.
    """

    ids: Tensor
    labels: Tensor
    patches: Tensor
    grids: list[tuple[int, int]]
    image_bounds: list[tuple[int, int]]

    @classmethod
    def from_examples(cls, examples: Sequence[Example]) -> "Part":
        ids = pad_sequence([torch.tensor(e.prompt.input_ids) for e in examples], batch_first=True)
        labels = pad_sequence([torch.tensor(e.labels) for e in examples], batch_first=True, padding_value=IGNORED)
        placed = [
            (view, (row * ids.shape[1] + begin, row * ids.shape[1] + end))
            for row, example in enumerate(examples)
            for view, (begin, end) in zip(example.prompt.views, example.prompt.image_bounds, strict=True)
        ]
        placed.sort(key=lambda pair: (pair[0].rows, pair[0].columns))
        return cls(
            ids,
            labels,
            torch.cat([view.patches for view, _ in placed]) if placed else torch.empty(0),
            [(view.rows, view.columns) for view, _ in placed],
            [bounds for _, bounds in placed],
        )

    def split_views(self, device: torch.device) -> list[View]:
        parts = torch.split(self.patches.to(device), [rows * columns for rows, columns in self.grids])
        return [View(part, *grid) for part, grid in zip(parts, self.grids, strict=True)]


class LanguageStage(Stage):
    """A stage that trains the language model on dialogues; vision tower and resampler stay unchanged."""

    def __init__(self, model: MiniCPMV, builder: PromptBuilder, plan: Plan, name: str, draw_turns: DrawTurns) -> None:
        self.name = name
        self.model = model
        self.plan = plan
        self.dataset = Dialogues(builder, plan.seed, draw_turns)
        self.trained = model.llm
        self.max_tokens = MAX_TOKENS[model.device.type]

    def collate(self, examples: Sequence[Example]) -> list[Part]:
        """Split a batch into parts of at most `MAX_TOKENS` tokens, padding included."""
        parts: list[list[Example]] = [[]]
        for example in sorted(examples, key=lambda e: len(e.labels)):
            if (len(parts[-1]) + 1) * len(example.labels) > self.max_tokens:
                parts.append([])
            parts[-1].append(example)
        return [Part.from_examples(part) for part in parts if part]

    def compute_loss(self, batch: list[Part]) -> tuple[Tensor, dict[str, float]]:
        """Return the mean loss over all labelled tokens, and the share of answers that are right in every token."""
        results = [self._compute_part(part) for part in batch]
        loss = torch.stack([total for total, _, _ in results]).sum() / sum(count for _, count, _ in results)
        return loss, {"right": torch.cat([right for _, _, right in results]).float().mean().item()}

    def _compute_part(self, part: Part) -> tuple[Tensor, int, Tensor]:
        """Return the summed loss, the number of labelled tokens, and which answers are right, `[num_answers]` bool."""
        labels = part.labels.to(self.model.device)[:, 1:]
        logits = self._compute_logits(part)[:, :-1]
        is_labelled = labels != IGNORED
        loss = F.cross_entropy(logits[is_labelled], labels[is_labelled], reduction="sum")
        return loss, int(is_labelled.sum()), find_right_answers(logits.argmax(-1), labels)

    def _compute_logits(self, part: Part) -> Tensor:
        """Return the logits `[B, T, vocabulary]`. Padding needs no mask: it comes last, and attention is causal."""
        with torch.no_grad():
            features = self.model.encode_views(part.split_views(self.model.device))
        embeds = self.model.embed(part.ids.flatten().to(self.model.device), features, part.image_bounds)
        logits: Tensor = self.model(embeds.view(*part.ids.shape, -1)).logits
        return logits


def find_right_answers(guesses: Tensor, labels: Tensor) -> Tensor:
    """Tell of each answer whether all tokens are right: guessed ids and labels `[B, T]` -> `[num_answers]` bool."""
    is_labelled = labels != IGNORED
    is_first = is_labelled & ~F.pad(is_labelled, (1, 0))[:, :-1]
    answer = is_first.flatten().cumsum(0)[is_labelled.flatten()] - 1  # the number of the answer that a token is in
    num_wrong = torch.zeros(int(is_first.sum()), dtype=torch.long, device=labels.device)
    num_wrong.index_add_(0, answer, (guesses != labels)[is_labelled].long())
    return num_wrong == 0
