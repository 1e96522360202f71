"""What happens when a step fails: the requests in it end with an error, and the engine goes on."""

from collections.abc import Sequence
from dataclasses import replace

from model.engine.engine import Engine
from model.engine.sequence import Group
from model.errors import DeviceError, OutOfMemory


class RecoveringEngine(Engine):
    """An engine that outlives its failed steps."""

    def step(self) -> list[Group]:
        """Compute one step, and return the groups that got new tokens or were ended by an error.

        A step that fails ends its own groups only: their `finish_reason` becomes error, and `error` the cause. When
        memory has run out, this and all later steps are made smaller, and the step is tried again; when that is not
        enough, the youngest half of its groups ends and the others are tried again, until a single group is too much.

        Raise `DeviceError`, after which no step can succeed.
        """
        shed: list[Group] = []
        is_retry = False
        while True:
            try:
                return [*super().step(), *shed]
            except Exception as error:
                batch = self.scheduler.roll_back()
                if batch is None:  # the step itself went well
                    raise
                if not isinstance(error, OutOfMemory) or (is_retry and len(batch.groups) < 2):
                    self._end(batch.groups, error)
                    if isinstance(error, DeviceError):
                        raise
                    return [*batch.groups, *shed]
                if is_retry:
                    shed += self._shed_youngest(batch.groups, error)
                self._shrink_steps()
                is_retry = True

    def _shed_youngest(self, groups: Sequence[Group], error: OutOfMemory) -> list[Group]:
        """End the younger half of these groups, and return it."""
        shed = sorted(groups, key=lambda group: group.rank)[len(groups) // 2 :]
        self._end(shed, error)
        self.stats.num_shed += len(shed)
        return shed

    def _shrink_steps(self) -> None:
        limits = self.scheduler.limits
        smaller = max(limits.max_num_batched_tokens // 2, limits.max_num_seqs)
        self.scheduler.limits = replace(limits, max_num_batched_tokens=smaller)
        self.runner.images.clear()

    def _end(self, groups: Sequence[Group], error: Exception) -> None:
        for group in groups:
            group.error = error
            self.abort(group, "error")
        self.runner.images.clear()
