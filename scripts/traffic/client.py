"""One client of a load run: it asks and reads, sometimes leaves midway, and sometimes sends an invalid request."""

import asyncio
import time
from random import Random

import httpx

from scripts.traffic.asking import KINDS, Askings
from scripts.traffic.dialogue import AskedTurn, Dialogue, Fate
from scripts.traffic.exchange import Exchange
from scripts.traffic.outcome import Ending, Outcome

WRONG_SHARE = 0.05
LEFT_SHARE = 0.10
MAX_TURNS = 6
FATES: dict[Ending, Fate] = {"answered": "answered", "busy": "refused", "refused": "refused"}


class LoadClient:
    """A client. Its `outcomes` and `dialogues` grow until `run` ends; each dialogue has its own user."""

    def __init__(self, http: httpx.AsyncClient, name: str, model: str, seed: int) -> None:
        self.http = http
        self.name = name
        self.rng = Random(seed)
        self.askings = Askings(self.rng, model)
        self.outcomes: list[Outcome] = []
        self.dialogues = [Dialogue(f"{name}-0")]
        self._last_s = 0.1

    async def run(self, until_s: float) -> None:
        """Ask until that time of `time.monotonic()`, and read the last answer to its end."""
        while time.monotonic() < until_s:
            outcome = await self._one()
            self.outcomes.append(outcome)
            if outcome.ending == "answered":
                self._last_s = outcome.whole_s  # leave before the next answer is complete, more or less
            elif outcome.ending == "busy":
                await asyncio.sleep(1)

    async def _one(self) -> Outcome:
        if self.rng.random() < WRONG_SHARE:
            wrong = self.askings.wrong()
            return await Exchange(wrong.asking, wrong.status).send(self.http)
        patience_s = self.rng.random() * self._last_s if self.rng.random() < LEFT_SHARE else None
        match self.rng.choice(KINDS):
            case "text":
                asking = self.askings.text()
            case "picture":
                asking = self.askings.one_picture()
            case "openai":
                asking = self.askings.openai()
            case "ollama":
                asking = self.askings.ollama()
            case _:
                return await self._turn(patience_s)
        return await Exchange(asking).send(self.http, patience_s)

    async def _turn(self, patience_s: float | None) -> Outcome:
        if len(self.dialogues[-1].turns) >= MAX_TURNS:
            self.dialogues.append(Dialogue(f"{self.name}-{len(self.dialogues)}"))
        dialogue = self.dialogues[-1]
        place = len(dialogue.turns)
        question = f"{self.askings.question()} ({place})"  # unique within the dialogue
        exchange = Exchange(self.askings.chat(dialogue.user_id, question, has_picture=place % 3 == 0))
        outcome = await exchange.send(self.http, patience_s)
        dialogue.turns.append(AskedTurn(question, FATES.get(outcome.ending, "left"), exchange.reading.text))
        return outcome
