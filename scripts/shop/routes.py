"""The shop's routes. Work on the database runs in threads, so that one that waits keeps nobody else waiting."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from litestar import get, post
from litestar.datastructures import State
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from scripts.shop.bodies import AddressBody, CancelBody, ExchangeBody, ReturnBody
from scripts.shop.shop import Reply, Shop

Customer = Annotated[str, QueryParameter(name="customer", min_length=1, max_length=200)]
Key = Annotated[str | None, HeaderParameter(name="Idempotency-Key", required=False)]


@get("/health", is_open=True)
async def check_health() -> dict[str, str]:
    return {"status": "ok"}


@get("/orders")
async def read_orders(state: State, customer: Customer) -> list[Reply]:
    return await asyncio.to_thread(shop_of(state).list_orders, customer)


@get("/orders/{order:str}")
async def read_order(state: State, order: FromPath[str], customer: Customer) -> Reply:
    return await asyncio.to_thread(shop_of(state).get_order, customer, order)


@get("/orders/{order:str}/shipment")
async def read_shipment(state: State, order: FromPath[str], customer: Customer) -> Reply:
    return await asyncio.to_thread(shop_of(state).track, customer, order)


@get("/stock/{product:str}")
async def read_stock(state: State, product: FromPath[str]) -> Reply:
    return await asyncio.to_thread(shop_of(state).check_stock, product)


@post("/returns")
async def add_return(state: State, data: JSONBody[ReturnBody], key: Key = None) -> Reply:
    return await _change(state, shop_of(state).start_return, data, key)


@post("/exchanges")
async def add_exchange(state: State, data: JSONBody[ExchangeBody], key: Key = None) -> Reply:
    return await _change(state, shop_of(state).start_exchange, data, key)


@post("/orders/{order:str}/cancel", status_code=200)
async def cancel(state: State, order: FromPath[str], data: JSONBody[CancelBody], key: Key = None) -> Reply:
    return await _change(state, shop_of(state).cancel, order, data, key)


@post("/orders/{order:str}/address", status_code=200)
async def move(state: State, order: FromPath[str], data: JSONBody[AddressBody], key: Key = None) -> Reply:
    return await _change(state, shop_of(state).change_address, order, data, key)


ROUTES = [check_health, read_orders, read_order, read_shipment, read_stock, add_return, add_exchange, cancel, move]


def shop_of(state: State) -> Shop:
    shop: Shop = state.shop
    return shop


async def _change(state: State, change: Callable[..., Reply], *arguments: Any) -> Reply:
    """Make a change, and wait after it as long as the shop was told to."""
    reply = await asyncio.to_thread(change, *arguments)
    await asyncio.sleep(state.slow_after_commit_s)
    return reply
