"""Functions that put hand-overs into a store as the desk does."""

from typing import Any

from sqlalchemy import insert, update

from server.store.service_tables import customers, handover_events, handovers
from server.store.store import Store
from server.store.tables import turns


async def put_handover(store: Store, session_id: str, state: str, **given: Any) -> None:
    """Store a hand-over of a session, without an event."""
    values: dict[str, Any] = {
        "shop": "shop",
        "owner": "ann",
        "profile": "ecommerce",
        "language": "en",
        "reason": "customer",
        "asked_s": 0.0,
        "changed_s": 0.0,
        "version": 1,
        **given,
    }
    row = insert(handovers).values(session_id=session_id, state=state, **values)
    await store.database.write(lambda c: c.execute(row))


async def add_event(store: Store, session_id: str, state: str, reason: str, at_s: float = 0.0) -> None:
    """Store one change of a hand-over."""
    values = {"at_s": at_s, "shop": "shop", "profile": "ecommerce", "by": "server"}
    row = insert(handover_events).values(session_id=session_id, state=state, reason=reason, **values)
    await store.database.write(lambda c: c.execute(row))


async def add_customer(store: Store, customer_id: str, shop: str, is_anonymous: bool = False) -> None:
    """Store a customer of a shop."""
    values = {"subject": customer_id, "is_anonymous": is_anonymous, "claims": {}, "created_s": 0.0, "seen_s": 0.0}
    row = insert(customers).values(id=customer_id, shop=shop, **values)
    await store.database.write(lambda c: c.execute(row))


async def set_author(store: Store, turn_id: str, author: str) -> None:
    """Have the answer of a turn be written by somebody else than the model."""
    await store.database.write(lambda c: c.execute(update(turns).where(turns.c.id == turn_id).values(author=author)))
