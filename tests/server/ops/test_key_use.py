"""How much each key was used, without the keys."""

from pathlib import Path

import msgspec
import pytest

from server.keys.account import DAY_S
from server.keys.keyring import KeyRing
from server.keys.limiter import KeyLimiter
from server.ops.key_use import list_key_uses
from server.ops.readings import Readings
from server.request_record import RequestRecord
from server.store.errors import DatabaseUnreachable
from server.store.store import open_store
from server.telemetry.metrics import Metrics
from tests.helpers.keys import make_key, make_secret

pytestmark = pytest.mark.anyio

ANN = make_key(owner="shop", tokens_per_minute=50, tokens_per_day=100, max_streams=3)


async def test_each_key_has_its_requests_its_tokens_and_its_open_streams(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 20_000.5 * DAY_S)
    metrics, limiter = Metrics(), KeyLimiter(4)
    for name in ("ann", "ann", "gone"):
        metrics.count(RequestRecord("r", "POST", "/ask", key=name))
    async with open_store(tmp_path / "sessions.db") as store:
        for day, count in ((19_999, 7), (20_000, 40)):
            await store.spend_tokens("ann", day, count)
        with limiter.admit(ANN):
            uses = await list_key_uses(
                KeyRing([ANN, make_key("bob", role="operator")]), limiter, store, Readings(metrics.registry)
            )
    ann, bob = uses
    assert (ann.name, ann.owner, ann.role, ann.max_streams) == ("ann", "shop", "user", 3)
    assert (ann.num_requests, ann.num_open, ann.tokens_today, ann.tokens_per_day) == (2, 1, 40, 100)
    assert (ann.tokens_per_minute, bob.tokens_per_minute) == (50, None)
    assert (bob.role, bob.num_requests, bob.num_open, bob.tokens_today, bob.tokens_per_day) == (
        "operator",
        0,
        0,
        0,
        None,
    )
    sent = msgspec.json.encode(uses).decode()
    for secret in (make_secret("ann"), ANN.sha256, "sha256"):
        assert secret not in sent


async def test_without_the_database_the_rest_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_: int) -> dict[str, int]:
        raise DatabaseUnreachable("sessions.db", "it is gone")

    async with open_store(tmp_path / "sessions.db") as store:
        monkeypatch.setattr(store, "list_spent_tokens", fail)
        (use,) = await list_key_uses(KeyRing([ANN]), KeyLimiter(4), store, Readings(Metrics().registry))
    assert (use.tokens_today, use.tokens_per_day) == (None, 100)
