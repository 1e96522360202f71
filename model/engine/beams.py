"""Beam search with the results of transformers' `generate`, without early stopping and with a length penalty of 1."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """Beam number `parent` continued by a token. `score` is the sum of the log-probabilities of all its tokens."""

    score: float
    parent: int
    token_id: int


@dataclass(frozen=True)
class Hypothesis:
    """A finished beam. `score` is the mean log-probability of its generated tokens."""

    score: float
    token_ids: tuple[int, ...]


class BeamSearch:
    """The best running beams of one prompt, and its best finished ones."""

    def __init__(self, num_beams: int, end_ids: Collection[int], max_new_tokens: int) -> None:
        self.num_beams = num_beams
        self.scores = [0.0]
        """The scores of the running beams, best first."""
        self.finished: list[Hypothesis] = []
        self.is_done = False
        self._beams: list[tuple[int, ...]] = [()]
        self._end_ids = end_ids
        self._max_new_tokens = max_new_tokens

    @property
    def num_candidates(self) -> int:
        """The number of candidates to choose from: so many that `num_beams` of them are no end tokens."""
        return max(2, 1 + len(self._end_ids)) * self.num_beams

    def advance(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Take the best `num_candidates` continuations, best first, and return the beams that run on, best first."""
        length = len(self._beams[0]) + 1
        is_last = length >= self._max_new_tokens
        for candidate in candidates[: self.num_beams]:
            if is_last or candidate.token_id in self._end_ids:
                tokens = (*self._beams[candidate.parent], candidate.token_id)
                self.finished.append(Hypothesis(candidate.score / length, tokens))
        self.finished = sorted(self.finished, key=lambda h: -h.score)[: self.num_beams]
        running = [c for c in candidates if c.token_id not in self._end_ids][: self.num_beams]
        self._beams = [(*self._beams[c.parent], c.token_id) for c in running]
        self.scores = [c.score for c in running]
        self.is_done = is_last or (
            len(self.finished) == self.num_beams and self.scores[0] / length <= self.finished[-1].score
        )
        return running
