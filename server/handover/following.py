"""What open streams are told of sessions as it happens: to the customer of one, and to the desk of all.

Nothing is queued: a stream that reads slowly is given the newest state when it reads on.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import monotonic

from server.handover.handovers import Handovers
from server.handover.watching import SessionWatch, ShopWatch
from server.store.records import StoredTurn
from server.store.service_records import Handover
from server.store.store import Store

MAX_FOLLOW_S = 600.0
"""How long a stream lasts; its page opens another one then, with what may have changed of its rights."""

LOOK_EVERY_S = 15.0
"""How often a stream that is told nothing looks by itself: for its place in the queue, and whether it still exists."""


@dataclass(frozen=True)
class SessionState:
    """Who answers a session. `position` is how many wait for longer, None unless it waits."""

    handover: Handover | None
    position: int | None


class FollowedSession:
    """Follows one session of an owner. It must be closed, read or not."""

    def __init__(
        self, store: Store, handovers: Handovers, owner: str, session_id: str, slot: AbstractContextManager[None]
    ) -> None:
        """`slot` is held until it is closed. Raises what entering it raises."""
        slot.__enter__()
        self._slot: AbstractContextManager[None] | None = slot
        self._store = store
        self._handovers = handovers
        self._owner = owner
        self._session_id = session_id
        self._watch: SessionWatch = handovers.watchers.watch_session(session_id)

    async def follow(self, position: int) -> AsyncIterator[SessionState | StoredTurn]:
        """Yield who answers, now and whenever that changes, and a person's turns behind `position` as they come.

        Ends after `MAX_FOLLOW_S`. Raises `SessionNotFound` when the session is deleted.
        """
        ends_s, shown = monotonic() + MAX_FOLLOW_S, None
        while (left_s := ends_s - monotonic()) > 0:
            await self._store.get_session(self._owner, self._session_id)
            state = await self._read_state()
            if shown is None or describe(state) != describe(shown):
                yield state
                shown = state
            for place, turn in (await self._store.handovers.list_persons_turns(self._session_id, position)).items():
                yield turn
                position = place
            await self._watch.wait(min(LOOK_EVERY_S, left_s))

    async def _read_state(self) -> SessionState:
        handover = await self._handovers.find(self._session_id)
        self._watch.note(handover)
        return SessionState(handover, None if handover is None else await self._handovers.find_position(handover))

    def close(self) -> None:
        """End it. Closing twice is allowed."""
        self._handovers.watchers.leave(self._watch)
        if self._slot is not None:
            self._slot.__exit__(None, None, None)
            self._slot = None


def describe(state: SessionState) -> tuple[object, ...]:
    """Return what a customer sees of a state."""
    handover = state.handover
    return (None if handover is None else (handover.state, handover.agent_name), state.position)


@dataclass(frozen=True)
class DeskState:
    """How many sessions wait, and which have changed; None if all have to be loaded anew."""

    num_waiting: int
    changed: list[str] | None


class FollowedDesk:
    """Follows all sessions of a shop, or of all shops where it is None. It must be closed, read or not."""

    def __init__(
        self, store: Store, handovers: Handovers, shop: str | None, slot: AbstractContextManager[None]
    ) -> None:
        """`slot` is held until it is closed. Raises what entering it raises."""
        slot.__enter__()
        self._slot: AbstractContextManager[None] | None = slot
        self._store = store
        self._handovers = handovers
        self._shop = shop
        self._watch: ShopWatch = handovers.watchers.watch_shop(shop)

    async def follow(self) -> AsyncIterator[DeskState]:
        """Yield the state now, and whenever a session has changed. Ends after `MAX_FOLLOW_S`."""
        ends_s = monotonic() + MAX_FOLLOW_S
        yield DeskState(await self._store.handovers.count_waiting(self._shop), None)
        while (left_s := ends_s - monotonic()) > 0:
            changed = await self._watch.wait(left_s)
            if changed != []:
                yield DeskState(await self._store.handovers.count_waiting(self._shop), changed)

    def close(self) -> None:
        """End it. Closing twice is allowed."""
        self._handovers.watchers.leave(self._watch)
        if self._slot is not None:
            self._slot.__exit__(None, None, None)
            self._slot = None
