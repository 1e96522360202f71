"""Sessions with hand-overs for tests, in a store without a server."""

from server.handover.handovers import Handovers, Person
from server.handover.watching import Watchers
from server.store.records import Session
from server.store.service_records import Handover, HandoverChange, SessionRef
from server.store.store import Store
from tests.helpers.store_turns import ask

ANN = Person("key-ann", "Ann")
BOB = Person("key-bob", "Bob")
CHIEF = Person("chief", "the chief", is_operator=True)


async def make_session(store: Store, name: str = "c", owner: str = "shop", shop: str = "shop") -> SessionRef:
    """Store a session with one turn."""
    session = await store.create_session(owner, name)
    await ask(store, session, f"hello from {name}")
    return SessionRef(session.id, owner, shop, "plain", "en")


async def wait_for_person(store: Store, ref: SessionRef) -> Handover:
    """Let a session wait."""
    return await store.handovers.change(ref, ("bot", "closed"), HandoverChange("waiting", "customer", ref.owner))


async def give_to(store: Store, ref: SessionRef, person: Person = ANN) -> Handover:
    """Give a session to a person, whatever its state."""
    wanted = HandoverChange("person", "person", person.agent, person.agent, person.name)
    return await store.handovers.change(ref, ("bot", "waiting", "person", "closed"), wanted)


def make_handovers(store: Store, max_waiting: int = 100, max_streams: int = 10) -> Handovers:
    return Handovers(store, Watchers(store, max_streams), max_waiting)


def as_session(ref: SessionRef) -> Session:
    """Return what functions take that ask in a session."""
    return Session(ref.id, ref.owner, "", {}, 0, 0, 0)
