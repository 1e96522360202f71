"""The same change is made once: a repeated request with the same key is given the reply of the first."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec

from scripts.shop.refusal import ShopRefusal, refuse_request

MAX_KEY = 200


def do_once(
    connection: sqlite3.Connection, key: str | None, path: str, body: msgspec.Struct, work: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Do the work and keep its reply under `key` in the same transaction; give the kept reply where there is one.

    Raises `ShopRefusal` for a key that another request was sent with, and for what the work refuses, which is not
    kept: nothing was changed then. Without a key the work is done each time.
    """
    if key is None:
        return work()
    if not 0 < len(key) <= MAX_KEY:
        raise refuse_request(f"Idempotency-Key must have 1 to {MAX_KEY} characters")
    request = hashlib.sha256(path.encode() + b"\0" + msgspec.json.encode(body, order="deterministic")).hexdigest()
    kept = connection.execute("SELECT request, reply FROM replies WHERE key = ?", (key,)).fetchone()
    if kept is None:
        reply = work()
        connection.execute("INSERT INTO replies VALUES (?, ?, ?)", (key, request, json.dumps(reply)))
        return reply
    if kept["request"] != request:
        zh, en = "这个 Idempotency-Key 已用于另一个请求。", "This Idempotency-Key was used for another request."
        raise ShopRefusal(422, "key_used", zh, en)
    return dict(json.loads(kept["reply"]))
