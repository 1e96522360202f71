"""The gate of a turn: whether the model may answer it, or a person has the session or is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.engine.token_stream import Usage
from server.handover.asking import ask_for_person
from server.handover.handovers import SILENT, Handovers
from server.handover.silenced_reply import SilencedReply
from server.handover.watching import SessionWatch
from server.pipeline.profiles import Profile
from server.pipeline.stage import Trace, TurnContext
from server.store.errors import HandoverLost
from server.store.handle import TurnHandle
from server.store.records import StoredTurn
from server.store.service_records import HandoverReason, HandoverState, SessionRef
from server.turn.reply import FixedReply, Reply, ReplyDelta, ReplyWrapper

STAGE = "handover"
"""The name of its notes in the trace."""

NOTHING_USED = Usage(0, 0, 0)


@dataclass(frozen=True)
class ShownHandover:
    """What a client is shown of a hand-over. `position` is how many wait for longer, None unless it waits."""

    state: HandoverState
    agent_name: str | None = None
    position: int | None = None


class Gate:
    """Lets one turn of a session through to the model, or not, and ends its answer when a person takes the session.

    It must be closed. `reply` is what it has let through, once there is one.
    """

    def __init__(self, handovers: Handovers, session: SessionRef) -> None:
        self._handovers = handovers
        self._session = session
        self._watch: SessionWatch = handovers.watchers.watch_session(session.id)
        self._reply: SilencedReply | None = None
        self._since_s = 0.0

    async def decide(self, turn: TurnHandle, question: str, trace: Trace) -> Reply | None:
        """Return the reply to a turn that the model must not answer; None where it may.

        Raises `DatabaseUnreachable`, `SessionNotFound`.
        """
        self._watch.note(await self._handovers.find(self._session.id))
        if await self._leave_to_person(turn):
            return FixedReply((), NOTHING_USED)
        await self._reopen()
        if not self._handovers.wishes.wants_person(question):
            return None
        text = await self.ask_for_person("customer", self._session.owner, trace)
        return FixedReply([ReplyDelta(0, text, finish_reason="stop")], NOTHING_USED)

    async def _leave_to_person(self, turn: TurnHandle) -> bool:
        """Store the question for a person where one has the session or is waited for; return whether that is so."""
        if not self._watch.is_silent:
            return False
        kept = await turn.leave_to_person()
        if kept is None:  # it was given back at this moment
            self._watch.note(await self._handovers.find(self._session.id))
            return False
        self._handovers.watchers.tell(kept)
        return True

    async def _reopen(self) -> None:
        handover = self._watch.handover
        if handover is not None:
            self._since_s = handover.changed_s
        if handover is not None and handover.state == "closed":
            try:
                await self._handovers.reopen(self._session)
            except HandoverLost:  # an operator has taken it at this moment: the answer will be silenced
                self._watch.note(await self._handovers.find(self._session.id))

    async def ask_for_person(self, reason: HandoverReason, by: str, trace: Trace) -> str:
        """Ask for a person, and return what the customer is told."""
        asked = await ask_for_person(self._handovers, self._session, reason, by)
        trace.author = "service"
        trace.note(STAGE, reason=reason, result=asked.result)
        return asked.text

    async def let_through(self, reply: Reply, context: TurnContext, history: Sequence[StoredTurn]) -> Reply:
        """Return a reply that ends where a person takes over, and asks for one if too many answers found nothing."""
        try:
            if self._is_at_a_loss(context, history):
                reply = _AppendedReply(reply, await self.ask_for_person("not_found", "server", context.trace))
        except BaseException:
            reply.close()
            raise
        self._reply = SilencedReply(reply, self._watch)
        return self._reply

    def _is_at_a_loss(self, context: TurnContext, history: Sequence[StoredTurn]) -> bool:
        """Whether this answer found nothing, and so did those right before it, as many as the profile allows."""
        limit = context.profile.handover_after_not_found
        if limit is None or context.trace.get("knowledge").get("mode") != "not_found":
            return False
        recent = [turn for turn in history if turn.created_s > self._since_s]
        return 1 + count_not_found(recent, context.profile) >= limit

    @property
    def is_silenced(self) -> bool:
        """Whether the answer was ended as a person took over."""
        return self._reply is not None and self._reply.is_silenced

    async def show(self) -> ShownHandover | None:
        """Return what the client is shown; None where the model answers."""
        handover = self._watch.handover
        if handover is None or handover.state == "bot":
            return None
        position = await self._handovers.find_position(handover)
        return ShownHandover(handover.state, handover.agent_name, position)

    async def end(self) -> None:
        """Tell the desk of the turn, which is stored, if the desk has the session."""
        handover = self._watch.handover
        if handover is not None and handover.state in SILENT:
            await self._handovers.tell_turn(self._session.id)

    def close(self) -> None:
        """End the watch. Closing twice is allowed."""
        self._handovers.watchers.leave(self._watch)


def count_not_found(history: Sequence[StoredTurn], profile: Profile) -> int:
    """Return how many of the last answers in a row are the profile's sentence for questions that find nothing."""
    sentence, count = profile.not_found, 0
    for turn in reversed(history):
        if sentence is None or turn.author == "person" or turn.answer not in (sentence.zh, sentence.en):
            break
        count += 1
    return count


class _AppendedReply(ReplyWrapper):
    """A reply with a text behind its answer."""

    def __init__(self, inner: Reply, text: str) -> None:
        super().__init__(inner)
        self._text = text

    async def __anext__(self) -> ReplyDelta:
        delta = await super().__anext__()
        if delta.finish_reason is None:
            return delta
        return ReplyDelta(delta.index, f"{delta.text}\n\n{self._text}", finish_reason=delta.finish_reason)
