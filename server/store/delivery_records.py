"""The records of webhooks that go into the store and come out of it. Times are in Unix seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class NewDelivery:
    """A webhook's message that is to be sent, not before `hold_s` seconds have passed. Of one `id` only one is kept."""

    id: str
    event: str
    payload: Mapping[str, Any]
    hold_s: float = 0.0


@dataclass(frozen=True)
class DeliveryCounts:
    """How many messages wait to be sent, or to be sent again, and how many were given up and are kept."""

    num_waiting: int
    num_failed: int
