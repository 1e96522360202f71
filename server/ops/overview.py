"""The state and the history that an operator is shown, put together when they are asked for."""

import asyncio
from dataclasses import dataclass

from msgspec import Struct

from server.engine.async_engine import AsyncEngine
from server.errors.base import Language
from server.keys.keyring import KeyRing
from server.keys.limiter import KeyLimiter
from server.ops.in_force import (
    ListInForce,
    ProfileInForce,
    ToolInForce,
    WatchedFile,
    list_profiles,
    list_tools,
    list_watched_files,
    list_word_lists,
    reload_files,
)
from server.ops.key_use import KeyUse, list_key_uses
from server.ops.readings import Readings
from server.ops.sampling import MetricsSampler
from server.ops.series import Values, compute_columns, compute_values
from server.pipeline.build import PipelineFiles
from server.pipeline.pipeline import Pipeline
from server.store.errors import DatabaseError
from server.store.store import Store
from server.telemetry.metrics import Metrics
from server.telemetry.recent import RecentHit


class RequestCount(Struct, frozen=True):
    """Requests since the start of the server; `status` is none where the client left before its answer began."""

    method: str
    route: str
    status: str
    count: int


class ShownError(Struct, frozen=True):
    """An error of the server. `id` is that of the request, which its client has too; `cause` holds nothing it asked."""

    time_s: float
    id: str
    method: str
    route: str
    status: int
    kind: str
    cause: str
    key: str | None


class OpsState(Struct, frozen=True):
    """The server at one moment; times are in Unix seconds. `values` have the names of the columns of the history.

    `problem` is why no request is admitted, None while they are. `keys` is None on a server without keys. Errors
    and hits of moderation are newest first.
    """

    time_s: float
    problem: str | None
    values: Values
    requests: list[RequestCount]
    kv_cache_slots: int
    num_cached_answers: int | None
    failures: list[ShownError]
    moderation: list[RecentHit]
    keys: list[KeyUse] | None
    profiles: list[ProfileInForce]
    tools: list[ToolInForce]
    word_lists: list[ListInForce]
    files: list[WatchedFile]


class OpsHistory(Struct, frozen=True):
    """`columns` have a value for each of `times_s`: requests and tokens per second, latencies in seconds."""

    times_s: list[float]
    columns: dict[str, list[float | None]]


@dataclass(frozen=True)
class Overview:
    """What one application shows its operator."""

    engine: AsyncEngine
    metrics: Metrics
    sampler: MetricsSampler
    pipeline: Pipeline
    files: PipelineFiles
    store: Store
    keys: KeyRing | None
    limiter: KeyLimiter

    async def read_history(self) -> OpsHistory:
        """Return the history of the last half hour. It is computed in a thread, as that takes a tenth of a second."""
        samples = list(self.sampler.samples)
        return OpsHistory(
            [round(sample.time_s, 2) for sample in samples], await asyncio.to_thread(compute_columns, samples)
        )

    async def read_state(self, language: Language) -> OpsState:
        """Return the state of now, with the causes of errors in `language`."""
        sample, readings = self.sampler.read()
        samples = [*self.sampler.samples, sample]
        word_lists, profiles, tools, files = await asyncio.to_thread(self._read_files)
        return OpsState(
            time_s=round(sample.time_s, 2),
            problem=self.engine.unready_reason,
            values=compute_values(samples, len(samples) - 1),
            requests=_count_requests(readings),
            kv_cache_slots=int(readings.get_value("kv_cache_slots") or 0),
            num_cached_answers=await self._count_cached_answers(),
            failures=self._list_errors(language),
            moderation=self.metrics.recent.hits,
            keys=None if self.keys is None else await list_key_uses(self.keys, self.limiter, self.store, readings),
            profiles=profiles,
            tools=tools,
            word_lists=word_lists,
            files=files,
        )

    def _read_files(self) -> tuple[list[ListInForce], list[ProfileInForce], list[ToolInForce], list[WatchedFile]]:
        """Read edited files and count words, which takes a thread. Edits are read first, so that all is of one time."""
        lists = list_word_lists(reload_files(self.files))
        profiles, tools = list_profiles(self.pipeline, self.files), list_tools(self.files)
        return lists, profiles, tools, list(list_watched_files(self.files, self.keys))

    def _list_errors(self, language: Language) -> list[ShownError]:
        return [
            ShownError(e.time_s, e.id, e.method, e.route, e.status, e.kind, e.texts[language], e.key)
            for e in self.metrics.recent.errors
        ]

    async def _count_cached_answers(self) -> int | None:
        try:
            return await self.store.count_cached_answers()
        except DatabaseError:
            return None


def _count_requests(readings: Readings) -> list[RequestCount]:
    counts = readings.sum_by("http_requests_total", "method", "route", "status")
    return [
        RequestCount(method, route, status, int(count)) for (method, route, status), count in sorted(counts.items())
    ]
