"""The engine: requests are added at any time, and each step computes one more token of all that run."""

import hashlib
import time
from collections.abc import Sequence as List
from dataclasses import replace

from model.engine.batch import Batch
from model.engine.beams import BeamSearch
from model.engine.blame import blame
from model.engine.prefix import BLOCK_SIZE, PrefixKeys, ViewSpan, count_blocks
from model.engine.repetition import is_cycling
from model.engine.runner import ModelRunner
from model.engine.sampler import Choice
from model.engine.scheduler import Scheduler
from model.engine.sequence import FinishReason, Group, Priority, Sequence, compute_rank
from model.engine.stats import EngineStats
from model.errors import CacheTooSmall, PromptTooLong
from model.images import View
from model.prompt import Prompt
from model.sampling import SamplingParams, TokenMask


class Engine:
    """The scheduler and the runner, and what happens to a request between them.

    It belongs to one thread; only `limit_new_tokens` and `stats` may be used in others. `salt` keeps the prefixes of
    different models apart.
    """

    def __init__(
        self,
        runner: ModelRunner,
        scheduler: Scheduler,
        end_ids: List[int],
        max_model_len: int,
        salt: bytes = b"",
        stops_cycles: bool = False,
    ) -> None:
        self.runner = runner
        self.scheduler = scheduler
        self.end_ids = tuple(end_ids)
        self.max_model_len = max_model_len
        self.salt = salt
        self.stops_cycles = stops_cycles
        self.stats = EngineStats()
        self._views: dict[Group, tuple[View, ...]] = {}

    @property
    def is_idle(self) -> bool:
        return self.scheduler.is_idle

    def limit_new_tokens(self, prompt: Prompt, params: SamplingParams) -> int:
        """Return how many tokens each answer may have: `params.max_new_tokens` or none, or what the context leaves.

        Raise `PromptTooLong`, or `CacheTooSmall` when the KV cache could not hold the request even alone.
        """
        num_tokens, limit = len(prompt.input_ids), self.max_model_len - 1  # one position is kept for the answer
        if num_tokens > limit:
            raise PromptTooLong(num_tokens, limit)
        max_new_tokens = min(0 if params.prompt_only else params.max_new_tokens, self.max_model_len - num_tokens)
        width = max(params.n, params.num_beams)
        num_needed = width * count_blocks(num_tokens + max_new_tokens) * BLOCK_SIZE
        if num_needed > self.scheduler.pool.capacity or width > self.scheduler.limits.max_num_seqs:
            raise CacheTooSmall(num_needed, self.scheduler.pool.capacity)
        return max_new_tokens

    def add(
        self,
        prompt: Prompt,
        params: SamplingParams,
        max_new_tokens: int,
        priority: Priority = Priority.LOW,
        mask: TokenMask | None = None,
        arrival_s: float | None = None,
        owner: str = "",
        salt: bytes = b"",
    ) -> Group:
        """Queue a request of `owner` and return its group. Nothing is kept of one that raises.

        `max_new_tokens` is what `limit_new_tokens` gave for it. `arrival_s` is a time of `time.monotonic()`, by
        default now. What requests with another `salt` have computed is not found in the caches.
        """
        views = tuple(replace(view, key=_salt_key(view.key, salt)) for view in prompt.views)
        spans = tuple(ViewSpan(*bounds, view.key) for bounds, view in zip(prompt.image_bounds, views, strict=True))
        keys = PrefixKeys(spans, self.salt + salt)
        ids = list(prompt.fixed_ids)
        sequence = Sequence(ids, len(ids), max_new_tokens + len(prompt.input_ids) - len(ids), keys)
        arrival = time.monotonic() if arrival_s is None else arrival_s
        group = Group([sequence], params, spans, compute_rank(arrival, priority), owner, arrival, mask=mask)
        group.healing, group.is_background = prompt.healing, priority is Priority.BACKGROUND
        if params.num_beams > 1 and not params.prompt_only:
            group.beams = BeamSearch(params.num_beams, {*self.end_ids, *params.stop_token_ids}, max_new_tokens)
        num_hits = sum(view.key in self.runner.images for view in views)
        self.runner.images.add(views)
        try:
            self.scheduler.add(group)
        except BaseException:
            self.runner.images.discard(views)
            raise
        self._views[group] = views
        self.stats.num_image_hits += num_hits
        return group

    def abort(self, group: Group, reason: FinishReason = "abort") -> None:
        """End the sequences that are not finished, and free what they hold. Aborting twice is allowed."""
        for sequence in group.active:
            self.scheduler.finish(group, sequence, reason)
        self._close(group)

    def stop(self, group: Group, sequence: Sequence) -> None:
        """End one sequence as if the model had ended it, because a stop string has come."""
        self.scheduler.finish(group, sequence, "stop")
        if group.is_finished:
            self._close(group)

    def step(self) -> list[Group]:
        """Compute one step, and return the groups that got new tokens.

        Raise `OutOfMemory`, `DeviceError`, or what else ended the step; `RecoveringEngine` handles that.
        """
        batch = self.scheduler.schedule()
        choices = self.runner.run(batch)
        return self._update(batch, choices)

    def _update(self, batch: Batch, choices: dict[Group, list[Choice]]) -> list[Group]:
        """Append the chosen tokens to their sequences, and end those that are complete.

        What went wrong for one group ends that group alone.
        """
        now_s = time.monotonic()
        self.scheduler.commit(batch)
        self.stats.step_s.add(now_s - batch.started_s)
        self.stats.record_tokens(choices, now_s)
        for group, chosen in choices.items():
            self.stats.num_generated_tokens += 0 if group.params.prompt_only else len(chosen)
            with blame(group):
                self._add_tokens(group, chosen)
        failed = [group for group in batch.groups if group.error is not None]
        for group in failed:
            self.abort(group, "error")
        return [*choices, *(group for group in failed if group not in choices)]

    def _add_tokens(self, group: Group, choices: List[Choice]) -> None:
        if group.params.prompt_only:
            self.scheduler.branch(group, [0] * group.params.n)
            for sequence in group.active:
                self.scheduler.finish(group, sequence, "length")
        elif group.beams is not None and group.beams.is_done:
            self._finish_beams(group, group.beams)
        else:
            self._append(group, choices)
        if group.is_finished:
            self._close(group)

    def _append(self, group: Group, choices: List[Choice]) -> None:
        if len(group.sequences) < group.width or group.beams is not None:
            self.scheduler.branch(group, [choice.parent for choice in choices])
            for index, sequence in enumerate(group.sequences):
                sequence.index = index
        for sequence, choice in zip(group.active, choices, strict=True):
            sequence.token_ids.append(choice.token_id)
            if choice.logprob is not None:
                sequence.logprobs.append(choice.logprob)
            reason = self._find_finish_reason(group, sequence)
            if reason is not None and group.beams is None:
                self.scheduler.finish(group, sequence, reason)

    def _find_finish_reason(self, group: Group, sequence: Sequence) -> FinishReason | None:
        if self._is_end(group, sequence.token_ids[-1]):
            return "stop"
        num_spare = 0 if group.healing is None else group.healing.count_spare(sequence.generated)
        if sequence.num_generated >= sequence.max_new_tokens - num_spare:
            return "length"
        stops_cycles = self.stops_cycles and not group.params.ignore_eos
        return "repetition" if stops_cycles and is_cycling(sequence.generated) else None

    def _is_end(self, group: Group, token_id: int) -> bool:
        is_end = token_id in self.end_ids and not group.params.ignore_eos
        return is_end or token_id in group.params.stop_token_ids

    def _finish_beams(self, group: Group, beams: BeamSearch) -> None:
        """End all beams, and leave the best hypothesis as the group's one sequence."""
        best = beams.finished[0].token_ids
        winner = group.active[0]
        for sequence in group.active:
            self.scheduler.finish(group, sequence, "stop" if self._is_end(group, best[-1]) else "length")
        winner.token_ids = [*winner.token_ids[: winner.num_prompt_tokens], *best]
        group.sequences = [winner]

    def _close(self, group: Group) -> None:
        """Let go of a finished group's views, and count its ends, once."""
        views = self._views.pop(group, None)
        if views is not None:
            self.runner.images.discard(views)
            self.stats.record_end(group)


def _salt_key(key: bytes, salt: bytes) -> bytes:
    return hashlib.blake2b(key, key=salt, digest_size=16).digest() if salt else key
