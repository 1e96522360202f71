"""Whatever is asked in whatever order, and whenever the process is killed, the shop's books agree."""

import sqlite3
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.shop.bodies import CancelBody, ExchangeBody, ReturnBody
from scripts.shop.database import FILE
from scripts.shop.example_orders import ORDERS
from scripts.shop.refusal import ShopRefusal
from scripts.shop.shop import Shop
from tests.helpers.loopback import comes_true
from tests.helpers.shop import AUTHORIZED, StillClock, count_rows, run_shop

Change = tuple[str, str, str, int, str | None]
"""The kind of change, customer, order, line and key."""

CHANGES = st.tuples(
    st.sampled_from(["return", "exchange", "cancel"]),
    st.sampled_from(["ann", "bo", "chen"]),
    st.sampled_from([order.number for order in ORDERS]),
    st.integers(1, 3),
    st.sampled_from([None, "a", "b", "c"]),
)


def make(shop: Shop, change: Change) -> None:
    kind, customer, number, line, key = change
    match kind:
        case "return":
            shop.start_return(ReturnBody(customer, number, line), key)
        case "exchange":
            shop.start_exchange(ExchangeBody(customer, number, line, "M"), key)
        case _:
            shop.cancel(number, CancelBody(customer), key)


def read_stock(connection: sqlite3.Connection) -> dict[tuple[str, str], int]:
    return {(code, size): pieces for code, size, pieces in connection.execute("SELECT * FROM stock")}


def check_books(folder: Path, stock: Mapping[tuple[str, str], int]) -> None:
    """Check that stock, orders, returns and exchanges agree, `stock` being that of the beginning."""
    with closing(sqlite3.connect(folder / FILE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        expected = dict(stock)
        for code, size, pieces in connection.execute(
            "SELECT product, ifnull(lines.size, ''), quantity FROM lines JOIN orders ON number = order_number"
            " WHERE state = 'cancelled' AND number != 'MS100115'"  # which was so from the beginning
        ):
            expected[code, size] += pieces
        for code, size, pieces in connection.execute(
            "SELECT product, exchanges.size, quantity FROM exchanges JOIN lines USING (order_number, line)"
        ):
            expected[code, size] -= pieces
        assert read_stock(connection) == expected
        lines = "SELECT count(*) FROM return_lines WHERE order_number = number"
        wrong = f"SELECT number FROM orders WHERE (state IN ('returning', 'returned')) != (({lines}) > 0)"
        assert connection.execute(wrong).fetchall() == []
        empty = "SELECT number FROM returns WHERE number NOT IN (SELECT return_number FROM return_lines)"
        assert connection.execute(empty).fetchall() == []
        both = "SELECT * FROM return_lines JOIN exchanges USING (order_number, line)"
        assert connection.execute(both).fetchall() == []


@settings(max_examples=25, deadline=None)
@given(st.lists(CHANGES, max_size=12))
def test_any_changes_leave_the_books_in_order(changes: list[Change]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        shop = Shop(folder, StillClock())
        with closing(sqlite3.connect(folder / FILE)) as connection:
            stock = read_stock(connection)
        for change in changes:
            with suppress(ShopRefusal):
                make(shop, change)
        check_books(folder, stock)


def test_a_shop_that_is_killed_amid_changes_has_its_books_in_order(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        stock = read_stock(connection)
    del shop
    told = [number for delay_s in (0.0, 0.04, 0.2) for number in kill_amid_changes(tmp_path, delay_s)]
    check_books(tmp_path, stock)
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        kept = {f"RT{number:06d}" for (number,) in connection.execute("SELECT number FROM returns")}
    assert told
    assert set(told) <= kept


def kill_amid_changes(folder: Path, delay_s: float) -> list[str]:
    """Kill a shop `delay_s` after the first change that it tells of, if any; return the returns that it told of."""
    told: list[str] = []
    with run_shop(folder) as (process, address, _):
        clients = [threading.Thread(target=send_changes, args=(address, told, f"{delay_s}-{n}")) for n in range(4)]
        for client in clients:
            client.start()
        assert comes_true(lambda: told or not any(client.is_alive() for client in clients))
        time.sleep(delay_s)
        process.kill()
        for client in clients:
            client.join()
    return told


def send_changes(address: str, told: list[str], name: str) -> None:
    """Return and cancel what there is until the shop is gone, and keep the numbers of the returns it told of."""
    with httpx.Client(base_url=address, headers=AUTHORIZED) as client, suppress(httpx.HTTPError):
        for order in ORDERS:
            body = {"customer": order.customer, "order": order.number, "line": 1}
            reply = client.post("/returns", json=body, headers={"Idempotency-Key": f"{name}-{order.number}"})
            if reply.status_code == 201:
                told.append(reply.json()["return"])
            client.post(f"/orders/{order.number}/cancel", json={"customer": order.customer})


@pytest.mark.parametrize("is_killed_before", [True, False])
def test_a_kill_before_the_reply_leaves_one_return_that_the_key_finds_again(
    tmp_path: Path, is_killed_before: bool
) -> None:
    body = {"customer": "ann", "order": "MS100127", "line": 1}
    headers = {**AUTHORIZED, "Idempotency-Key": "k"}
    Shop(tmp_path)
    before = count_rows(tmp_path, "returns")
    with run_shop(tmp_path, "--slow-after-commit", "60" if is_killed_before else "0") as (process, address, _):
        sent = threading.Thread(target=post_quietly, args=(f"{address}/returns", body, headers))
        sent.start()
        assert comes_true(lambda: count_rows(tmp_path, "returns") == before + 1)
        process.kill()
        sent.join()
    with run_shop(tmp_path) as (_, address, _):
        again = httpx.post(f"{address}/returns", json=body, headers=headers)
        assert (again.status_code, again.json()["lines"]) == (201, [1])
        other = httpx.post(f"{address}/returns", json=body, headers={**AUTHORIZED, "Idempotency-Key": "another"})
        assert other.json()["error"]["code"] == "already_returned"
    assert count_rows(tmp_path, "returns") == before + 1


def post_quietly(url: str, body: dict[str, object], headers: dict[str, str]) -> None:
    with suppress(httpx.HTTPError):
        httpx.post(url, json=body, headers=headers, timeout=60)
