"""What the engine works on: sequences, and groups of sequences that share a prompt. No tensors here."""

import random
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from model.engine.beams import BeamSearch
from model.engine.counts import TokenCounts
from model.engine.prefix import PrefixKeys, ViewSpan
from model.engine.region import Region
from model.sampling import SamplingParams, TokenMask
from model.token_healing import TokenHealing

FinishReason = Literal["stop", "length", "abort", "error", "repetition"]

HEAD_START_S = 10.0
"""A high-priority group goes before low-priority ones that have waited less than this, so none of them starves."""


BACKGROUND_DELAY_S = 240.0
"""A group in the background goes behind all that come so long after it: there may be many, and nobody waits for one."""


class Priority(IntEnum):
    HIGH = 0
    LOW = 1
    BACKGROUND = 2


@dataclass(frozen=True)
class TokenLogprob:
    """The natural logarithm of the probability the model itself gave a token, before penalties and temperature."""

    token_id: int
    logprob: float
    top: tuple[tuple[int, float], ...] = ()
    """The most likely tokens with their log-probabilities, most likely first."""


@dataclass(eq=False)
class Sequence:
    """One generation. `token_ids` begins with the prompt; the first `num_computed` have their keys and values."""

    token_ids: list[int]
    num_prompt_tokens: int
    max_new_tokens: int
    keys: PrefixKeys
    region: Region | None = None
    num_computed: int = 0
    finish_reason: FinishReason | None = None
    index: int = 0
    """The sequence's place among the samples of its group."""
    logprobs: list[TokenLogprob] = field(default_factory=list)
    _counts: TokenCounts = field(default_factory=TokenCounts)

    @property
    def generated(self) -> list[int]:
        return self.token_ids[self.num_prompt_tokens :]

    @property
    def num_generated(self) -> int:
        return len(self.token_ids) - self.num_prompt_tokens

    @property
    def num_remaining(self) -> int:
        """The number of tokens without keys and values; 1 when the next step decodes."""
        return len(self.token_ids) - self.num_computed

    @property
    def max_len(self) -> int:
        return self.num_prompt_tokens + self.max_new_tokens

    @property
    def counts(self) -> TokenCounts:
        """How often each token was generated."""
        self._counts.extend(self.token_ids[self.num_prompt_tokens + self._counts.num_counted :])
        return self._counts

    def fork(self) -> "Sequence":
        """Return a sequence with the same tokens so far, and without a region."""
        child = Sequence(list(self.token_ids), self.num_prompt_tokens, self.max_new_tokens, self.keys.copy())
        child._counts = self._counts.copy()
        return child

    def copy_from(self, other: "Sequence") -> None:
        """Take over what another sequence of the same prompt has generated."""
        self.token_ids = list(other.token_ids)
        self.keys = other.keys.copy()
        self._counts = other._counts.copy()


@dataclass(eq=False)
class Group:
    """The sequences of one prompt: one, several samples, or beams. They are admitted and preempted together.

    A group begins with one sequence; the others fork from it once the prompt is computed.
    """

    sequences: list[Sequence]
    params: SamplingParams
    spans: tuple[ViewSpan, ...] = ()
    rank: float = 0.0
    """Of an owner's groups, the one with the lowest rank goes first."""
    owner: str = ""
    """Owners share the engine fairly."""
    arrival_s: float = 0.0
    """When the request came. This and the next three are times of `time.monotonic()`, or None before they happen."""
    admitted_s: float | None = None
    first_token_s: float | None = None
    last_token_s: float | None = None
    rngs: list[random.Random] = field(init=False)
    """A generator for each sample, so that no sample depends on the others or on what else runs."""
    mask: TokenMask | None = None
    healing: TokenHealing | None = None
    """How the answers continue the prompt's text."""
    beams: BeamSearch | None = None
    num_cached: int = 0
    """The number of prompt tokens whose keys and values were found in the cache."""
    prompt_logprobs: list[TokenLogprob] = field(default_factory=list)
    """The log-probabilities of the prompt's tokens, from the second one on."""
    num_lost: int = 0
    """The number of positions that were computed when the group was last preempted."""
    num_owed: int = 0
    """The number of tokens that it computes, again and new, before it may be replaced by another owner's group."""
    error: BaseException | None = None
    is_background: bool = False
    """It gives way to others of its owner, as it does to those of other owners."""

    def __post_init__(self) -> None:
        seed = self.params.seed if self.params.seed is not None else random.getrandbits(64)
        self.rngs = [random.Random(seed), *(random.Random(f"{seed} {i}") for i in range(1, self.params.n))]

    @property
    def width(self) -> int:
        """The number of sequences that the group will have."""
        return max(self.params.n, self.params.num_beams)

    @property
    def active(self) -> list[Sequence]:
        """The sequences that are not finished."""
        return [sequence for sequence in self.sequences if sequence.finish_reason is None]

    @property
    def is_finished(self) -> bool:
        return not self.active

    @property
    def is_decoding(self) -> bool:
        return all(sequence.num_remaining == 1 for sequence in self.active)


def compute_rank(arrival_s: float, priority: Priority) -> float:
    """Return a group's rank: its time of arrival, earlier when its priority is high, later in the background."""
    if priority is Priority.BACKGROUND:
        return arrival_s + BACKGROUND_DELAY_S
    return arrival_s - (HEAD_START_S if priority is Priority.HIGH else 0.0)
