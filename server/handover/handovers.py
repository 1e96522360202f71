"""Hand-over of sessions to a person: who may bring a session into which state, and who is told.

bot -> waiting       the customer's wish, a tool, or a rule asks for a person
waiting -> person    a person takes it
any -> person        an operator takes it, from another person too
person -> bot        the person gives it back: earlier words of the customer ask for nobody any more
waiting -> bot       a person lets the model go on
waiting, person -> closed
closed -> bot        the customer writes again
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from server.handover.summary_writer import SummaryWriter
from server.handover.watching import Watchers
from server.handover.wishes import Wishes
from server.keys.customer import CUSTOMER_PREFIX
from server.store.errors import HandoverLost
from server.store.handover_turns import PersonWords
from server.store.handovers import Announcer
from server.store.service_records import Handover, HandoverChange, HandoverReason, HandoverState, SessionRef
from server.store.store import Store

MAX_OWN_WAITING = 5
"""How many sessions of one customer may wait at once, so that one customer does not fill the desk."""

VISITORS_SHARE = 2
"""Anonymous visitors, whom anybody can invent, may have half of the places of those who wait."""

SILENT: Final[tuple[HandoverState, ...]] = ("waiting", "person")
WAITING: Final[tuple[HandoverState, ...]] = ("waiting",)
PERSON: Final[tuple[HandoverState, ...]] = ("person",)
CLOSED: Final[tuple[HandoverState, ...]] = ("closed",)
ASKING: Final[tuple[HandoverState, ...]] = ("bot", "closed")
ANY: Final[tuple[HandoverState, ...]] = ("bot", "waiting", "person", "closed")


@dataclass(frozen=True)
class Person:
    """A person at the desk: `agent` is the name of the key, `name` what customers are shown.

    Operators may also act on sessions that another person has.
    """

    agent: str
    name: str | None = None
    is_operator: bool = False


class Handovers:
    """Brings sessions to people and back, and tells those who watch.

    Every method raises `DatabaseUnreachable` when the database fails, and `SessionNotFound`. Those that change a state
    raise `HandoverLost` where the session is in another one, or with another person: of two at once, one wins.

    A session that begins to wait is told by the `announcer`, and summed up in the background.
    """

    def __init__(
        self,
        store: Store,
        watchers: Watchers,
        max_waiting: int,
        announcer: Announcer | None = None,
        summaries: SummaryWriter | None = None,
    ) -> None:
        self.watchers = watchers
        self.wishes = Wishes()
        self._store = store
        self._max_waiting = max_waiting
        self._announcer = announcer
        self._summaries = summaries

    async def find(self, session_id: str) -> Handover | None:
        """Return the hand-over of a session; None if it never had one."""
        return await self._store.handovers.find(session_id)

    async def request(self, session: SessionRef, reason: HandoverReason, by: str) -> Handover:
        """Let a session wait for a person; return the hand-over, as it was if it waits already or a person has it.

        Raises `DeskFull`, but not about a call that may have changed something: there a person is promised.
        """
        wanted = HandoverChange("waiting", reason, by)
        if reason != "unknown_action":
            wanted = self._limit(wanted, session)
        try:
            return await self._change(session, ASKING, wanted)
        except HandoverLost:
            found = await self.find(session.id)
            if found is None or found.state not in SILENT:
                raise
            return found

    def _limit(self, wanted: HandoverChange, session: SessionRef) -> HandoverChange:
        """Return a change that is refused where too many sessions wait."""
        own = MAX_OWN_WAITING if session.owner.startswith(CUSTOMER_PREFIX) else None
        visitors = max(1, self._max_waiting // VISITORS_SHARE)
        return replace(wanted, max_waiting=self._max_waiting, max_own=own, max_visitors=visitors)

    async def take(self, handover: Handover, person: Person) -> Handover:
        """Give a session that waits to a person. Taking it twice changes nothing but the name that is shown."""
        wanted = HandoverChange("person", "person", person.agent, person.agent, person.name)
        try:
            return await self._change(refer(handover), WAITING, wanted)
        except HandoverLost:
            found = await self.find(handover.session_id)
            if found is None or found.state != "person" or found.agent != person.agent:
                raise
            return found

    async def interrupt(self, session: SessionRef, person: Person) -> Handover:
        """Give any session to an operator, whoever answers it."""
        wanted = HandoverChange("person", "operator", person.agent, person.agent, person.name)
        return await self._change(session, ANY, wanted)

    async def give_back(self, handover: Handover, person: Person) -> Handover:
        """Have the model answer again."""
        return await self._end(handover, person, "bot")

    async def close(self, handover: Handover, person: Person) -> Handover:
        """End a session, until the customer writes again."""
        return await self._end(handover, person, "closed")

    async def _end(self, handover: Handover, person: Person, state: HandoverState) -> Handover:
        """Only the person who has a session ends it, or an operator; one that waits anybody at the desk may."""
        if person.is_operator:
            holder, expected = None, SILENT
        else:
            holder, expected = (person.agent, PERSON) if handover.state == "person" else (None, WAITING)
        wanted = HandoverChange(state, "person", person.agent, holder=holder)
        return await self._change(refer(handover), expected, wanted)

    async def reopen(self, session: SessionRef) -> Handover:
        """Have the model answer a closed session again, as the customer has written."""
        return await self._change(session, CLOSED, HandoverChange("bot", "customer", session.owner))

    async def answer(self, handover: Handover, words: PersonWords) -> tuple[Handover, str]:
        """Store a person's answer, and tell the customer's pages; return the hand-over, and the id of the turn."""
        after, turn_id = await self._store.handovers.add_answer(handover, words)
        self.watchers.tell(after)
        return after, turn_id

    async def tell_turn(self, session_id: str) -> None:
        """Tell the desk that a turn of a session was stored."""
        touched = await self._store.handovers.touch(session_id)
        if touched is not None:
            self.watchers.tell(touched)

    async def find_position(self, handover: Handover) -> int | None:
        """Return how many sessions of the shop have waited longer; None for one that does not wait."""
        return await self._store.handovers.count_before(handover) if handover.state == "waiting" else None

    async def _change(
        self, session: SessionRef, expected: Collection[HandoverState], wanted: HandoverChange
    ) -> Handover:
        after = await self._store.handovers.change(session, expected, wanted, self._announcer)
        self.watchers.tell(after)
        if after.state == "waiting" and self._summaries is not None:
            self._summaries.start(session)
        return after


def refer(handover: Handover) -> SessionRef:
    """Return the session of a hand-over."""
    return SessionRef(handover.session_id, handover.owner, handover.shop, handover.profile, handover.language)
