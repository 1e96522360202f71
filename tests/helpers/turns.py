"""Turns over a fake model, and a stage that records what passes it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from typing import Any

from server.engine.async_engine import AsyncEngine
from server.pipeline.stage import CallNext, TurnContext
from server.settings.settings import Settings
from server.turn.image_fetch import PictureFetcher
from server.turn.picture_pool import PicturePool, PoolLimits
from server.turn.pictures import Pictures
from server.turn.reply import Reply
from server.turn.turn import Turn, TurnMessage
from server.turn.turns import TurnLimits, Turns
from tests.helpers.fakes import FakeChatModel


def make_limits(**given: int) -> TurnLimits:
    """Return the limits of the default settings, except those that are given."""
    defaults = {limit.name: getattr(Settings(), limit.name) for limit in fields(TurnLimits)}
    return TurnLimits(**{**defaults, **given})


def make_pool(**given: float) -> PicturePool:
    """Return a pool of processes with small limits, except those that are given."""
    limits: dict[str, Any] = {"num_workers": 1, "memory_bytes": 200 << 20, "max_wait_s": 5.0, **given}
    return PicturePool(PoolLimits(**limits))


def make_turns(
    engine: AsyncEngine,
    limits: TurnLimits | None = None,
    fetcher: PictureFetcher | None = None,
    pool: PicturePool | None = None,
) -> Turns:
    """Return turns that fetch no pictures from other hosts unless a fetcher is given."""
    limits = limits or make_limits()
    fetcher = fetcher or PictureFetcher((), max_bytes=0, limit_s=1.0)
    return Turns(engine, limits, Pictures(pool or make_pool(), engine.processor, limits, fetcher))


@asynccontextmanager
async def open_turns(fake: FakeChatModel) -> AsyncIterator[Turns]:
    engine = AsyncEngine(fake, {})
    try:
        yield make_turns(engine)
    finally:
        await engine.close()


def question(text: str, **options: Any) -> Turn:
    """Return a turn that asks one question, with these generation options."""
    return Turn((TurnMessage("user", (text,)),), options)


@dataclass
class RecordingStage:
    """A stage that records its name in `passed` for each turn, and changes nothing."""

    name: str
    passed: list[str] = field(default_factory=list)

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        self.passed.append(self.name)
        context.trace.note(self.name, is_passed=True)
        return await call_next(context)
