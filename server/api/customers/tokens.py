"""Making tokens: for a customer whom a shop's back end knows, and for visitors of whom nothing is known."""

from typing import Annotated, Any

from litestar import post
from litestar.datastructures import State
from msgspec import Meta, Struct

from server.api.account import find_key
from server.api.authentication import find_token
from server.api.customers.response import MadeToken
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import describe
from server.api.sessions.routes import NoQuery
from server.api.text import refuse_blank
from server.api.transport import read_body, read_query
from server.customers.customers import Customers
from server.customers.tokens import MAX_CLAIMS_BYTES, MAX_SUBJECT_LENGTH, count_bytes
from server.errors import FieldRefused, TokenForbidden

SUBJECT = r"^(?![\s\S]*[\x00-\x1f\x7f-\x9f\u2028\u2029])[\s\S]+$"
"""A text without control characters and ends of lines. `$` alone would let a line break at the end pass."""


class TokenBody(Struct):
    """Who the customer is to the shop: `sub`, such as the number of the account, and further `claims` that are sure.

    `expires_in` is for how many seconds the token is valid; the server's setting decides without it.
    """

    sub: Annotated[str, Meta(min_length=1, max_length=MAX_SUBJECT_LENGTH, pattern=SUBJECT)]
    claims: dict[str, Any] | None = None
    expires_in: Annotated[int, Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        refuse_blank("sub", self.sub)


@post(
    "/customers/token",
    status_code=200,
    opt=describe(
        "Make a token for a customer of the key's shop",
        body=TokenBody,
        answers={JSON: (MadeToken,)},
        errors=(403, 503),
        example={"sub": "customer-42", "claims": {"name": "Ann", "level": "gold"}, "expires_in": 3600},
    ),
)
async def create_token(request: AnyRequest, state: State) -> MadeToken:
    key = find_key(request)
    if key is not None and key.role == "agent":
        raise TokenForbidden
    body = await read_body(request, TokenBody)
    claims = body.claims or {}
    if count_bytes(claims) > MAX_CLAIMS_BYTES:
        raise FieldRefused(
            "claims", f"it has more than {MAX_CLAIMS_BYTES} bytes as JSON", f"JSON 超过 {MAX_CLAIMS_BYTES} 字节"
        )
    customers: Customers = state.customers
    if (body.expires_in or 0) > customers.max_token_s:
        limit_s = customers.max_token_s
        raise FieldRefused("expires_in", f"the limit is {limit_s} seconds", f"上限为 {limit_s} 秒")
    return MadeToken.of(await customers.create_token(key, body.sub, claims, body.expires_in))


@post(
    "/customers/anonymous",
    status_code=200,
    opt=describe(
        "Make a token for a visitor of whom nothing is known, where the operator lets such in, or renew such a token",
        query=NoQuery,
        answers={JSON: (MadeToken,)},
        errors=(401, 403, 429, 503),
        is_open=True,
    ),
)
async def create_anonymous_token(request: AnyRequest, state: State) -> MadeToken:
    read_query(request, NoQuery)
    customers: Customers = state.customers
    token = find_token(request.headers)
    if token is not None:
        return MadeToken.of(await customers.renew_anonymous_token(token))
    return MadeToken.of(await customers.create_anonymous_token())
