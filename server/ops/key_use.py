"""The keys that are valid, and how much each was used. Never a key or its hash."""

import time
from collections.abc import Iterator

from msgspec import Struct

from server.keys.account import DAY_S
from server.keys.key import Key
from server.keys.keyring import KeyRing
from server.keys.limiter import KeyLimiter
from server.ops.readings import Readings
from server.store.errors import DatabaseError
from server.store.store import Store


class KeyUse(Struct, frozen=True):
    """The use of one key: `num_requests` since the start of the server, `num_open` requests that are being answered.

    `tokens_today` counts this day in UTC, and is None while the database does not answer. Without `max_streams` the
    server's own limit applies, without `tokens_per_minute` and `tokens_per_day` there is none.
    """

    name: str
    owner: str
    role: str
    num_requests: int
    num_open: int
    tokens_today: int | None
    tokens_per_minute: int | None
    tokens_per_day: int | None
    max_streams: int | None


async def list_key_uses(keys: KeyRing, limiter: KeyLimiter, store: Store, readings: Readings) -> list[KeyUse]:
    """List the uses of all valid keys, in the order of the keys."""
    try:
        spent = await store.list_spent_tokens(int(time.time() // DAY_S))
    except DatabaseError:
        spent = None
    return list(_describe_keys(keys.keys, limiter, spent, readings.sum_by("key_requests_total", "key")))


def _describe_keys(
    keys: tuple[Key, ...], limiter: KeyLimiter, spent: dict[str, int] | None, requests: dict[tuple[str, ...], float]
) -> Iterator[KeyUse]:
    for key in keys:
        yield KeyUse(
            name=key.name,
            owner=key.owner,
            role=key.role,
            num_requests=int(requests.get((key.name,), 0)),
            num_open=limiter.num_open(key.name),
            tokens_today=None if spent is None else spent.get(key.name, 0),
            tokens_per_minute=key.tokens_per_minute,
            tokens_per_day=key.tokens_per_day,
            max_streams=key.max_streams,
        )
