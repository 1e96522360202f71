"""The shop: every question and every change in one transaction of its database."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from scripts.shop.bodies import AddressBody, CancelBody, ExchangeBody, ReturnBody
from scripts.shop.catalogue import read_catalogue
from scripts.shop.changes import cancel_order, change_address
from scripts.shop.database import Database
from scripts.shop.exchanges import start_exchange
from scripts.shop.idempotency import do_once
from scripts.shop.orders import describe_order, find_order, list_orders
from scripts.shop.returns import start_return
from scripts.shop.seed import DAY_S, keep_young, seed
from scripts.shop.shipments import describe_shipment
from scripts.shop.stock import describe_stock

Reply = dict[str, Any]


class Shop:
    """The shop in `folder`, stocked at its first start. The clock gives seconds since 1970.

    All methods may block and may be called from any thread, and raise `ShopRefusal`.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._catalogue = read_catalogue()
        self._database = Database(folder)
        self._renewed_s = 0
        with self._database.write() as connection:
            seed(connection, self._catalogue, self._now_s())
        self._renew()

    def list_orders(self, customer: str) -> list[Reply]:
        with self._read() as connection:
            return list_orders(connection, self._catalogue, customer)

    def get_order(self, customer: str, number: str) -> Reply:
        with self._read() as connection:
            return describe_order(connection, self._catalogue, find_order(connection, customer, number))

    def track(self, customer: str, number: str) -> Reply:
        with self._read() as connection:
            return describe_shipment(connection, find_order(connection, customer, number))

    def check_stock(self, product: str) -> Reply:
        with self._read() as connection:
            return describe_stock(connection, self._catalogue, product)

    def start_return(self, body: ReturnBody, key: str | None = None) -> Reply:
        return self._change(key, "returns", body, lambda work: start_return(work, self._catalogue, body, self._now_s()))

    def start_exchange(self, body: ExchangeBody, key: str | None = None) -> Reply:
        return self._change(
            key, "exchanges", body, lambda work: start_exchange(work, self._catalogue, body, self._now_s())
        )

    def cancel(self, number: str, body: CancelBody, key: str | None = None) -> Reply:
        path = f"orders/{number}/cancel"
        return self._change(key, path, body, lambda work: cancel_order(work, self._catalogue, number, body))

    def change_address(self, number: str, body: AddressBody, key: str | None = None) -> Reply:
        return self._change(key, f"orders/{number}/address", body, lambda work: change_address(work, number, body))

    def _change(
        self, key: str | None, path: str, body: msgspec.Struct, change: Callable[[sqlite3.Connection], Reply]
    ) -> Reply:
        self._renew()
        with self._database.write() as connection:
            return do_once(connection, key, path, body, lambda: change(connection))

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        self._renew()
        with self._database.read() as connection:
            yield connection

    def _renew(self) -> None:
        """Keep the example orders young, once an hour: a shop may run for months."""
        now_s = self._now_s()
        if now_s - self._renewed_s >= DAY_S // 24:
            with self._database.write() as connection:
                keep_young(connection, now_s)
            self._renewed_s = now_s

    def _now_s(self) -> int:
        return int(self._clock())
