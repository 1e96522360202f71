"""`POST /tables/{id}/ask`: a question about a table, computed where that is what it asks for."""

import asyncio
from dataclasses import replace
from typing import Annotated

from litestar import post
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import Meta

from server.api.account import find_account
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import MODEL_ERRORS, describe
from server.api.stage_options import StageOptionFields, StageOptionHeaders, read_stage_options
from server.api.tables.extracting import load_table
from server.api.tables.response import TableAnswered, show_result, show_rows
from server.api.text import has_text
from server.api.transport import read_body, run_while_connected
from server.engine.token_stream import Usage
from server.errors import EmptyQuestion
from server.keys.account import Account
from server.library.tables.answering import TableAnswer, answer_question
from server.library.tables.formats import write_markdown
from server.library.tables.grid import TableGrid
from server.library.tables.listing import StoredTable, open_rows
from server.library.tables.rows import TableRows
from server.pipeline.account_model import AccountModel
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import StageOptions, TurnContext, join_text
from server.store.store import Store
from server.turn.reply import FixedReply, Reply, ReplyDelta
from server.turn.turn import Label, Turn, TurnMessage
from server.turn.turns import Turns

MAX_QUESTION_CHARACTERS = 2000


class TableQuestion(StageOptionFields):
    question: Annotated[str, Meta(max_length=MAX_QUESTION_CHARACTERS)] | None = None


@post(
    "/tables/{table_id:str}/ask",
    status_code=200,
    opt=describe(
        "Answer a question about a table; sums and the like are computed",
        body=TableQuestion,
        headers=StageOptionHeaders,
        answers={JSON: (TableAnswered,)},
        errors=MODEL_ERRORS,
        example={"question": "What is the total price?"},
    ),
)
async def ask_table(request: AnyRequest, state: State, table_id: FromPath[str]) -> TableAnswered:
    body = await read_body(request, TableQuestion)
    if not has_text(body.question):
        raise EmptyQuestion
    account = find_account(request)
    stored = await load_table(state, account.owner, table_id)
    options = read_stage_options(request, state.profile, fields=body)
    return await run_while_connected(request, _answer(state, account, stored, body.question, options))


async def _answer(
    state: State, account: Account, stored: StoredTable, question: str, options: StageOptions
) -> TableAnswered:
    pipeline: Pipeline = state.pipeline
    asking = _Asking(pipeline.turns, stored, await open_all_rows(state, account.owner, stored))
    context = pipeline.build_context(Turn((TurnMessage("user", (question,)),)), account, options)
    whole = await pipeline.answer_with(context, asking.answer)
    return asking.show(whole.text.strip())


class _Asking:
    """Answers a question about a table when it has gone through the stages."""

    def __init__(self, turns: Turns, stored: StoredTable, rows: TableRows) -> None:
        self._turns = turns
        self._stored = stored
        self._rows = rows
        self._computed: TableAnswer | None = None

    async def answer(self, context: TurnContext) -> Reply:
        """Return what is computed for a question, or what the model reads from the table."""
        asked = context.turn.question
        question = "" if asked is None else join_text(asked)
        model = AccountModel(self._turns, context.account)
        self._computed = await answer_question(question, self._rows, context.language, model)
        if self._computed is not None:
            return FixedReply([ReplyDelta(0, self._computed.text, finish_reason="stop")], Usage(0, 0, 0))
        return await self._turns.begin(await self._add_table(context.turn))

    async def _add_table(self, turn: Turn) -> Turn:
        """Return a turn with the table as Markdown before its question."""
        written = Label(await asyncio.to_thread(lambda: write_markdown(TableGrid.of(self._stored.table))))
        *before, last = turn.messages
        return replace(turn, messages=(*before, replace(last, parts=(written, *last.parts))))

    def show(self, text: str) -> TableAnswered:
        """Return the answer as it is shown, with what was computed for it."""
        if self._computed is None:
            return TableAnswered(text, None, [], [])
        result = self._computed.result
        return TableAnswered(
            text, show_result(self._computed.plan, result), list(result.columns), show_rows(result.rows)
        )


async def open_all_rows(state: State, owner: str, stored: StoredTable) -> TableRows:
    """Return all rows of a table, those beyond what is stored from its document. Raises `DocumentNotFound`."""
    store: Store = state.store
    is_whole = not stored.table.is_truncated or stored.source is None
    source = None if is_whole else stored.source
    document = None if source is None else await store.library.get_document(owner, source.document_id)
    return await open_rows(stored, state.tables, document)
