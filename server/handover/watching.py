"""Who waits for changes of hand-overs: running answers, and open streams of pages.

Changes of this server are told at once. Those of other servers of the same database are found by `poll`. A watcher is
told the newest state and not each change, so nothing grows where it is slow, and nobody waits for it.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from server.errors import DeskStreamsFull
from server.store.service_records import Handover
from server.store.store import Store

POLL_S = 1.0
"""How often other servers' changes are looked for."""

WINDOW_S = 30.0
"""How far back they are looked for: clocks of servers may differ by less than this."""

DESK_SHARE = 4
"""One of so many streams is kept for people at the desk: customers, however many, do not shut them out."""

MAX_CHANGED = 100
"""How many sessions a watcher of a shop remembers; after more it has to load all anew."""


K = TypeVar("K")
W = TypeVar("W")


class SessionWatch:
    """Watches one session. `handover` is its newest state, as far as it is known here."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.handover: Handover | None = None
        self._has_changed = asyncio.Event()

    @property
    def is_silent(self) -> bool:
        """Whether the model must not answer, which is so while a session waits for a person, and while one has it."""
        return self.handover is not None and self.handover.state in ("waiting", "person")

    @property
    def version(self) -> int:
        """The version of the state that is known; 0 without one."""
        return 0 if self.handover is None else self.handover.version

    def note(self, handover: Handover | None) -> None:
        """Take note of a state that the watcher has read by itself, unless a newer one is known."""
        if handover is None or handover.version >= self.version:
            self.handover = handover

    def tell(self, handover: Handover | None) -> None:
        """Take note of a state, and wake the watcher; None is that of a session that is gone."""
        self.note(handover)
        self._has_changed.set()

    async def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for a change; return whether there was one within `timeout_s` since the last wait."""
        return await _wait(self._has_changed, timeout_s)


class ShopWatch:
    """Watches all sessions of a shop, or of all shops where it is None."""

    def __init__(self, shop: str | None) -> None:
        self.shop = shop
        self._has_changed = asyncio.Event()
        self._changed: dict[str, None] = {}

    def tell(self, handover: Handover) -> None:
        """Remember a session that has changed, if there are not too many of them already."""
        if len(self._changed) <= MAX_CHANGED:
            self._changed[handover.session_id] = None
        self._has_changed.set()

    async def wait(self, timeout_s: float | None = None) -> list[str] | None:
        """Return the sessions that have changed since the last wait; None if those are too many to name.

        The list is empty where none has changed within `timeout_s`.
        """
        await _wait(self._has_changed, timeout_s)
        changed, self._changed = list(self._changed), {}
        return None if len(changed) > MAX_CHANGED else changed


class Watchers:
    """All who watch hand-overs. At most `max_streams` of them are pages' streams."""

    def __init__(self, store: Store, max_streams: int) -> None:
        self._store = store
        self._max_streams = max_streams
        self._sessions: dict[str, list[SessionWatch]] = {}
        self._shops: dict[str | None, list[ShopWatch]] = {}
        self._streams: Counter[str] = Counter()
        self._seen: dict[str, int] = {}

    @contextmanager
    def hold_stream(self, owner: str, max_own: int | None = None) -> Iterator[None]:
        """Count a stream until the block is left. Customers have at most `max_own` each, and not all of them together.

        Raises `DeskStreamsFull`.
        """
        self._check_streams(owner, max_own)
        self._streams[owner] += 1
        try:
            yield
        finally:
            self._streams[owner] -= 1
            if not self._streams[owner]:
                del self._streams[owner]

    def _check_streams(self, owner: str, max_own: int | None) -> None:
        if max_own is not None and self._streams[owner] >= max_own:
            raise DeskStreamsFull(max_own)
        kept = 0 if max_own is None else self._max_streams // DESK_SHARE
        if self._streams.total() >= self._max_streams - kept:
            raise DeskStreamsFull(self._max_streams - kept)

    def watch_session(self, session_id: str) -> SessionWatch:
        """Begin to watch a session; `leave` ends it."""
        watch = SessionWatch(session_id)
        self._sessions.setdefault(session_id, []).append(watch)
        return watch

    def watch_shop(self, shop: str | None) -> ShopWatch:
        """Begin to watch the sessions of a shop, or of all; `leave` ends it."""
        watch = ShopWatch(shop)
        self._shops.setdefault(shop, []).append(watch)
        return watch

    def leave(self, watch: SessionWatch | ShopWatch) -> None:
        """End a watch. Ending it twice is allowed."""
        if isinstance(watch, SessionWatch):
            _remove(self._sessions, watch.session_id, watch)
        else:
            _remove(self._shops, watch.shop, watch)

    def tell(self, handover: Handover) -> None:
        """Tell those who watch a session or its shop of its newest state."""
        for of_session in self._sessions.get(handover.session_id, ()):
            of_session.tell(handover)
        for shop in {handover.shop, None}:
            for of_shop in self._shops.get(shop, ()):
                of_shop.tell(handover)

    async def poll(self) -> None:
        """Find what other servers have changed. Raises `DatabaseUnreachable`."""
        if self._store.database.is_exclusive:
            return
        if self._sessions:
            await self._poll_sessions()
        if self._shops:
            await self._poll_shops()

    async def _poll_sessions(self) -> None:
        known = {watch: watch.version for watches in self._sessions.values() for watch in watches}
        found = await self._store.handovers.find_some({watch.session_id for watch in known})
        for watch, version in known.items():
            newest = found.get(watch.session_id)
            is_gone = newest is None and watch.version == version > 0
            if is_gone or (newest is not None and newest.version > version):
                watch.tell(newest)

    async def _poll_shops(self) -> None:
        shops = None if None in self._shops else [shop for shop in self._shops if shop is not None]
        changed = await self._store.handovers.list_changed(shops, self._store.handovers.clock() - WINDOW_S)
        seen, self._seen = self._seen, {handover.session_id: handover.version for handover in changed}
        for handover in changed:
            if seen.get(handover.session_id) != handover.version:
                for shop in {handover.shop, None}:
                    for watch in self._shops.get(shop, ()):
                        watch.tell(handover)


def _remove(watches: dict[K, list[W]], key: K, watch: W) -> None:
    left = [each for each in watches.get(key, ()) if each is not watch]
    if left:
        watches[key] = left
    else:
        watches.pop(key, None)


async def _wait(event: asyncio.Event, timeout_s: float | None) -> bool:
    """Wait for an event and clear it; return whether it came in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await event.wait()
    was_set = event.is_set()
    event.clear()
    return was_set
