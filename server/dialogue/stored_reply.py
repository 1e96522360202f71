"""The reply to a turn of a remembered dialogue, stored while it is read."""

from contextlib import suppress

from server.dialogue.gate import Gate, ShownHandover
from server.pipeline.stage import Trace
from server.store.errors import SessionNotFound
from server.store.handle import TurnHandle
from server.store.records import HANDOVER, StoredUsage
from server.turn.reply import Progress, Reply, ReplyDelta


class StoredReply:
    """An asynchronous iterator of the answer's text, and of the progress before it. It must be closed, read or not.

    The whole answer is stored before the iteration ends. Of an answer that is closed early, what was read is stored.
    `num_too_old` turns of the dialogue were left out of the prompt at once; `trace` is what the stages did. `handover`
    is what the client is shown of a person who has the session, or is asked for; it is known after the end.
    """

    def __init__(
        self,
        turn: TurnHandle,
        reply: Reply,
        num_too_old: int = 0,
        trace: Trace | None = None,
        gate: Gate | None = None,
    ) -> None:
        self.text = ""
        self.trace = trace or Trace()
        self.handover: ShownHandover | None = None
        self._gate = gate
        self._num_too_old = num_too_old
        self._turn = turn
        self._reply = reply
        self._finish_reason = "stop"
        self._is_closed = False

    def __aiter__(self) -> "StoredReply":
        return self

    async def __anext__(self) -> str | Progress:
        """Return the next text, or how far documents are read for it.

        Raises what ended the turn early, and `DatabaseUnreachable` if it cannot be stored.
        """
        try:
            delta = await anext(self._reply, None)
            if delta is not None:
                return delta.progress or self._add(delta)
            if not self._is_closed:
                await self._finish()
        except BaseException as error:
            self.close(error)
            raise
        self.close()
        raise StopAsyncIteration

    def _add(self, delta: ReplyDelta) -> str:
        self.text += delta.text
        self._finish_reason = delta.finish_reason or self._finish_reason
        self._turn.save(self._stored_text, self._tokens, self.trace.findings, self.trace.author)
        return delta.text

    @property
    def num_dropped(self) -> int:
        """How many turns of the dialogue did not fit the prompt; known when the answer has begun."""
        return self._num_too_old + self._reply.num_dropped

    async def _finish(self) -> None:
        gate, findings = self._gate, self.trace.findings
        reason = HANDOVER if gate is not None and gate.is_silenced else self._finish_reason
        with suppress(SessionNotFound):  # deleted meanwhile: the client has its answer, and nothing of it is stored
            if not self._turn.is_ended:
                await self._turn.finish(self._stored_text, reason, self._tokens, findings, self.trace.author)
                if gate is not None:
                    await gate.end()
            if gate is not None:
                self.handover = await gate.show()

    @property
    def headers(self) -> dict[str, str]:
        """Response headers that say where the turn is stored, for clients that rate it or read it again."""
        return {"X-Session": self._turn.session_id, "X-Turn": self._turn.id}

    @property
    def _stored_text(self) -> str:
        """The text without white space at its ends, as the reference's `chat` returns it."""
        return self.text.strip()

    @property
    def _tokens(self) -> StoredUsage:
        usage = self._reply.usage
        return StoredUsage(usage.num_prompt, usage.num_cached, usage.num_generated)

    def close(self, error: BaseException | None = None) -> None:
        """Free the reply and let the user's next turn begin. Closing twice, or after the end, is allowed."""
        if not self._is_closed:
            self._is_closed = True
            self._reply.close()
            if self._gate is not None:
                self._gate.close()
            self._turn.leave(error)
