"""`/unanswered`: the questions that found nothing in the knowledge base, where a profile keeps them."""

from litestar import delete, get
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import Struct

from server.api.account import require_operator
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import STORE_ERRORS, describe
from server.api.sessions.routes import NoQuery, PageQuery
from server.api.transport import read_query
from server.store.knowledge_records import Unanswered
from server.store.store import Store


class ShownQuestion(Struct):
    """A question under a profile, how often it was asked, and when first and last, in Unix seconds."""

    id: str
    profile: str
    question: str
    count: int
    first_s: float
    last_s: float

    @classmethod
    def of(cls, asked: Unanswered) -> "ShownQuestion":
        return cls(asked.id, asked.profile, asked.question, asked.count, asked.first_s, asked.last_s)


class QuestionList(Struct):
    """A page of a list. `next_cursor` asks for the page after it and is null on the last."""

    questions: list[ShownQuestion]
    next_cursor: str | None


class NumDeleted(Struct):
    """How many questions were deleted."""

    deleted: int


@get(
    "/unanswered",
    opt=describe(
        "List the questions that found nothing, the most often asked first",
        query=PageQuery,
        answers={JSON: (QuestionList,)},
        errors=(503,),
    ),
)
async def list_unanswered(request: AnyRequest, state: State) -> QuestionList:
    require_operator(request)
    query = read_query(request, PageQuery)
    store: Store = state.store
    page = await store.knowledge.list_unanswered(query.limit, query.cursor)
    return QuestionList([ShownQuestion.of(asked) for asked in page.questions], page.next_cursor)


@delete(
    "/unanswered",
    status_code=200,
    opt=describe(
        "Delete all questions that found nothing", query=NoQuery, answers={JSON: (NumDeleted,)}, errors=(503,)
    ),
)
async def delete_all_unanswered(request: AnyRequest, state: State) -> NumDeleted:
    require_operator(request)
    read_query(request, NoQuery)
    store: Store = state.store
    return NumDeleted(await store.knowledge.delete_unanswered())


@delete(
    "/unanswered/{question_id:str}",
    opt=describe("Delete a question that found nothing", query=NoQuery, errors=STORE_ERRORS),
)
async def delete_unanswered(request: AnyRequest, state: State, question_id: FromPath[str]) -> None:
    require_operator(request)
    read_query(request, NoQuery)
    store: Store = state.store
    await store.knowledge.delete_unanswered(question_id)
