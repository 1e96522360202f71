"""All rows of a table, some at a time, and what is made of them in threads, so that nothing else waits."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Protocol

from server.library.tables.compute import Computation
from server.library.tables.grid import TableGrid
from server.library.tables.plan import Plan
from server.library.tables.profile import ColumnProfile, Profiler
from server.library.tables.records import ExtractedTable, TableRow
from server.library.tables.result import Result

BATCH_ROWS = 500


class TableRows(Protocol):
    """The rows of a table below its header."""

    @property
    def columns(self) -> Sequence[str]: ...

    def read(self) -> AsyncGenerator[Sequence[TableRow]]:
        """Yield all rows, some at a time. May be called again."""
        ...


class ExtractedRows:
    """The rows of a table that is in memory."""

    def __init__(self, table: ExtractedTable) -> None:
        grid = TableGrid.of(table)
        self.columns: Sequence[str] = grid.columns
        self._rows = list(grid.list_rows())

    async def read(self) -> AsyncGenerator[Sequence[TableRow]]:
        for start in range(0, len(self._rows), BATCH_ROWS):
            yield self._rows[start : start + BATCH_ROWS]


async def compute(plan: Plan, rows: TableRows) -> Result:
    """Return the result of a plan. Raises `NoSuchColumn` and `TooManyGroups`."""
    computation = Computation(plan, rows.columns)
    async with aclosing(rows.read()) as batches:
        async for batch in batches:
            await asyncio.to_thread(computation.add, batch)
    return await asyncio.to_thread(computation.finish)


async def describe_columns(rows: TableRows) -> tuple[ColumnProfile, ...]:
    """Return what the columns of a table hold."""
    profiler = Profiler(rows.columns)
    async with aclosing(rows.read()) as batches:
        async for batch in batches:
            await asyncio.to_thread(profiler.add, batch)
    return profiler.finish()
