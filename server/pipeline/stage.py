"""What a stage of the pipeline is, and the turn that goes through the stages.

    class GreetingStage:
        name = "greeting"

        async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
            context.trace.note(self.name, language=context.language)  # shown to clients that ask for the trace
            return await call_next(context.with_turn(...))  # the model may be asked another turn

A stage may change the turn before it calls the next stage, change the reply on its way back, or answer by itself.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, TypeGuard

from server.errors.base import Language
from server.keys.account import Account
from server.library.video.clip import Clip, describe_clips
from server.pipeline.profiles import Profile, StageName
from server.store.records import Author, Findings
from server.store.service_records import Action
from server.tools.server_tool import ServerTool
from server.turn.reply import Reply
from server.turn.turn import Label, Turn, TurnMessage

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")


@dataclass
class Trace:
    """What each stage did with a turn, in order.

    It never holds what was answered, but what citations quote of documents, and what of the question was looked up in
    the knowledge base; the log leaves that out.
    """

    notes: list[dict[str, Any]] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    """File and line of the word-list entries behind the hits in `notes`, in the same order. Only operators see them."""
    author: Author | None = None
    """Who wrote the answer, where the model did not."""
    action: Action | None = None
    """The call that changes data which the turn asked for, or ended. Its arguments are in no note, and so in no log."""

    def note(self, stage: str, **what: Any) -> None:
        """Add a note of a stage; it may add several."""
        self.notes.append({"stage": stage, **what})

    def get(self, stage: str) -> dict[str, Any]:
        """Return the notes of a stage merged into one; empty where it was off or had nothing to note."""
        return {name: value for note in self.notes if note["stage"] == stage for name, value in note.items()}

    @property
    def findings(self) -> Findings:
        """The corrections, moderation hits and citations, as the user is shown them and the turn stores them."""
        return Findings(
            self._collect("typos", "corrections"),
            self._collect("moderation", "hits"),
            self.list_citations(),
        )

    def list_citations(self) -> list[dict[str, Any]]:
        """Return the citations so far, of documents and of the knowledge base."""
        return [*self._collect("documents", "citations"), *self._collect("knowledge", "citations")]

    @property
    def has_sources(self) -> bool:
        """Whether the turn was answered from documents or from the knowledge base, or could have been."""
        return bool(self.get("documents")) or self.get("knowledge").get("mode", "none") != "none"

    def note_action(self, action: Action) -> None:
        """Note a call that the turn asked for or ended: the service writes its answer, and names the arguments."""
        self.author, self.action = "service", action
        self.note("actions", id=action.id, tool=action.tool, state=action.state)

    def note_clips(self, clips: Sequence[Clip]) -> None:
        """Note what the user is told of the clips of the question, if there are any."""
        if (shown := describe_clips(clips)) is not None:
            self.note("video", **shown)

    @property
    def video(self) -> dict[str, Any] | None:
        """What the user is told of the clips of the question; None without any."""
        noted = self.get("video")
        return {name: value for name, value in noted.items() if name != "stage"} or None

    def _collect(self, stage: str, name: str) -> list[Any]:
        """Join the lists of that name from all notes of a stage."""
        return [found for note in self.notes if note["stage"] == stage for found in note.get(name, ())]


@dataclass(frozen=True)
class StageOptions:
    """What a request asks of the stages.

    `profile` is the profile that it names; without one, the first of `fallbacks` that is not None counts. `stages`
    switches stages on or off for this turn, where the operator allows that. `ignored` are fields without effect.
    """

    profile: str | None = None
    fallbacks: tuple[str | None, ...] = ()
    stages: Mapping[StageName, bool] = field(default_factory=dict)
    is_traced: bool = False
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class TurnContext:
    """A turn on its way through the pipeline: who pays for it, its profile, and the names of its stages.

    `preface` is the text of the operator that its system message begins with. `session_id` is that of the stored
    session that the turn belongs to, if it does. `tools` are the server's own that it is offered, and `cacheable` which
    answers of it may be cached: all, those that are text without a call of a tool, or none. `not_found` is the sentence
    of the profile that takes the place of the model's own answer, where the model calls no tool.
    """

    turn: Turn
    account: Account
    profile_name: str
    profile: Profile
    stages: frozenset[str]
    stage_options: StageOptions = StageOptions()
    trace: Trace = field(default_factory=Trace)
    preface: str = ""
    session_id: str | None = None
    tools: tuple[ServerTool, ...] = ()
    cacheable: Literal["all", "text", "none"] = "all"
    not_found: str | None = None

    @property
    def owner(self) -> str:
        return self.account.owner

    @property
    def language(self) -> Language:
        """The language of the question, or of the last message where there is no question."""
        last = self.turn.messages[-1] if self.turn.messages else None
        question = self.turn.question or last
        return "en" if question is None else detect_language(join_text(question))

    def with_turn(self, turn: Turn) -> "TurnContext":
        """Return this context with another turn; both write to the same trace."""
        return replace(self, turn=turn)


CallNext = Callable[[TurnContext], Awaitable[Reply]]
"""Runs the stages that follow, and the model at the end. Raises `ServerError` and `InputError`."""


class Stage(Protocol):
    """One step of the pipeline. It is called only for the turns that it is on for."""

    name: str

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        """Return the reply to a turn, usually what `call_next` returns. Raises `ServerError` and `InputError`."""


def detect_language(text: str) -> Language:
    """Return "zh" if the text has a Chinese character, else "en"."""
    return "zh" if HAN.search(text) else "en"


def join_text(message: TurnMessage) -> str:
    """Return the message's own text without labels and pictures, its parts on lines of their own."""
    return "\n".join(part for part in message.parts if is_own_text(part))


def is_own_text(part: object) -> TypeGuard[str]:
    """Whether a part of a message is text that its author wrote, not a label or a picture."""
    return isinstance(part, str) and not isinstance(part, Label)
