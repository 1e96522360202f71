"""Sampling the next tokens of a step from its logits.

The order is the reference's: bias, penalties, suppressed end tokens, mask, temperature, top_k, top_p, min_p. The token
of a row never depends on the rows beside it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.engine.batch import Row
from model.engine.beams import Candidate
from model.engine.blame import blame
from model.engine.sequence import Group, TokenLogprob
from model.engine.top_p import MIN_DIVISOR, TokenDrawer

DEVICE_FAULTS = (torch.OutOfMemoryError, torch.AcceleratorError)


@dataclass(frozen=True)
class Choice:
    """The next token of a group's active sequence number `parent`."""

    parent: int
    token_id: int
    logprob: TokenLogprob | None = None


class Sampler:
    """The sampler of a model whose answers end with one of `end_ids`."""

    def __init__(self, end_ids: Sequence[int]) -> None:
        self._end_ids = end_ids

    def sample(self, logits: Tensor, rows: Sequence[Row]) -> dict[Group, list[Choice]]:
        """Return the next tokens of each group. `logits` `[R, vocab_size]` are those of the sampled `rows`.

        A group in which something fails, such as its mask, has its `error` set instead.
        """
        logits = logits.float()
        logprobs = Logprobs(logits, [row.group.params.logprobs for row in rows])
        beam_rows = [i for i, row in enumerate(rows) if row.group.beams is not None]
        if beam_rows:  # as in transformers, penalties act on the log-probabilities that beams add up
            logits = logits.index_copy(0, _to_indices(beam_rows, logits), logits[beam_rows].log_softmax(-1))
        logits = self._process(logits, rows)
        choose = _make_chooser(logits, rows)
        choices: dict[Group, list[Choice]] = {}
        for group, members in groupby(range(len(rows)), key=lambda i: rows[i].group):
            numbers = list(members)
            with blame(group, *DEVICE_FAULTS):
                if group.beams is not None:
                    choices[group] = _advance_beams(group, logits[numbers])
                    continue
                drawn = [(i, choose(i, uniform)) for i, uniform in _draw_uniforms(rows, numbers)]
                choices[group] = [Choice(numbers.index(i), token, logprobs.find(i, token)) for i, token in drawn]
        return {group: chosen for group, chosen in choices.items() if group.error is None}

    def _process(self, logits: Tensor, rows: Sequence[Row]) -> Tensor:
        """Change single logits: bias, penalties, end tokens and masks, the first three for all rows at once."""
        params = [row.group.params for row in rows]
        bias = [(i, token, value) for i, p in enumerate(params) for token, value in p.logit_bias.items()]
        if bias:
            logits = _add(logits, bias)
        logits = _penalize(logits, rows)
        suppressed = [
            (i, token, -torch.inf)
            for i, row in enumerate(rows)
            if row.sequence.num_generated < params[i].min_new_tokens
            for token in {*self._end_ids, *params[i].stop_token_ids}
        ]
        if suppressed:
            logits = _add(logits, suppressed)
        for i, row in enumerate(rows):
            for mask in (row.group.healing, row.group.mask):
                if mask is not None:
                    with blame(row.group, *DEVICE_FAULTS):
                        logits[i] = _apply_mask(logits[i], mask(row.sequence.generated))
        return logits


def _apply_mask(logits: Tensor, allowed: np.ndarray[Any, np.dtype[np.bool_]] | None) -> Tensor:
    """Exclude all but the allowed ids. The head may be wider than the tokenizer, whose ids the mask is for."""
    if allowed is None:
        return logits
    padded = torch.nn.functional.pad(torch.from_numpy(allowed), (0, len(logits) - len(allowed)))
    return logits.masked_fill(~padded.to(logits.device), -torch.inf)


def _to_indices(numbers: Sequence[int], like: Tensor) -> Tensor:
    return torch.tensor(numbers, dtype=torch.long, device=like.device)


def _add(logits: Tensor, changes: Sequence[tuple[int, int, float]]) -> Tensor:
    """Add values to single logits. `changes` holds (row, token, value)."""
    rows, tokens, values = zip(*changes, strict=True)
    places = _to_indices(rows, logits), _to_indices(tokens, logits)
    return logits.index_put(places, logits.new_tensor(values), accumulate=True)


def _penalize(logits: Tensor, rows: Sequence[Row]) -> Tensor:
    """Apply the penalties of all rows, over generated tokens only: in the reference the prompt has no ids.

    The repetition penalty is that of Keskar et al., "CTRL" (2019), section 4.1; presence and frequency penalties are as
    OpenAI documents them.
    """
    penalized = [(i, row.group.params, row.sequence.counts) for i, row in enumerate(rows) if _has_penalty(row)]
    if not any(counts.ids for _, _, counts in penalized):
        return logits
    sizes = [len(counts.ids) for _, _, counts in penalized]

    def spread(values: Sequence[float]) -> Tensor:
        """Repeat the value of each row for each distinct token that the row has generated."""
        return torch.from_numpy(np.repeat(np.array(values), sizes)).to(logits.device)

    tokens, numbers = (
        torch.from_numpy(np.concatenate(parts)).to(logits.device)
        for parts in ([c.ids for _, _, c in penalized], [c.counts for _, _, c in penalized])
    )
    places = spread([i for i, _, _ in penalized]), tokens
    factors = spread([max(p.repetition_penalty, MIN_DIVISOR) for _, p, _ in penalized]).to(logits.dtype)
    losses = spread([p.presence_penalty for _, p, _ in penalized])
    losses = losses + spread([p.frequency_penalty for _, p, _ in penalized]) * numbers
    values = logits[places]
    changed = torch.where(values < 0, values * factors, values / factors) - losses.to(logits.dtype)
    return logits.index_put(places, changed)


def _has_penalty(row: Row) -> bool:
    params = row.group.params
    return (params.repetition_penalty, params.presence_penalty, params.frequency_penalty) != (1.0, 0.0, 0.0)


def _draw_uniforms(rows: Sequence[Row], numbers: Sequence[int]) -> Iterable[tuple[int, float]]:
    """Return (row, uniform number) for each token of a group. A prompt's last row gives the first of all samples."""
    group, first = rows[numbers[0]].group, rows[numbers[0]].sequence
    if len(group.sequences) == 1 and first.num_generated == 0:
        return [(numbers[0], rng.random()) for rng in group.rngs]
    return [(i, group.rngs[rows[i].sequence.index].random()) for i in numbers]


def _make_chooser(logits: Tensor, rows: Sequence[Row]) -> Callable[[int, float], int]:
    """Return a function from (row, uniform number) to the row's token: the most likely one, or a draw."""
    single = [i for i, row in enumerate(rows) if row.group.beams is None]
    greedy = [i for i in single if rows[i].group.params.temperature == 0]
    random = [i for i in single if rows[i].group.params.temperature > 0]
    best = dict(zip(greedy, _select_rows(logits, greedy).argmax(-1).tolist(), strict=True))
    drawer = TokenDrawer(_select_rows(logits, random), [rows[i].group.params for i in random]) if random else None
    places = {i: place for place, i in enumerate(random)}

    def choose(row: int, uniform: float) -> int:
        return best[row] if drawer is None or row in best else drawer.draw(places[row], uniform)

    return choose


def _select_rows(logits: Tensor, numbers: Sequence[int]) -> Tensor:
    """Return these rows of the logits, without a copy when they are all."""
    return logits if len(numbers) == len(logits) else logits[numbers]


def _advance_beams(group: Group, logprobs: Tensor) -> list[Choice]:
    """Return the beams that run on. `logprobs` is `[num_beams, vocab_size]`."""
    assert group.beams is not None
    scores = logprobs + logprobs.new_tensor(group.beams.scores)[:, None]
    values, places = scores.flatten().topk(min(group.beams.num_candidates, scores.numel()))
    candidates = [
        Candidate(value, *divmod(place, scores.shape[1]))
        for value, place in zip(values.tolist(), places.tolist(), strict=True)
    ]
    return [Choice(candidate.parent, candidate.token_id) for candidate in group.beams.advance(candidates)]


class Logprobs:
    """The model's own log-probabilities of the rows that ask for them.

    `counts` holds the number of alternatives for each row, or None for a row that asks for nothing.
    """

    def __init__(self, logits: Tensor, counts: Sequence[int | None]) -> None:
        self._places = {i: place for place, i in enumerate(i for i, count in enumerate(counts) if count is not None)}
        self._counts = counts
        if self._places:
            self._values = logits[list(self._places)].log_softmax(-1)
            top = self._values.topk(max(count for count in counts if count is not None))
            self._top_values, self._top_ids = top.values.tolist(), top.indices.tolist()

    def find(self, row: int, token_id: int) -> TokenLogprob | None:
        """Return a token's log-probability with the row's alternatives, or None when the row asks for none."""
        if row not in self._places:
            return None
        place, count = self._places[row], self._counts[row]
        top = tuple(zip(self._top_ids[place][:count], self._top_values[place][:count], strict=True))
        return TokenLogprob(token_id, self._values[place, token_id].item(), top)


def find_logprobs(logits: Tensor, token_ids: Sequence[int], count: int) -> list[TokenLogprob]:
    """Return the log-probability of each row's token, with `count` alternatives. `logits` is `[R, vocab_size]`."""
    values = logits.log_softmax(-1)
    own = values.gather(1, _to_indices(token_ids, values)[:, None])[:, 0].tolist()
    top = values.topk(count)
    alternatives = zip(top.indices.tolist(), top.values.tolist(), strict=True)
    return [
        TokenLogprob(token_id, logprob, tuple(zip(ids, logprobs, strict=True)))
        for token_id, logprob, (ids, logprobs) in zip(token_ids, own, alternatives, strict=True)
    ]
