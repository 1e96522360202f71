"""The routes of customers: those of the key's shop with a key, oneself with a customer's token."""

from typing import Annotated

from litestar import delete, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import Meta

from server.api.account import find_account
from server.api.customers.response import CustomerList, Myself, ShownCustomer
from server.api.customers.tokens import create_anonymous_token, create_token
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import STORE_ERRORS, describe
from server.api.sessions.routes import LINE, MAX_SEARCH_LENGTH, NoQuery, PageQuery
from server.api.text import refuse_blank
from server.api.transport import read_query
from server.customers.customers import Customers
from server.errors import NotACustomer


class CustomerQuery(PageQuery, forbid_unknown_fields=True):
    """The page of a list to return; `search` is a part of the customers' `sub`."""

    search: Annotated[str, Meta(max_length=MAX_SEARCH_LENGTH, pattern=LINE)] | None = None

    def __post_init__(self) -> None:
        if self.search is not None:
            refuse_blank("search", self.search)


@get(
    "/customers/me",
    opt=describe("Show whose token it is", query=NoQuery, answers={JSON: (Myself,)}, errors=(403, 503)),
)
async def show_myself(request: AnyRequest) -> Myself:
    read_query(request, NoQuery)
    customer = find_account(request).customer
    if customer is None:
        raise NotACustomer
    return Myself.of(customer)


@get(
    "/customers",
    opt=describe(
        "List the customers of the key's shop, the last seen first",
        query=CustomerQuery,
        answers={JSON: (CustomerList,)},
        errors=(503,),
    ),
)
async def list_customers(request: AnyRequest, state: State) -> CustomerList:
    query = read_query(request, CustomerQuery)
    customers: Customers = state.customers
    page = await customers.list_page(find_account(request).shop, query.limit, query.cursor, query.search)
    return CustomerList([ShownCustomer.of(customer) for customer in page.customers], page.next_cursor)


@get(
    "/customers/{customer_id:str}",
    opt=describe("Show a customer", query=NoQuery, answers={JSON: (ShownCustomer,)}, errors=STORE_ERRORS),
)
async def show_customer(request: AnyRequest, state: State, customer_id: FromPath[str]) -> ShownCustomer:
    read_query(request, NoQuery)
    customers: Customers = state.customers
    return ShownCustomer.of(await customers.get(find_account(request).shop, customer_id))


@post(
    "/customers/{customer_id:str}/revoke",
    status_code=200,
    opt=describe(
        "Refuse all tokens of a customer that were made before now",
        query=NoQuery,
        answers={JSON: (ShownCustomer,)},
        errors=STORE_ERRORS,
    ),
)
async def revoke_tokens(request: AnyRequest, state: State, customer_id: FromPath[str]) -> ShownCustomer:
    read_query(request, NoQuery)
    customers: Customers = state.customers
    return ShownCustomer.of(await customers.revoke(find_account(request).shop, customer_id))


@delete(
    "/customers/{customer_id:str}",
    opt=describe(
        "Delete a customer with all sessions, documents, responses, tables and calls, and refuse the tokens",
        query=NoQuery,
        errors=STORE_ERRORS,
    ),
)
async def delete_customer(request: AnyRequest, state: State, customer_id: FromPath[str]) -> None:
    read_query(request, NoQuery)
    customers: Customers = state.customers
    await customers.delete(find_account(request).shop, customer_id)


ROUTES = (
    create_token,
    create_anonymous_token,
    show_myself,
    list_customers,
    show_customer,
    revoke_tokens,
    delete_customer,
)
