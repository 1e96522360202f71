"""Everything that an operator is shown, put together when it is asked for."""

import asyncio
from dataclasses import dataclass

from msgspec import Struct

from server.engine.async_engine import AsyncEngine
from server.errors.base import Language
from server.keys.gate import Gate
from server.keys.keyring import KeyRing
from server.ops.in_force import (
    ListInForce,
    ProfileInForce,
    WatchedFile,
    lists_in_force,
    looked_at,
    profiles_in_force,
    watched_files,
)
from server.ops.key_use import KeyUse, uses_of
from server.ops.readings import Readings
from server.ops.sampling import MetricsSampler
from server.ops.series import Values, columns_of, values_of
from server.pipeline.build import PipelineFiles
from server.pipeline.pipeline import Pipeline
from server.store.errors import DatabaseError
from server.store.store import Store
from server.telemetry.metrics import Metrics
from server.telemetry.recent import RecentHit


class RequestCount(Struct, frozen=True):
    """Requests since the start; `status` is none where the client left before its answer began."""

    method: str
    route: str
    status: str
    count: int


class Failure(Struct, frozen=True):
    """`id` is what the client was shown; `cause` is without anything that was asked."""

    time_s: float
    id: str
    method: str
    route: str
    status: int
    kind: str
    cause: str
    key: str | None


class OpsState(Struct, frozen=True):
    """`time_s` is of Unix, as all times are. `values` are named as those of the history.

    `problem` is why nothing is admitted, `keys` are None where none are in force. Failures and hits are newest first.
    """

    time_s: float
    problem: str | None
    values: Values
    requests: list[RequestCount]
    kv_cache_slots: int
    num_cached_answers: int | None
    failures: list[Failure]
    moderation: list[RecentHit]
    keys: list[KeyUse] | None
    profiles: list[ProfileInForce]
    word_lists: list[ListInForce]
    files: list[WatchedFile]


class OpsHistory(Struct, frozen=True):
    """`columns` have a value for each of `times_s`; requests and tokens are a second, latencies in seconds."""

    times_s: list[float]
    columns: dict[str, list[float | None]]


@dataclass(frozen=True)
class Overview:
    """Of one application."""

    engine: AsyncEngine
    metrics: Metrics
    sampler: MetricsSampler
    pipeline: Pipeline
    files: PipelineFiles
    store: Store
    keys: KeyRing | None
    gate: Gate

    async def history(self) -> OpsHistory:
        """Takes a tenth of a second for half an hour: in a thread."""
        samples = list(self.sampler.samples)
        return OpsHistory([round(sample.time_s, 2) for sample in samples], await asyncio.to_thread(columns_of, samples))

    async def state(self, language: Language) -> OpsState:
        """Of causes, those in a language."""
        sample, readings = self.sampler.read()
        samples = [*self.sampler.samples, sample]
        profiles, word_lists, files = await asyncio.to_thread(self._in_force)
        return OpsState(
            time_s=round(sample.time_s, 2),
            problem=self.engine.problem,
            values=values_of(samples, len(samples) - 1),
            requests=_requests(readings),
            kv_cache_slots=int(readings.value("kv_cache_slots") or 0),
            num_cached_answers=await self._num_cached_answers(),
            failures=self._failures(language),
            moderation=self.metrics.recent.hits,
            keys=None if self.keys is None else await uses_of(self.keys, self.gate, self.store, readings),
            profiles=profiles,
            word_lists=word_lists,
            files=files,
        )

    def _in_force(self) -> tuple[list[ProfileInForce], list[ListInForce], list[WatchedFile]]:
        """Reads files and counts words: in a thread. Edits are looked for first, so that all is of one time."""
        lists = lists_in_force(looked_at(self.files))
        return profiles_in_force(self.pipeline, self.files), lists, list(watched_files(self.files, self.keys))

    def _failures(self, language: Language) -> list[Failure]:
        return [
            Failure(one.time_s, one.id, one.method, one.route, one.status, one.kind, one.texts[language], one.key)
            for one in self.metrics.recent.failures
        ]

    async def _num_cached_answers(self) -> int | None:
        try:
            return await self.store.num_cached_answers()
        except DatabaseError:
            return None


def _requests(readings: Readings) -> list[RequestCount]:
    counts = readings.by("http_requests_total", "method", "route", "status")
    return [
        RequestCount(method, route, status, int(count)) for (method, route, status), count in sorted(counts.items())
    ]
