"""A reply whose answers have marks and citations."""

from dataclasses import replace
from typing import Any

from server.library.asking.answer_marks import JSONCiter, MarkWriter
from server.library.asking.citations import Citer
from server.turn.reply import Reply, ReplyDelta, ReplyWrapper


class CitedReply(ReplyWrapper):
    """A reply whose answers are marked as they stream; `citations` grows with them, in the form that clients see.

    All answers share the citations and their numbers. With `is_json` the texts stay as they are. `last_words` end each
    answer that is text and ends by itself.
    """

    def __init__(
        self, inner: Reply, citer: Citer, citations: list[dict[str, Any]], is_json: bool = False, last_words: str = ""
    ) -> None:
        super().__init__(inner)
        self._citer = citer
        self._citations = citations
        self._kind = JSONCiter if is_json else MarkWriter
        self._writers: dict[int, JSONCiter | MarkWriter] = {}
        self._last_words = "" if is_json or not last_words else f"\n\n{last_words}"

    async def __anext__(self) -> ReplyDelta:
        delta = await super().__anext__()
        if delta.progress is not None:
            return delta
        writer = self._writers.setdefault(delta.index, self._kind(self._citer))
        if delta.is_fixed:
            return replace(delta, text=writer.finish() + delta.text)
        text = writer.feed(delta.text)
        if delta.finish_reason is not None:
            text += writer.finish()
            if delta.finish_reason == "stop":
                text += self._last_words
        self._citations += [citation.to_dict() for citation in self._citer.citations[len(self._citations) :]]
        return replace(delta, text=text)
