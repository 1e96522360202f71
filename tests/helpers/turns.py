"""Turns over a fake model, and stages to watch them with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from server.engine.async_engine import AsyncEngine
from server.pipeline.stage import CallNext, TurnContext
from server.turn.image_fetch import PictureFetcher
from server.turn.reply import Reply
from server.turn.turn import Turn, TurnLimits, TurnMessage, Turns
from tests.helpers.fakes import FakeChatModel


@asynccontextmanager
async def turns_over(fake: FakeChatModel) -> AsyncIterator[Turns]:
    engine = AsyncEngine(fake, {})
    try:
        yield Turns(engine, TurnLimits(), PictureFetcher())
    finally:
        await engine.close()


def question(text: str, **options: Any) -> Turn:
    return Turn((TurnMessage("user", (text,)),), options)


@dataclass
class Watching:
    """A stage that notes that it was passed."""

    name: str
    passed: list[str] = field(default_factory=list)

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        self.passed.append(self.name)
        context.trace.note(self.name, told=True)
        return await call_next(context)
