"""The question of a turn with passages of documents before it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from server.errors.base import Language
from server.library.asking.sources import Documents
from server.library.asking.wordings import FREE_INSTRUCTION, INSTRUCTION, OPENING, write_source
from server.store.library_records import Passage
from server.turn.pictures import PictureSource
from server.turn.turn import Label, Turn, TurnMessage

MAX_SIDE = 1596
"""The longer side of a page of A4 that is cut into 3 x 3 slices as it is, each of 378 x 532 pixels."""

SLICE_SIDE = 448

Part = str | PictureSource


@dataclass(frozen=True)
class Excerpt:
    """Neighbouring passages of a page or of a sheet, which the model sees as one; a scanned page is a picture."""

    passages: tuple[Passage, ...]

    @property
    def text(self) -> str:
        texts = [self.passages[0].text]
        for before, passage in pairwise(self.passages):
            gap = "" if (before.page, before.end) == (passage.page, passage.start) else "\n"
            texts.append(gap + passage.text)
        return "".join(texts).strip()

    @property
    def is_scan(self) -> bool:
        return self.passages[0].kind == "scan"

    def write_label(self, number: int, language: Language) -> str:
        source = write_source(self.passages[0], language, self.passages[-1])
        return f"[{number}] {source}" + ("：" if language == "zh" else ":")


def join_neighbours(passages: Iterable[Passage]) -> list[Excerpt]:
    """Return passages in the order of their documents, those that follow each other on a page or in a sheet joined."""
    ordered = sorted(passages, key=lambda each: (each.document_id, each.position))
    if not ordered:
        return []
    runs = [[ordered[0]]]
    for before, passage in pairwise(ordered):
        if _is_next(before, passage):
            runs[-1].append(passage)
        else:
            runs.append([passage])
    return [Excerpt(tuple(run)) for run in runs]


def _is_next(before: Passage, passage: Passage) -> bool:
    if before.document_id != passage.document_id or "scan" in (before.kind, passage.kind):
        return before.document_id == passage.document_id and before.kind == passage.kind and before.page == passage.page
    is_near = passage.position == before.position + 1 and before.heading == passage.heading
    return is_near and (before.page == passage.page or (passage.sheet is not None and before.sheet == passage.sheet))


async def draw_page(documents: Documents, owner: str, passage: Passage, num_slices: int) -> PictureSource:
    """Return a picture of the page of a passage, of a size that the slices use fully."""
    side = max(SLICE_SIDE, round(MAX_SIDE * (min(num_slices, 9) / 9) ** 0.5))
    drawn = await documents.render_page(owner, passage.document_id, passage.page, side, side)
    return PictureSource(drawn, num_slices)


async def write_excerpts(
    excerpts: Sequence[Excerpt],
    documents: Documents,
    owner: str,
    num_slices: int,
    language: Language,
    opening: Mapping[Language, str] = OPENING,
) -> tuple[Part, ...]:
    """Return excerpts as parts of a message, each after its number and its source."""
    parts: list[Part] = [Label(opening[language])]
    for number, excerpt in enumerate(excerpts, start=1):
        label = excerpt.write_label(number, language)
        if excerpt.is_scan:
            parts += [Label(label), await draw_page(documents, owner, excerpt.passages[0], num_slices)]
        else:
            parts.append(Label(f"{label}\n{excerpt.text}"))
    return tuple(parts)


def put_before_question(turn: Turn, parts: Sequence[Part], language: Language, is_bound: bool) -> Turn:
    """Return a turn with parts before its last question, and with the instruction to answer from them.

    Where a turn is not bound to its documents, its question may be about something else.
    """
    return put_with_instruction(turn, parts, (INSTRUCTION if is_bound else FREE_INSTRUCTION)[language])


def put_with_instruction(turn: Turn, parts: Sequence[Part], instruction: str) -> Turn:
    """Return a turn with parts and an instruction before its last question."""
    question = turn.question
    assert question is not None, "documents are asked a question"
    asked = replace(question, parts=(*parts, Label(instruction), *question.parts))
    return replace_question(turn, asked)


def replace_question(turn: Turn, asked: TurnMessage) -> Turn:
    """Return a turn with another last message of the user."""
    place = max(index for index, message in enumerate(turn.messages) if message.role == "user")
    return replace(turn, messages=(*turn.messages[:place], asked, *turn.messages[place + 1 :]))
