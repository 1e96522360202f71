"""Reading the text of scanned pages by the model, when nobody waits for it.

What that takes is charged to a key of the document's owner.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Protocol

from model.errors import InputError, OutOfMemory
from server.errors import EngineStopped, QuotaSpent, ServerError
from server.errors.base import Language
from server.keys.account import Account, Accounts
from server.turn.pictures import PictureSource
from server.turn.reply import ReplyDelta
from server.turn.turn import Turn, TurnMessage, build_options
from server.turn.turns import Turns

PAGE_SIDE = 1512
"""The longer side in pixels of a page that is shown to the model.

A page of A4 then has about the 1064 x 1512 pixels of its 2 x 4 slices, and is neither scaled up nor down.
"""

NUM_SLICES = 9
MAX_TOKENS = 2048
MAX_WAIT_S = 60.0
"""How long a page waits while the server is full, or the key has used up its tokens of a minute."""

MAX_PAUSE_S = 10

PROMPTS: dict[Language, str] = {
    "en": "Write down all text on this page exactly as it is, in reading order, a line for each line. Write tables row "
    "by row, with tabs between the cells. Do not translate, explain or add anything. If there is no text, write "
    "nothing.",
    "zh": "请按阅读顺序逐行抄写这一页上的全部文字，与原文完全一致。"
    "表格逐行抄写，单元格之间用制表符分隔。"
    "不要翻译、解释或添加任何内容。如果没有文字，就什么也不写。",
}


@dataclass(frozen=True)
class Transcript:
    """The text of a page; `is_whole` unless it was cut off."""

    text: str
    is_whole: bool


class Transcriber(Protocol):
    """Reads the text of pictures of pages."""

    async def transcribe(self, picture: bytes, owner: str, language: Language) -> Transcript | None:
        """Return the text of a page; None where it cannot be read now. Raises `EngineStopped`."""
        ...


class ModelTranscriber:
    """Asks the model, behind all requests that somebody waits for."""

    def __init__(self, turns: Turns, accounts: Accounts) -> None:
        self._turns = turns
        self._accounts = accounts

    async def transcribe(self, picture: bytes, owner: str, language: Language) -> Transcript | None:
        deadline_s = time.monotonic() + MAX_WAIT_S
        while True:
            try:
                return await self._ask(picture, owner, language)
            except (EngineStopped, asyncio.CancelledError):
                raise
            except (InputError, OutOfMemory, ServerError) as error:
                pause_s = None if isinstance(error, QuotaSpent) else getattr(error, "retry_after_s", None)
                if pause_s is None or time.monotonic() >= deadline_s:
                    return None
                await asyncio.sleep(min(pause_s, MAX_PAUSE_S))

    async def _ask(self, picture: bytes, owner: str, language: Language) -> Transcript | None:
        if (account := await self._choose_account(owner)) is None:
            return None
        message = TurnMessage("user", (PictureSource(picture, NUM_SLICES), PROMPTS[language]))
        max_tokens = min(MAX_TOKENS, self._turns.limits.max_new_tokens)
        options = build_options(temperature=0, repetition_penalty=1.0, max_new_tokens=max_tokens)
        reply = await self._turns.begin(Turn((message,), options, owner=owner, is_background=True))
        try:
            (answer,) = await reply.read_answers()
        finally:
            num_tokens = reply.usage.num_prompt + reply.usage.num_generated
            account.use(num_tokens)
            account.spend(num_tokens)
        return _to_transcript(answer)

    async def _choose_account(self, owner: str) -> Account | None:
        """Return the first account of the owner that has tokens left, None if the owner has no key any more.

        Raises `QuotaSpent` or `TokenRateExceeded` where none has tokens left.
        """
        refusal: ServerError | None = None
        for account in await self._accounts.list_of(owner):
            try:
                account.check_rate()
                await account.check_quota()
            except ServerError as error:
                refusal = error
            else:
                return account
        if refusal is not None:
            raise refusal
        return None


def _to_transcript(answer: ReplyDelta) -> Transcript:
    return Transcript(answer.text.strip(), answer.finish_reason != "length")
