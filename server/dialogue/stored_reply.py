"""A turn of a dialogue as it is told, and stored on the way."""

from contextlib import suppress

from server.pipeline.stage import Trace
from server.store.errors import SessionNotFound
from server.store.handle import TurnHandle
from server.store.records import StoredUsage
from server.turn.reply import Reply, ReplyDelta


class StoredReply:
    """An asynchronous iterator of text, stored whole before it ends; what was told of one that is closed is kept.

    `num_dropped` turns of the dialogue did not fit the prompt; `trace` is what the stages did.
    """

    def __init__(self, turn: TurnHandle, reply: Reply, num_dropped: int = 0, trace: Trace | None = None) -> None:
        self.text = ""
        self.num_dropped = num_dropped
        self.trace = trace or Trace()
        self._turn = turn
        self._reply = reply
        self._finish_reason = "stop"
        self._is_closed = False

    def __aiter__(self) -> "StoredReply":
        return self

    async def __anext__(self) -> str:
        """Raises what ended the turn early, and `DatabaseUnreachable` where it could not be stored."""
        try:
            part = await anext(self._reply, None)
            if part is not None:
                return self._tell(part)
            if not self._is_closed:
                await self._finish()
        except BaseException as error:
            self.close(error)
            raise
        self.close()
        raise StopAsyncIteration

    def _tell(self, part: ReplyDelta) -> str:
        self.text += part.text
        self._finish_reason = part.finish_reason or self._finish_reason
        self._turn.save(self._said, self._tokens, self.trace.findings)
        return part.text

    async def _finish(self) -> None:
        with suppress(SessionNotFound):  # deleted meanwhile: the answer is told, and nothing of it is kept
            await self._turn.finish(self._said, self._finish_reason, self._tokens, self.trace.findings)

    @property
    def headers(self) -> dict[str, str]:
        """Where it is stored, for whoever wants to rate it or read it again."""
        return {"X-Session": self._turn.session_id, "X-Turn": self._turn.id}

    @property
    def _said(self) -> str:
        """What is kept, of a whole answer as of one cut off: the reference's `chat` strips its answers, too."""
        return self.text.strip()

    @property
    def _tokens(self) -> StoredUsage:
        usage = self._reply.usage
        return StoredUsage(usage.num_prompt, usage.num_cached, usage.num_generated)

    def close(self, error: BaseException | None = None) -> None:
        """The next turn of this user may begin. Again, or after the end, is no error."""
        if not self._is_closed:
            self._is_closed = True
            self._reply.close()
            self._turn.leave(error)
