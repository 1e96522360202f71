"""A turn on its way through the stages, and what a stage is.

    class Greeting:
        name = "greeting"

        async def handle(self, case: Case, ahead: Ahead) -> Reply:
            case.trace.note(self.name, language=case.language)   # shown to whoever asks for the trace
            return await ahead(case.asking(...))                 # what the model is asked may be another turn

A stage may change what is asked, look at the reply on its way back, or answer by itself without going ahead.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeGuard

from server.errors.base import Language
from server.keys.account import Account
from server.pipeline.profiles import Profile, StageName
from server.store.records import Findings
from server.turn.reply import Reply
from server.turn.turn import Label, Turn, TurnMessage

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")


@dataclass
class Trace:
    """What each stage did with a turn, in the order in which they did it. Never what was asked or answered."""

    notes: list[dict[str, Any]] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    """Where the word lists have the hits that are noted, in their order. For operators: it goes to no client."""

    def note(self, stage: str, **what: Any) -> None:
        self.notes.append({"stage": stage, **what})

    def all(self, stage: str, name: str) -> list[Any]:
        """A stage's lists of that name, joined: it may have noted several."""
        return [found for note in self.notes if note["stage"] == stage for found in note.get(name, ())]

    @property
    def findings(self) -> Findings:
        """What the user is told of it."""
        return Findings(self.all("typos", "corrections"), self.all("moderation", "hits"))

    def of(self, stage: str) -> dict[str, Any]:
        """All that a stage noted, empty where it was off or had nothing to say."""
        return {name: value for note in self.notes if note["stage"] == stage for name, value in note.items()}


@dataclass(frozen=True)
class StageOptions:
    """What a request wants of the stages. `profile` is the one that it names, `fallbacks` who else may, in order.

    `stages` are switched for this turn, where the operator leaves it to requests.
    """

    profile: str | None = None
    fallbacks: tuple[str | None, ...] = ()
    stages: Mapping[StageName, bool] = field(default_factory=dict)
    is_traced: bool = False


@dataclass(frozen=True)
class TurnContext:
    """`account` is whose turn it is, `stages` are those it goes through."""

    turn: Turn
    account: Account
    profile_name: str
    profile: Profile
    stages: frozenset[str]
    stage_options: StageOptions = StageOptions()
    trace: Trace = field(default_factory=Trace)

    @property
    def owner(self) -> str:
        return self.account.owner

    @property
    def language(self) -> Language:
        """Of the question."""
        asked = self.turn.asked
        return "en" if asked is None else language_of(text_of(asked))

    def asking(self, turn: Turn) -> "TurnContext":
        return replace(self, turn=turn)


CallNext = Callable[[TurnContext], Awaitable[Reply]]
"""The rest of the way, the model at its end. Raises `ServerError` and `InputError`."""


class Stage(Protocol):
    """One step of the pipeline; it is not called for a case that it is off for."""

    name: str

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        """The reply is closed by whoever is given it. Raises `ServerError` and `InputError`."""


def language_of(text: str) -> Language:
    """Chinese where it holds a Chinese character."""
    return "zh" if HAN.search(text) else "en"


def text_of(message: TurnMessage) -> str:
    """What it says, labels aside."""
    return "\n".join(part for part in message.parts if is_said(part))


def is_said(part: object) -> TypeGuard[str]:
    """Whether it is text of the message's own."""
    return isinstance(part, str) and not isinstance(part, Label)
