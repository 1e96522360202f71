"""Whole documents: whether they fit into one prompt, and the segments that they are asked in where they do not."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from model.tokenizer import Tokenizer
from server.library.asking.budget import MAX_CHARACTERS_A_TOKEN, Budget, count_tokens
from server.library.asking.find import LABEL_TOKENS
from server.library.asking.prompt import Excerpt, join_neighbours
from server.library.asking.sources import PassageStore, load_passages
from server.store.library_records import Passage


@dataclass(frozen=True)
class Segment:
    """A part of a document that the model is asked about at once: text of some pages, or one scanned page."""

    passages: tuple[Passage, ...]

    @property
    def is_scan(self) -> bool:
        return self.passages[0].kind == "scan"

    @property
    def excerpts(self) -> list[Excerpt]:
        return join_neighbours(self.passages)

    @property
    def text(self) -> str:
        return "\n".join(passage.text for passage in self.passages)

    @property
    def pages(self) -> set[tuple[str, int]]:
        """The pages that it has something of, each with the id of its document."""
        return {(passage.document_id, passage.page) for passage in self.passages}


async def load_if_fitting(
    store: PassageStore, document_ids: Collection[str], budget: Budget, tokenizer: Tokenizer
) -> list[Passage] | None:
    """Return all passages of documents if they fit together; None where they do not."""
    if await store.count_characters(document_ids) > budget.num_tokens * MAX_CHARACTERS_A_TOKEN:
        return None
    passages = await load_passages(store, document_ids)
    scans = {(each.document_id, each.page) for each in passages if each.kind == "scan"}
    texts = [passage.text for passage in passages if passage.kind != "scan"]
    num_tokens = sum(await count_tokens(tokenizer, texts)) + len(scans) * budget.picture_tokens
    num_tokens += LABEL_TOKENS * len(join_neighbours(passages))
    return passages if num_tokens <= budget.num_tokens and len(scans) <= budget.num_pictures else None


async def cut_segments(
    passages: Sequence[Passage], max_tokens: int, tokenizer: Tokenizer, is_by_page: bool = False
) -> list[Segment]:
    """Return documents in segments of at most so many tokens of text, no two documents in one.

    A scanned page is a segment of its own. With `is_by_page` each page is.
    """
    costs = await count_tokens(tokenizer, [passage.text for passage in passages])
    segments: list[list[Passage]] = []
    num_tokens = 0
    for passage, cost in zip(passages, costs, strict=True):
        last = segments[-1][-1] if segments else None
        if last is None or _is_apart(last, passage, is_by_page) or num_tokens + cost > max_tokens:
            segments.append([])
            num_tokens = 0
        num_tokens += cost
        segments[-1].append(passage)
    return [Segment(tuple(segment)) for segment in segments]


def _is_apart(last: Passage, passage: Passage, is_by_page: bool) -> bool:
    """Whether a passage is not to be in the segment of the one before it."""
    if last.document_id != passage.document_id or (last.kind != passage.kind and "scan" in (last.kind, passage.kind)):
        return True
    return last.page != passage.page and (is_by_page or passage.kind == "scan")
