"""The first stage of the training: the vision tower and the resampler learn to see cards.

Trained on answers alone, a model this small learns to ignore the picture; trained on the resampler's outputs alone, it
makes no progress for tens of thousands of cards. So linear heads predict from each patch what it shows, and from each
of the resampler's outputs one property of the card. The heads are discarded at the end.
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
from scripts.demo.cards import COLOURS, KINDS, MAX_PRICE_DIGITS, PATTERNS, Card, make_random_card
from scripts.demo.drawing import Box, Drawing, draw_card, draw_page
from scripts.demo.others import draw_other
from scripts.demo.training import Plan, Stage

IGNORED = -100
SIGNS = "Y0123456789"
PAGE_SHARE = 0.6
"""The share of pages full of characters among the first pictures; it falls linearly to none at the end."""
PARTS_PER_SIDE = 3
"""A garment's box is divided into 3 x 3 parts."""
OTHER_SHARE = 0.08
"""The share of pictures that are no cards among the other pictures."""

QUERY_CLASSES = {
    "kind": len(KINDS) + 1,  # the last: no card
    "colour": len(COLOURS),
    "pattern": len(PATTERNS),
    "length": MAX_PRICE_DIGITS + 1,
    **{f"digit {i + 1}": 11 for i in range(MAX_PRICE_DIGITS)},  # the last: no such digit
}
"""What is predicted from each of the resampler's outputs, in their order, with the number of classes."""

PATCH_CLASSES = {
    "sign": 1 + len(SIGNS),
    "place": 1 + MAX_PRICE_DIGITS,
    "kind": len(KINDS) + 1,
    "colour": len(COLOURS) + 1,
    "pattern": len(PATTERNS) + 1,
    "part": PARTS_PER_SIDE**2 + 1,
}
"""What is predicted from each patch, with the number of classes; class 0 is none of them."""


@dataclass(frozen=True)
class Batch:
    """Patches of all views `[T, 3, P, P]`, views of one size adjacent; right answers `[V, Q]` and `[T, P]`."""

    views: Tensor
    grids: list[tuple[int, int]]
    queries: Tensor
    patches: Tensor


@dataclass(frozen=True)
class LabelledView:
    """A view, the right answers of the queries `[Q]`, and those of its patches `[rows * columns, P]`."""

    view: View
    queries: Tensor
    patches: Tensor


class Pictures(Dataset[LabelledView]):
    """Pictures with right answers. Picture i depends on the seed and on i only, so that training can be resumed."""

    def __init__(self, processor: ImageProcessor, seed: int, num_pictures: int) -> None:
        self.processor = processor
        self.seed = seed
        self.num_pictures = num_pictures

    def __getitem__(self, index: int) -> LabelledView:
        """Return picture `index`. The higher it is, the fewer are pages, and the more are cards."""
        rng = random.Random(f"picture {self.seed} {index}")
        if rng.random() < PAGE_SHARE * (1 - index / self.num_pictures):
            return self._make_page(rng)
        return self._make_other(rng) if rng.random() < OTHER_SHARE else self._make_card(rng)

    def _make_page(self, rng: random.Random) -> LabelledView:
        page = draw_page(rng)
        view = self._make_view(page.image)
        return LabelledView(view, ignore_queries(), answer_page_patches(page, view.rows, view.columns))

    def _make_other(self, rng: random.Random) -> LabelledView:
        view = self._make_view(draw_other(rng))
        return LabelledView(
            view, answer_other_queries(), torch.zeros(view.rows * view.columns, len(PATCH_CLASSES), dtype=torch.long)
        )

    def _make_card(self, rng: random.Random) -> LabelledView:
        card = make_random_card(rng)
        drawing = draw_card(card, rng)
        view = self._make_view(drawing.image)
        return LabelledView(view, answer_queries(card), answer_patches(card, drawing, view.rows, view.columns))

    def _make_view(self, image: Image.Image) -> View:
        (view,) = self.processor(image).views
        return view


def answer_queries(card: Card) -> Tensor:
    """Return the classes of QUERY_CLASSES for a card, `[Q]`."""
    digits = [int(digit) for digit in str(card.price)]
    padded = digits + [10] * (MAX_PRICE_DIGITS - len(digits))
    look = [KINDS.index(card.kind), COLOURS.index(card.colour), PATTERNS.index(card.pattern)]
    return torch.tensor([*look, len(digits), *padded])


def ignore_queries() -> Tensor:
    return torch.full((len(QUERY_CLASSES),), IGNORED)


def answer_other_queries() -> Tensor:
    """Return the classes of QUERY_CLASSES for a picture that is no card, `[Q]`: only the kind has one."""
    answers = ignore_queries()
    answers[0] = len(KINDS)
    return answers


def answer_patches(card: Card, drawing: Drawing, rows: int, columns: int) -> Tensor:
    """Return the classes of PATCH_CLASSES for what is at the middle of each patch, `[rows * columns, P]`."""
    answers = torch.zeros(rows, columns, len(PATCH_CLASSES), dtype=torch.long)
    on_garment = torch.from_numpy(np.asarray(drawing.mask.resize((columns, rows), Image.Resampling.BOX)) > 127)
    look = [KINDS.index(card.kind) + 1, COLOURS.index(card.colour) + 1, PATTERNS.index(card.pattern) + 1]
    answers[on_garment] = torch.tensor([0, 0, *look, 0])
    answers[:, :, -1][on_garment] = _number_parts(on_garment)
    for place, (sign, box) in enumerate(drawing.glyphs):
        answers[_find_inside(box, rows, columns)] = torch.tensor([SIGNS.index(sign) + 1, place, 0, 0, 0, 0])
    return answers.flatten(0, 1)


def _number_parts(on_garment: Tensor) -> Tensor:
    """Number the part of the garment's box that each patch on it is in, from 1: `[rows, columns]` bool -> `[n]`."""
    places = on_garment.nonzero()
    lowest, sides = places.amin(dim=0), places.amax(dim=0) - places.amin(dim=0) + 1
    row, column = ((places - lowest) * PARTS_PER_SIDE // sides).unbind(dim=1)
    part: Tensor = 1 + row * PARTS_PER_SIDE + column
    return part


def answer_page_patches(drawing: Drawing, rows: int, columns: int) -> Tensor:
    """Return the character at the middle of each patch of a page, `[rows * columns, P]`; the rest is ignored."""
    answers = torch.full((rows, columns, len(PATCH_CLASSES)), IGNORED)
    answers[:, :, 0] = 0
    for sign, box in drawing.glyphs:
        answers[:, :, 0][_find_inside(box, rows, columns)] = SIGNS.index(sign) + 1
    return answers.flatten(0, 1)


def _find_inside(box: Box, rows: int, columns: int) -> Tensor:
    """Find the patches whose middles are in a box in fractions of the sides: `[rows, columns]` bool."""
    left, top, right, bottom = box
    x, y = (torch.arange(columns) + 0.5) / columns, (torch.arange(rows) + 0.5) / rows
    return ((x >= left) & (x < right))[None, :] & ((y >= top) & (y < bottom))[:, None]


class Heads(nn.Module):
    """A linear layer for each prediction."""

    def __init__(self, vision_width: int, width: int) -> None:
        super().__init__()
        self.queries = nn.ModuleList(nn.Linear(width, count) for count in QUERY_CLASSES.values())
        self.patches = nn.ModuleList(nn.Linear(vision_width, count) for count in PATCH_CLASSES.values())

    def forward(self, features: Tensor, patches: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Return the logits of each head: features `[V, Q, width]`, patches `[T, width]` -> `[V, n]`, `[T, n]`."""
        of_queries = [head(features[:, i]) for i, head in enumerate(self.queries)]
        return of_queries, [head(patches) for head in self.patches]


class VisionStage(Stage):
    """A stage that trains the vision tower and the resampler on pictures."""

    name = "vision"

    def __init__(self, model: MiniCPMV, processor: ImageProcessor, plan: Plan) -> None:
        self.plan = plan
        self.dataset = Pictures(processor, plan.seed, plan.num_steps * plan.batch_size)
        self.vpm, self.resampler = model.vpm, model.resampler
        self.heads = Heads(model.config.vision_config.hidden_size, model.config.hidden_size).to(model.device)
        self.trained = nn.ModuleDict({"vpm": model.vpm, "resampler": model.resampler, "heads": self.heads})

    def collate(self, examples: Sequence[LabelledView]) -> Batch:
        ordered = sorted(examples, key=lambda example: (example.view.rows, example.view.columns))
        return Batch(
            torch.cat([example.view.patches for example in ordered]),
            [(example.view.rows, example.view.columns) for example in ordered],
            torch.stack([example.queries for example in ordered]),
            torch.cat([example.patches for example in ordered]),
        )

    def compute_loss(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the sum of the heads' losses, and the accuracy of each head."""
        device = next(self.heads.parameters()).device
        hidden = self.vpm(batch.views.to(device), batch.grids)
        of_queries, of_patches = self.heads(self.resampler(hidden, batch.grids, "sdpa"), hidden)
        losses, figures = [], {}
        for name, logits, targets in zip(QUERY_CLASSES, of_queries, batch.queries.to(device).T, strict=True):
            losses.append(_average_loss(logits, targets, targets != IGNORED))
            figures[name] = _compute_accuracy(logits, targets, targets != IGNORED)
        for name, logits, targets in zip(PATCH_CLASSES, of_patches, batch.patches.to(device).T, strict=True):
            # nine patches of ten are background, and would hide the others
            losses += [_average_loss(logits, targets, targets > 0), _average_loss(logits, targets, targets == 0)]
            figures[f"patch {name}"] = _compute_accuracy(logits, targets, targets > 0)
        return torch.stack(losses).sum(), figures


def _average_loss(logits: Tensor, targets: Tensor, counts: Tensor) -> Tensor:
    """Return the mean loss over the rows that count, and 0, not NaN, where none does."""
    losses = F.cross_entropy(logits, targets, ignore_index=IGNORED, reduction="none")
    return (losses * counts).sum() / counts.sum().clamp(min=1)


def _compute_accuracy(logits: Tensor, targets: Tensor, counts: Tensor) -> float:
    return (logits.argmax(-1) == targets)[counts].float().mean().item()
