"""Whatever is asked, answered, killed and recovered in any order: nothing runs twice, or without its owner's yes."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from server.errors import ActionNotPending
from server.store.audit import AuditFilter
from server.store.errors import ActionNotFound
from server.store.service_records import SessionRef
from server.store.store import Store, open_store
from server.tools.actions import ActionLimits, Actions
from server.tools.result import ToolResult
from tests.helpers.actions import ARGUMENTS, TOOL, FakeDesk, FakeShop, make_customer, open_session
from tests.helpers.clock import Clock
from tests.helpers.migrated import place_migrated

T = TypeVar("T")
ANN, BOB = make_customer("ann"), make_customer("bob")
WAIT_S = 100.0
AFTER: dict[str, frozenset[str]] = {
    "pending": frozenset({"pending", "running", "done", "failed", "unknown", "declined", "expired"}),
    "running": frozenset({"running", "done", "failed", "unknown"}),
    "unknown": frozenset({"unknown", "done", "failed"}),
}
"""The states that may follow a state; an end stays."""


class ActionMachine(RuleBasedStateMachine):
    """One customer with two sessions, another customer, a shop, and a server that is killed now and then."""

    asked = Bundle("asked")

    @initialize()
    def start(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = TemporaryDirectory()
        self.clock, self.shop, self.desk = Clock(), FakeShop(), FakeDesk()
        self.agreed: set[str] = set()
        self.states: dict[str, str] = {}
        self.stack = AsyncExitStack()
        self.open()
        self.sessions = [self.do(open_session(self.store, ANN)) for _ in range(2)]

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def open(self) -> None:
        path = place_migrated(Path(self.folder.name) / "store.sqlite3")
        self.store: Store = self.do(self.stack.enter_async_context(open_store(path, clock=self.clock)))
        self.actions = Actions(self.store.actions, self.shop, self.desk, ActionLimits(WAIT_S, run_s=5))

    @rule(target=asked, number=st.integers(0, 1))
    def ask(self, number: int) -> str:
        session: SessionRef = self.sessions[number]
        action = self.do(self.actions.propose(session, TOOL, ARGUMENTS, "model"))
        self.states[action.id] = "pending"
        return action.id

    @rule(action_id=asked, state=st.sampled_from(["done", "failed", "unknown"]), count=st.integers(1, 3))
    def confirm(self, action_id: str, state: Any, count: int) -> None:
        self.shop.answers[TOOL] = ToolResult(state)

        async def confirm_at_once() -> list[Any]:
            tries = [self.actions.confirm(ANN, action_id) for _ in range(count)]
            return await asyncio.gather(*tries, return_exceptions=True)

        ends = {getattr(each, "state", None) or type(each) for each in self.do(confirm_at_once())}
        assert len(ends) == 1, "all get the same end"
        assert ends <= {"done", "failed", "unknown", ActionNotPending}
        self.agreed.add(action_id)

    @rule(action_id=asked)
    def decline(self, action_id: str) -> None:
        with suppress(ActionNotPending):
            self.do(self.actions.decline(ANN, action_id))
        assert self.find_state(action_id) != "pending"

    @rule(action_id=asked, answer=st.sampled_from(["confirm", "decline"]))
    def answer_for_another(self, action_id: str, answer: str) -> None:
        with pytest.raises(ActionNotFound):
            self.do(getattr(self.actions, answer)(BOB, action_id))

    @rule(action_id=asked)
    def kill_while_it_runs(self, action_id: str) -> None:
        """The shop has it, and the server that asked is gone before it stored an end."""
        begun = self.do(self.store.actions.begin(ANN.owner, action_id, ANN.owner, 30))
        if begun is not None:
            self.agreed.add(action_id)
            self.do(self.shop.run(TOOL, begun.arguments, ANN.customer, action_id))
        self.restart()

    @rule()
    def restart(self) -> None:
        self.do(self.stack.aclose())
        self.open()

    @rule(seconds=st.sampled_from([10, 60, 200]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule()
    def recover(self) -> None:
        self.do(self.actions.recover())
        assert "running" not in {self.find_state(action_id) for action_id in self.states}

    def find_state(self, action_id: str) -> str:
        return self.do(self.actions.get(ANN, action_id)).state

    @invariant()
    def nothing_runs_twice_or_unasked(self) -> None:
        if not hasattr(self, "shop"):
            return
        assert len(set(self.shop.keys)) == len(self.shop.keys)
        assert set(self.shop.keys) <= self.agreed

    @invariant()
    def states_only_go_on_and_the_log_has_all(self) -> None:
        if not hasattr(self, "states"):
            return
        for action_id, before in self.states.items():
            state = self.find_state(action_id)
            assert state in AFTER.get(before, {before})
            self.states[action_id] = state
            assert (state in ("running", "done", "failed", "unknown")) == (action_id in self.shop.keys)
        pending = [action_id for action_id, state in self.states.items() if state == "pending"]
        assert len(pending) <= len(self.sessions)
        events = self.do(self.store.actions.list_audit(AuditFilter(), 10_000)).entries
        last = {each.entry.action_id: each.entry.event for each in reversed(events)}
        names = {"pending": "asked", "running": "confirmed"}
        assert last == {action_id: names.get(state, state) for action_id, state in self.states.items()}

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.do(self.stack.aclose())
            self.loop.close()
            self.folder.cleanup()


TestActionMachine: Any = ActionMachine.TestCase
TestActionMachine.settings = settings(
    max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
