"""Whose keys are good, and what was done with them. Never a key, nor its hash."""

import time
from collections.abc import Iterator

from msgspec import Struct

from server.keys.account import DAY_S
from server.keys.gate import Gate
from server.keys.key import Key
from server.keys.keyring import KeyRing
from server.ops.readings import Readings
from server.store.errors import DatabaseError
from server.store.store import Store


class KeyUse(Struct, frozen=True):
    """`num_requests` is since the server's start, `num_open` those in hand. Without `max_streams` the
    server's own limit holds, without `tokens_per_day` none.

    `tokens_today` is of this day in UTC, None while the database does not answer.
    """

    name: str
    owner: str
    role: str
    num_requests: int
    num_open: int
    tokens_today: int | None
    tokens_per_day: int | None
    max_streams: int | None


async def uses_of(keys: KeyRing, gate: Gate, store: Store, readings: Readings) -> list[KeyUse]:
    try:
        spent = await store.all_tokens_spent(int(time.time() // DAY_S))
    except DatabaseError:
        spent = None
    return list(_uses(keys.keys, gate, spent, readings.by("key_requests_total", "key")))


def _uses(
    keys: tuple[Key, ...], gate: Gate, spent: dict[str, int] | None, requests: dict[tuple[str, ...], float]
) -> Iterator[KeyUse]:
    for key in keys:
        yield KeyUse(
            name=key.name,
            owner=key.owner,
            role=key.role,
            num_requests=int(requests.get((key.name,), 0)),
            num_open=gate.num_inside(key.name),
            tokens_today=None if spent is None else spent.get(key.name, 0),
            tokens_per_day=key.tokens_per_day,
            max_streams=key.max_streams,
        )
