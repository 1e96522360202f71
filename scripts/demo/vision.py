"""The first stage of the training: the vision tower and the resampler learn to see cards.

Answers alone teach a model this small to ignore the picture, and the resampler's outputs alone are a plateau of tens of
thousands of cards. So each patch is asked what lies under it, and each of the first queries one thing about the card,
by heads that are thrown away at the end.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import Dataset

from model.images import ImageProcessor, View
from model.minicpmv import MiniCPMV
from scripts.demo.cards import COLOURS, KINDS, MAX_PRICE_DIGITS, PATTERNS, Card, random_card
from scripts.demo.drawing import Box, Drawing, draw, draw_page
from scripts.demo.others import draw_other
from scripts.demo.training import Plan, Stage

IGNORED = -100
SIGNS = "Y0123456789"
PAGE_SHARE = 0.6
"""Of the first pictures, pages full of signs; it falls to none at the end."""
PARTS_PER_SIDE = 3
"""A garment has a left, a middle and a right part, above, in the middle and below."""
OTHER_SHARE = 0.08
"""Of the rest, pictures that are no cards."""

QUERY_CLASSES = {
    "kind": len(KINDS) + 1,  # the last: no card
    "colour": len(COLOURS),
    "pattern": len(PATTERNS),
    "length": MAX_PRICE_DIGITS + 1,
    **{f"digit {i + 1}": 11 for i in range(MAX_PRICE_DIGITS)},  # the last: no such digit
}
"""What the first queries are asked, in order, and how many answers there are."""

PATCH_CLASSES = {
    "sign": 1 + len(SIGNS),
    "place": 1 + MAX_PRICE_DIGITS,
    "kind": len(KINDS) + 1,
    "colour": len(COLOURS) + 1,
    "pattern": len(PATTERNS) + 1,
    "part": PARTS_PER_SIDE**2 + 1,
}
"""What each patch is asked; 0 is none of them."""


@dataclass(frozen=True)
class Batch:
    """Patches of all views `[T, 3, P, P]`, views of one size side by side; answers `[V, Q]` and `[T, P]`."""

    views: Tensor
    grids: list[tuple[int, int]]
    queries: Tensor
    patches: Tensor


@dataclass(frozen=True)
class Seen:
    """A view, the right answers of the queries `[Q]`, and those of its patches `[rows * columns, P]`."""

    view: View
    queries: Tensor
    patches: Tensor


class Pictures(Dataset[Seen]):
    """Picture i of a seed is always the same, however the training was interrupted."""

    def __init__(self, processor: ImageProcessor, seed: int, num_pictures: int) -> None:
        self.processor = processor
        self.seed = seed
        self.num_pictures = num_pictures

    def __getitem__(self, index: int) -> Seen:
        """Fewer pages and more cards as the training goes on."""
        rng = random.Random(f"picture {self.seed} {index}")
        if rng.random() < PAGE_SHARE * (1 - index / self.num_pictures):
            return self._page(rng)
        return self._other(rng) if rng.random() < OTHER_SHARE else self._card(rng)

    def _page(self, rng: random.Random) -> Seen:
        page = draw_page(rng)
        view = self._view(page.image)
        return Seen(view, no_answers(), page_answers(page, view.rows, view.columns))

    def _other(self, rng: random.Random) -> Seen:
        view = self._view(draw_other(rng))
        return Seen(view, other_answers(), torch.zeros(view.rows * view.columns, len(PATCH_CLASSES), dtype=torch.long))

    def _card(self, rng: random.Random) -> Seen:
        card = random_card(rng)
        drawing = draw(card, rng)
        view = self._view(drawing.image)
        return Seen(view, query_answers(card), patch_answers(card, drawing, view.rows, view.columns))

    def _view(self, image: Image.Image) -> View:
        (view,) = self.processor(image).views
        return view


def query_answers(card: Card) -> Tensor:
    digits = [int(digit) for digit in str(card.price)]
    padded = digits + [10] * (MAX_PRICE_DIGITS - len(digits))
    look = [KINDS.index(card.kind), COLOURS.index(card.colour), PATTERNS.index(card.pattern)]
    return torch.tensor([*look, len(digits), *padded])


def no_answers() -> Tensor:
    return torch.full((len(QUERY_CLASSES),), IGNORED)


def other_answers() -> Tensor:
    answers = no_answers()
    answers[0] = len(KINDS)
    return answers


def patch_answers(card: Card, drawing: Drawing, rows: int, columns: int) -> Tensor:
    """What lies under the middle of each patch: a sign of the price, the garment, or neither."""
    answers = torch.zeros(rows, columns, len(PATCH_CLASSES), dtype=torch.long)
    on_garment = torch.from_numpy(np.asarray(drawing.mask.resize((columns, rows), Image.Resampling.BOX)) > 127)
    look = [KINDS.index(card.kind) + 1, COLOURS.index(card.colour) + 1, PATTERNS.index(card.pattern) + 1]
    answers[on_garment] = torch.tensor([0, 0, *look, 0])
    answers[:, :, -1][on_garment] = _parts(on_garment)
    for place, (sign, box) in enumerate(drawing.glyphs):
        answers[_is_inside(box, rows, columns)] = torch.tensor([SIGNS.index(sign) + 1, place, 0, 0, 0, 0])
    return answers.flatten(0, 1)


def _parts(on_garment: Tensor) -> Tensor:
    """`[rows, columns]` bool -> for each patch that is on the garment, in which part of its box it lies, from 1."""
    places = on_garment.nonzero()
    lowest, sides = places.amin(dim=0), places.amax(dim=0) - places.amin(dim=0) + 1
    row, column = ((places - lowest) * PARTS_PER_SIDE // sides).unbind(dim=1)
    part: Tensor = 1 + row * PARTS_PER_SIDE + column
    return part


def page_answers(drawing: Drawing, rows: int, columns: int) -> Tensor:
    answers = torch.full((rows, columns, len(PATCH_CLASSES)), IGNORED)
    answers[:, :, 0] = 0
    for sign, box in drawing.glyphs:
        answers[:, :, 0][_is_inside(box, rows, columns)] = SIGNS.index(sign) + 1
    return answers.flatten(0, 1)


def _is_inside(box: Box, rows: int, columns: int) -> Tensor:
    """`[rows, columns]` bool: whose middles lie in a box given in fractions of the sides."""
    left, top, right, bottom = box
    x, y = (torch.arange(columns) + 0.5) / columns, (torch.arange(rows) + 0.5) / rows
    return ((x >= left) & (x < right))[None, :] & ((y >= top) & (y < bottom))[:, None]


class Heads(nn.Module):
    """A linear layer a question."""

    def __init__(self, vision_width: int, width: int) -> None:
        super().__init__()
        self.queries = nn.ModuleList(nn.Linear(width, count) for count in QUERY_CLASSES.values())
        self.patches = nn.ModuleList(nn.Linear(vision_width, count) for count in PATCH_CLASSES.values())

    def forward(self, features: Tensor, patches: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Features `[V, num_queries, width]`, patches `[T, vision_width]` -> a question's logits `[V, n]`, `[T, n]`."""
        of_queries = [head(features[:, i]) for i, head in enumerate(self.queries)]
        return of_queries, [head(patches) for head in self.patches]


class VisionStage(Stage):
    name = "vision"

    def __init__(self, model: MiniCPMV, processor: ImageProcessor, plan: Plan) -> None:
        self.plan = plan
        self.dataset = Pictures(processor, plan.seed, plan.num_steps * plan.batch_size)
        self.vpm, self.resampler = model.vpm, model.resampler
        self.heads = Heads(model.config.vision_config.hidden_size, model.config.hidden_size).to(model.device)
        self.trained = nn.ModuleDict({"vpm": model.vpm, "resampler": model.resampler, "heads": self.heads})

    def collate(self, examples: Sequence[Seen]) -> Batch:
        ordered = sorted(examples, key=lambda seen: (seen.view.rows, seen.view.columns))
        return Batch(
            torch.cat([seen.view.patches for seen in ordered]),
            [(seen.view.rows, seen.view.columns) for seen in ordered],
            torch.stack([seen.queries for seen in ordered]),
            torch.cat([seen.patches for seen in ordered]),
        )

    def losses(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """The sum over all questions, and the share of right answers to each."""
        device = next(self.heads.parameters()).device
        hidden = self.vpm(batch.views.to(device), batch.grids)
        of_queries, of_patches = self.heads(self.resampler(hidden, batch.grids, "sdpa"), hidden)
        losses, figures = [], {}
        for name, logits, targets in zip(QUERY_CLASSES, of_queries, batch.queries.to(device).T, strict=True):
            losses.append(_loss(logits, targets, targets != IGNORED))
            figures[name] = _accuracy(logits, targets, targets != IGNORED)
        for name, logits, targets in zip(PATCH_CLASSES, of_patches, batch.patches.to(device).T, strict=True):
            # nine patches of ten are background, and would hide the others
            losses += [_loss(logits, targets, targets > 0), _loss(logits, targets, targets == 0)]
            figures[f"patch {name}"] = _accuracy(logits, targets, targets > 0)
        return torch.stack(losses).sum(), figures


def _loss(logits: Tensor, targets: Tensor, counts: Tensor) -> Tensor:
    """The mean over the rows that count; 0, not NaN, where none does."""
    losses = F.cross_entropy(logits, targets, ignore_index=IGNORED, reduction="none")
    return (losses * counts).sum() / counts.sum().clamp(min=1)


def _accuracy(logits: Tensor, targets: Tensor, counts: Tensor) -> float:
    return (logits.argmax(-1) == targets)[counts].float().mean().item()
