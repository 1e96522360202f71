"""Answers that are computed from the tables of documents."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from server.errors import DocumentRefused, DocumentsBusy
from server.errors.base import Language
from server.library.tables.answering import TableAnswer, answer_plan
from server.library.tables.extraction import DocumentTables
from server.library.tables.filtering import fold
from server.library.tables.listing import StoredTable, list_tables, open_rows
from server.library.tables.mentions import find_columns
from server.library.tables.model import TableModel
from server.library.tables.model_plans import plan_with_model
from server.library.tables.plain_plans import is_computation, plan_plainly
from server.library.tables.plan import Plan
from server.library.tables.profile import ColumnProfile
from server.library.tables.records import TableRow
from server.library.tables.row_citations import cite_rows
from server.library.tables.rows import TableRows, describe_columns
from server.store.library_records import LibraryDocument, Passage

SHEETS = ("xlsx", "xls", "ods", "csv", "tsv")
MAX_CANDIDATES = 30
"""How many tables are looked at for one question."""

MAX_LOOKED_PAGES = 40
"""How many pages of a PDF are looked through for tables; those of a longer one that were found for the question."""

MAX_LOOKING_S = 30.0
MAX_SHEET_S = 120.0
"""How long tables are looked for, and all the rows of sheets looked through, which nothing else can answer from."""

LEAST_SHARE = 0.4
"""The share of its characters in cells from which on a document is one of tables: spaces and lines count as well."""


class Search(Protocol):
    """Finds passages, see `PassageSearch`."""

    async def search(self, owner: str, document_ids: Collection[str], query: str, limit: int) -> Sequence["Found"]: ...


class Found(Protocol):
    @property
    def passage(self) -> Passage: ...


@dataclass(frozen=True)
class DocumentAnswer:
    """An answer that was computed from a document. Its text has marks such as `[1]`, and `citations` what they mean."""

    text: str
    citations: Sequence[dict[str, Any]]
    answer: TableAnswer


@dataclass(frozen=True)
class _Candidate:
    document: LibraryDocument
    stored: StoredTable
    rows: TableRows
    columns: Sequence[ColumnProfile]
    plan: Plan | None


class DocumentAnswers:
    """Computes answers from the tables of documents."""

    def __init__(self, tables: DocumentTables, search: Search) -> None:
        self._tables = tables
        self._search = search

    async def answer(
        self, documents: Sequence[LibraryDocument], question: str, language: Language, model: TableModel | None = None
    ) -> DocumentAnswer | None:
        """Return the answer to a question that asks for a sum or the like, and names columns of a table of documents.

        None for all other questions, and where looking for the table takes long. Raises what `model` raises.
        """
        if not is_computation(question):
            return None
        try:
            async with asyncio.timeout(find_limit_s(documents)):
                candidates = await self._list_candidates(documents, question)
        except (TimeoutError, DocumentsBusy, DocumentRefused):
            return None
        chosen = choose(candidates, question) or await _plan_sheet(candidates, question, language, model)
        return await self._compute(chosen, question, language, model) if chosen else None

    async def _list_candidates(self, documents: Sequence[LibraryDocument], question: str) -> list[_Candidate]:
        """Return the tables that the question may be about, each with its plan."""
        found: list[_Candidate] = []
        for document in documents:
            numbers = await self._choose_pages(document, question)
            if await self._tables.list_scans(document, numbers):
                continue  # what is on them is not known, and would be missing from a sum
            listed, _ = await list_tables(self._tables, document, numbers)
            listed = [each for each in listed if is_whole(each, numbers, document.num_pages_read)]
            is_about_table = len(documents) == 1 and await self._is_of_tables(document, listed)
            for stored in listed[: MAX_CANDIDATES - len(found)]:
                rows = await open_rows(stored, self._tables, document)
                columns = await describe_columns(rows)
                plan = plan_plainly(question, columns, is_about_table=is_about_table)
                found.append(_Candidate(document, stored, rows, columns, plan))
        return found

    async def _is_of_tables(self, document: LibraryDocument, listed: Sequence[StoredTable]) -> bool:
        """Whether most of a document is tables, so that questions to it are about them."""
        if document.kind in SHEETS:
            return True
        num_characters = sum(len(cell.text) for stored in listed for cell in stored.table.cells)
        return num_characters > 0 and num_characters >= LEAST_SHARE * await self._tables.count_characters(document)

    async def _choose_pages(self, document: LibraryDocument, question: str) -> Sequence[int]:
        """Return the pages to look at: all, but of a long PDF those where the question finds something, and around."""
        last = document.num_pages_read
        if document.kind != "pdf" or last <= MAX_LOOKED_PAGES:
            return range(1, last + 1)
        hits = await self._search.search(document.owner, [document.id], question, 10)
        chosen: set[int] = set()
        for distance in range(MAX_LOOKED_PAGES):
            for hit in hits:
                around = {hit.passage.page - distance, hit.passage.page + distance}
                chosen |= {number for number in around if 1 <= number <= last and len(chosen) < MAX_LOOKED_PAGES}
        return sorted(chosen)

    async def _compute(
        self, chosen: Sequence[_Candidate], question: str, language: Language, model: TableModel | None
    ) -> DocumentAnswer | None:
        """Run the plan of the chosen tables over all of their rows together."""
        first, plan = chosen[0], chosen[0].plan
        assert plan is not None, "only those with a plan are chosen"
        rows = first.rows if len(chosen) == 1 else JoinedRows([each.rows for each in chosen])
        answer = await answer_plan(plan, question, rows, language, model)
        if answer is None or not answer.result.num_rows:
            return None
        citations = await cite_rows(self._tables, first.document, answer.result.rows)
        marks = "".join(f"[{citation['number']}]" for citation in citations)
        text = answer.text.replace(answer.sentence, f"{answer.sentence}{marks}", 1)
        return DocumentAnswer(text, citations, answer)


class JoinedRows:
    """The rows of several tables with the same columns, one table after another."""

    def __init__(self, tables: Sequence[TableRows]) -> None:
        self.columns: Sequence[str] = tables[0].columns
        self._tables = tables

    async def read(self) -> AsyncGenerator[Sequence[TableRow]]:
        for table in self._tables:
            async with aclosing(table.read()) as batches:
                async for batch in batches:
                    yield batch


def find_limit_s(documents: Sequence[LibraryDocument]) -> float:
    """Return how long the tables of documents are looked for, in seconds."""
    return MAX_SHEET_S if all(document.kind in SHEETS for document in documents) else MAX_LOOKING_S


def is_whole(stored: StoredTable, numbers: Sequence[int], last: int) -> bool:
    """Whether the pages before and after a table were looked at too, so that it does not go on there."""
    table = stored.table
    around = {table.first_page - 1, table.last_page + 1} & set(range(1, last + 1))
    return table.is_truncated or around <= set(numbers)


def choose(candidates: Sequence[_Candidate], question: str) -> list[_Candidate]:
    """Return the tables to compute from: that whose columns and cells the question has most of.

    Others of the same document with the same columns are taken too, but where the question names one of the sheets.
    """
    planned = [each for each in candidates if each.plan is not None]
    if not planned:
        return []
    text = fold(question)
    named = [each for each in planned if each.stored.table.sheet and fold(each.stored.table.sheet) in text]
    pool = named or planned
    best = max(pool, key=lambda each: (_count_matches(each, text), -pool.index(each)))
    return [
        each
        for each in pool
        if each.document is best.document
        and list(each.rows.columns) == list(best.rows.columns)
        and _is_same(each, best)
    ]


def _is_same(one: _Candidate, best: _Candidate) -> bool:
    return one is best or one.plan == best.plan


def _count_matches(candidate: _Candidate, text: str) -> int:
    """Return how much of a folded question is in a table: names of columns, texts of cells, and what columns mean."""
    plan = candidate.plan
    named, _ = find_columns(text, candidate.columns)
    return 0 if plan is None else len(plan.columns) + 2 * len(named) + 2 * len(plan.filters)


async def _plan_sheet(
    candidates: Sequence[_Candidate], question: str, language: Language, model: TableModel | None
) -> list[_Candidate]:
    """Let the model plan for the only table, where that is a sheet: text has other answers."""
    if model is None or len(candidates) != 1 or candidates[0].document.kind not in SHEETS:
        return []
    (only,) = candidates
    plan = await plan_with_model(question, only.columns, language, model)
    return [] if plan is None else [_Candidate(only.document, only.stored, only.rows, only.columns, plan)]
