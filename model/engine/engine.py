"""The engine: requests go in, and each step brings all that run one token further."""

import time
from collections.abc import Sequence as List
from dataclasses import replace

from model.engine.batch import Batch
from model.engine.beams import BeamSearch
from model.engine.prefix import BLOCK_SIZE, PrefixKeys, ViewSpan
from model.engine.repetition import is_cycling
from model.engine.runner import ModelRunner
from model.engine.sampler import Choice
from model.engine.scheduler import Scheduler
from model.engine.sequence import FinishReason, Group, Priority, Sequence, rank
from model.engine.stats import EngineStats
from model.errors import CacheTooSmall, DeviceFailed, OutOfMemory, PromptTooLong
from model.images import View
from model.prompt import Prompt
from model.sampling import SamplingParams, TokenMask


class Engine:
    """Belongs to one thread, but for `check` and `stats`. `salt` keeps the prefixes of different models apart."""

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

    def check(self, prompt: Prompt, params: SamplingParams) -> int:
        """How many new tokens there is room for, at most `max_new_tokens`. May be called from any thread.

        Raises `PromptTooLong`, and `CacheTooSmall` where the pool could not hold the request even alone.
        """
        num_tokens, limit = len(prompt.input_ids), self.max_model_len - 1  # one position is kept for the answer
        if num_tokens > limit:
            raise PromptTooLong(num_tokens, limit)
        max_new_tokens = min(params.max_new_tokens, self.max_model_len - num_tokens)
        width = max(params.n, params.num_beams)
        needed = width * -(-(num_tokens + max_new_tokens) // BLOCK_SIZE) * BLOCK_SIZE
        if needed > self.scheduler.pool.capacity or width > self.scheduler.limits.max_num_seqs:
            raise CacheTooSmall(needed, self.scheduler.pool.capacity)
        return max_new_tokens

    def add(
        self,
        prompt: Prompt,
        params: SamplingParams,
        priority: Priority = Priority.LOW,
        mask: TokenMask | None = None,
        arrival_s: float | None = None,
    ) -> Group:
        """Queue a request; raises what `check` raises. `arrival_s` is a time of `time.monotonic()`, by default now."""
        max_new_tokens = self.check(prompt, params)
        spans = tuple(
            ViewSpan(start, end, view.key) for (start, end), view in zip(prompt.image_bounds, prompt.views, strict=True)
        )
        keys = PrefixKeys(spans, self.salt)
        sequence = Sequence(list(prompt.input_ids), len(prompt.input_ids), max_new_tokens, keys)
        arrival = time.monotonic() if arrival_s is None else arrival_s
        group = Group([sequence], params, spans, rank(arrival, priority), arrival, mask=mask)
        if params.num_beams > 1:
            group.beams = BeamSearch(params.num_beams, {*self.end_ids, *params.stop_token_ids}, max_new_tokens)
        self.stats.num_image_hits += sum(view.key in self.runner.images for view in prompt.views)
        self._views[group] = prompt.views
        self.runner.images.add(prompt.views)
        self.scheduler.add(group)
        return group

    def abort(self, group: Group, reason: FinishReason = "abort") -> None:
        """End what is not finished yet, and free what it holds. Again is not an error."""
        for sequence in group.active:
            self.scheduler.finish(group, sequence, reason)
        self._forget(group)

    def stop(self, group: Group, sequence: Sequence) -> None:
        """End one sequence as if the model had: its reader found a stop string."""
        self.scheduler.finish(group, sequence, "stop")
        if group.is_finished:
            self._forget(group)

    def step(self) -> list[Group]:
        """One forward; returns the groups that have new tokens or have ended.

        A step that fails ends the groups in it, with `finish_reason` error and the cause in `error`, and no others.
        Raises `DeviceFailed`, after which no step goes well.
        """
        started_s = time.monotonic()
        batch = self.scheduler.schedule()
        try:
            choices, shed = self._run(batch)
        except Exception as error:
            self.scheduler.put_back(batch)
            self._fail(batch.groups, error)
            if isinstance(error, DeviceFailed):
                raise
            return batch.groups
        now_s = time.monotonic()
        self.stats.note_tokens(choices, now_s)
        for group, chosen in choices.items():
            self._continue(group, chosen)
            self.stats.num_generated_tokens += len(chosen)
        self.stats.step_s.add(now_s - started_s)
        return [*choices, *shed]

    def _run(self, batch: Batch) -> tuple[dict[Group, list[Choice]], list[Group]]:
        """What the batch brought, and the groups that were given up for it.

        Where memory runs out, the steps become smaller from now on, and this one is tried again. Where that is not
        enough, the youngest half of its groups ends, until it goes well or a single group is too much.
        """
        shed: list[Group] = []
        has_tried = False
        while True:
            try:
                choices = self.runner.run(batch)
            except OutOfMemory as error:
                shed += self._shed(batch, error) if has_tried else ()
                has_tried = True
                self._shrink_steps()
                batch.replace(self.scheduler.schedule())
            else:
                self.scheduler.commit(batch)
                return choices, shed

    def _shrink_steps(self) -> None:
        limits = self.scheduler.limits
        smaller = max(limits.max_num_batched_tokens // 2, limits.max_num_seqs)
        self.scheduler.limits = replace(limits, max_num_batched_tokens=smaller)
        self.runner.images.clear()

    def _shed(self, batch: Batch, error: OutOfMemory) -> list[Group]:
        """Raises the error where there is nothing to choose from."""
        groups = sorted(batch.groups, key=lambda group: group.rank)
        if len(groups) < 2:
            raise error
        shed = groups[len(groups) // 2 :]
        self._fail(shed, error)
        self.stats.num_shed += len(shed)
        return shed

    def _fail(self, groups: List[Group], error: Exception) -> None:
        for group in groups:
            group.error = error
            self.abort(group, "error")
        self.runner.images.clear()

    def _continue(self, group: Group, choices: List[Choice]) -> None:
        if group.beams is not None and group.beams.is_done:
            self._finish_beams(group, group.beams)
            return
        if len(group.sequences) < group.width or group.beams is not None:
            self.scheduler.branch(group, [choice.parent for choice in choices])
            for index, sequence in enumerate(group.sequences):
                sequence.index = index
        for sequence, choice in zip(group.active, choices, strict=True):
            sequence.token_ids.append(choice.token_id)
            if choice.logprob is not None:
                sequence.logprobs.append(choice.logprob)
            reason = self._finish_reason(group, sequence)
            if reason is not None and group.beams is None:
                self.scheduler.finish(group, sequence, reason)
        if group.is_finished:
            self._forget(group)

    def _finish_reason(self, group: Group, sequence: Sequence) -> FinishReason | None:
        if self._is_end(group, sequence.token_ids[-1]):
            return "stop"
        if sequence.num_generated >= sequence.max_new_tokens:
            return "length"
        return "repetition" if self.stops_cycles and is_cycling(sequence.generated) else None

    def _is_end(self, group: Group, token_id: int) -> bool:
        return token_id in self.end_ids or token_id in group.params.stop_token_ids

    def _finish_beams(self, group: Group, beams: BeamSearch) -> None:
        best = beams.finished[0].token_ids
        winner = group.active[0]
        for sequence in group.active:
            self.scheduler.finish(group, sequence, "stop" if self._is_end(group, best[-1]) else "length")
        winner.token_ids = [*winner.token_ids[: winner.num_prompt_tokens], *best]
        group.sequences = [winner]
        self._forget(group)

    def _forget(self, group: Group) -> None:
        views = self._views.pop(group, None)
        if views is not None:
            self.runner.images.discard(views)
            self.stats.note_end(group)
