"""How a question is asked of the knowledge base, and what comes of it: the same code answers a customer."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scripts.knowledge_eval.questions import Question
from scripts.knowledge_eval.shop import COLLECTION
from server.composition.services import Services
from server.engine.token_stream import Usage
from server.keys.account import ANONYMOUS
from server.knowledge.found import Asked
from server.pipeline.stage import StageOptions, TurnContext
from server.store.library_records import KNOWLEDGE, Passage
from server.turn.pictures import PictureSource
from server.turn.reply import FixedReply, Reply, ReplyDelta
from server.turn.turn import Turn, TurnMessage

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
PROFILE = "shop"
NUM_LOOKED_AT = 5
"""How many of the passages found are looked at."""

MAX_SHOWN = 60
"""How much of each passage is in a list of what went wrong."""

WHAT_IS_IT = {"zh": "这是什么？", "en": "What is this?"}


@dataclass(frozen=True)
class Answer:
    """What came of a question.

    `place` is that of the first right passage among those found, or of the first fact of one among the facts, from 1,
    or None. `is_source_shown` says that the model was given a right passage, or a fact of one, or that one was answered
    word for word, which `is_verbatim` says. `is_from_source` says that it was answered from any source at all; `shown`
    are their beginnings.
    """

    question: Question
    place: int | None
    is_source_shown: bool
    is_verbatim: bool
    is_from_source: bool
    shown: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        return self.is_source_shown if self.question.is_answerable else not self.is_from_source


@dataclass(frozen=True)
class Staged:
    """What the stages made of a question: their notes, and whether the model was to answer."""

    notes: dict[str, Any]
    is_model_asked: bool


def describe(question: Question) -> Question:
    """Return a question before which the picture's description was said, in place of the picture."""
    if not question.picture:
        return question
    return replace(question, picture="", earlier=(WHAT_IS_IT[question.language], question.description))


async def ask(services: Services, question: Question) -> Answer:
    """Ask as the hit test does and as a customer does."""
    staged = await run_stages(services, question)
    asked = Asked(question.text, question.earlier, tuple(staged.notes.get("pictured", ())))
    found = await services.knowledge.find([COLLECTION], asked)
    lists = ([hit.passage for hit in found.hits], [fact.source for fact in found.facts])
    place = min(filter(None, map(question.find_place, lists)), default=None)
    passages = await load_passages(services, staged)
    return Answer(
        question,
        place,
        is_source_shown=any(question.is_source(passage) for passage in passages),
        is_verbatim=bool(passages) and not staged.is_model_asked,
        is_from_source=bool(passages),
        shown=tuple(f"{each.document_name}: {each.text[:MAX_SHOWN]!r}" for each in passages),
    )


async def run_stages(services: Services, question: Question) -> Staged:
    """Run all stages of the shop's profile, with nothing in place of the model that answers."""
    asked: list[Turn] = []

    async def keep(final: TurnContext) -> Reply:
        asked.append(final.turn)
        return FixedReply([ReplyDelta(0, "", finish_reason="stop")], Usage(0, 0, 0))

    context = services.pipeline.build_context(make_turn(question), ANONYMOUS, StageOptions(PROFILE))
    await services.pipeline.answer_with(context, keep)
    return Staged(context.trace.get("knowledge"), bool(asked))


async def load_passages(services: Services, staged: Staged) -> list[Passage]:
    """Return the passages that the model was given, those of facts too, or that of the entry that was answered."""
    noted = [*staged.notes.get("passages", ()), *staged.notes.get("facts", ())]
    ids = {each["passage"] for each in noted}
    return list((await services.library.store.get_passages(KNOWLEDGE, ids)).values())


def make_turn(question: Question) -> Turn:
    """Return the dialogue as a client sends it."""
    earlier = (TurnMessage("user" if i % 2 == 0 else "assistant", (text,)) for i, text in enumerate(question.earlier))
    picture = (PictureSource((SAMPLES / f"{question.picture}.png").read_bytes()),) if question.picture else ()
    return Turn((*earlier, TurnMessage("user", (*picture, question.text))))
