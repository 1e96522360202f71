"""What product a picture shows, in the model's words: asked once for each picture, and remembered by its file."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

from model.errors import InputError
from server.errors import QueueFull, ServerError
from server.errors.access import QuotaSpent, RateExceeded, TokenRateExceeded, TooManyStreams
from server.errors.base import Language
from server.keys.account import Account
from server.pipeline.account_model import AccountModel
from server.turn.pictures import PlannedPicture
from server.turn.turn import Turn, TurnMessage
from server.turn.turns import Turns

QUESTION: dict[Language, str] = {"zh": "这是什么商品？", "en": "What is this product?"}
OPTIONS = {"sampling": False, "num_beams": 1, "max_new_tokens": 48}

MAX_REMEMBERED = 5000
"""How many names are remembered: about a megabyte."""

MAX_CHARACTERS = 300

REFUSALS = (QueueFull, QuotaSpent, RateExceeded, TokenRateExceeded, TooManyStreams)
"""What the answer would be refused with, too."""

logger = logging.getLogger("server")

Key = tuple[str, str, Language]


class PictureNamer:
    """Asks the model what products pictures show, and remembers that. Equal questions at one time are asked once."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._known: OrderedDict[Key, str] = OrderedDict()
        self._running: dict[tuple[Key, str], asyncio.Task[str]] = {}

    async def name(self, pictures: Sequence[PlannedPicture], language: Language, account: Account) -> list[str]:
        """Return what each picture shows; empty where the model could not say.

        Raises `QueueFull`, and what an account at its limits is refused with.
        """
        return [await self._name(picture, language, account) for picture in pictures]

    async def _name(self, picture: PlannedPicture, language: Language, account: Account) -> str:
        key = picture.sha256, self._turns.engine.info.fingerprint, language
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        try:
            return await self._join(key, account.owner, _ask(picture, language, AccountModel(self._turns, account)))
        except REFUSALS:
            raise
        except (ServerError, InputError) as error:
            logger.warning("what a picture shows could not be asked: %s", type(error).__name__)
            return ""

    async def _join(self, key: Key, owner: str, ask: Coroutine[Any, Any, str]) -> str:
        """Return what the first of an owner that asks the same gets: what one is refused with concerns no other.

        The question is asked to its end, whoever leaves.
        """
        task = self._running.get((key, owner))
        if task is None:
            task = self._running[key, owner] = asyncio.create_task(self._remember(key, owner, ask))
            task.add_done_callback(_retrieve_error)
        else:
            ask.close()
        return await asyncio.shield(task)

    async def _remember(self, key: Key, owner: str, ask: Coroutine[Any, Any, str]) -> str:
        try:
            name = self._known[key] = await ask
            while len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)
            return name
        finally:
            del self._running[key, owner]


async def _ask(picture: PlannedPicture, language: Language, model: AccountModel) -> str:
    still = replace(picture, source=replace(picture.source, time_s=None))
    turn = Turn((TurnMessage("user", (still, QUESTION[language])),), dict(OPTIONS))
    name, _ = await model.ask(turn)
    return " ".join(name.split())[:MAX_CHARACTERS]


def _retrieve_error(task: asyncio.Task[str]) -> None:
    """Keep asyncio from logging an error that no reader is left to receive."""
    if not task.cancelled():
        task.exception()
