"""The reply to a question that all of documents are read for: their segments are asked, and what they say is joined."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from server.engine.token_stream import Timings, Usage
from server.errors import EngineStopped
from server.library.asking.background_reply import BackgroundReply
from server.library.asking.cited_reply import CitedReply
from server.library.asking.inquiry import Inquiry
from server.library.asking.map_requests import MapRequests, add_usage
from server.library.asking.whole import Segment
from server.library.asking.wordings import write_unanswered
from server.store.library_records import Passage
from server.turn.reply import Progress, Reply, ReplyDelta
from server.turn.turn import Turn

BeginFinal = Callable[[Turn], Awaitable[Reply]]
"""Asks the model the turn that joins what was found."""

NUM_TRIES = 2


class WholeReply(BackgroundReply):
    """A reply that tells its progress, in pages, while the segments of documents are asked, and then answers.

    `citations` grows with the answers. `last_words` end them.
    """

    def __init__(
        self,
        inquiry: Inquiry,
        requests: MapRequests,
        begin_final: BeginFinal,
        citations: list[dict[str, Any]],
        last_words: str = "",
    ) -> None:
        super().__init__()
        self._inquiry = inquiry
        self._requests = requests
        self._begin_final = begin_final
        self._citations = citations
        self._last_words = last_words
        self._final: Reply | None = None

    @property
    def usage(self) -> Usage:
        usage = self._requests.usage
        return usage if self._final is None else add_usage(usage, self._final.usage)

    @property
    def timings(self) -> Timings:
        return Timings() if self._final is None else self._final.timings

    async def work(self) -> None:
        failed = await self._ask(await self._inquiry.choose_segments())
        last_words = " ".join(filter(None, (write_unanswered(failed, self._inquiry.asked.language), self._last_words)))
        found = await self._inquiry.conclude(self._requests)
        if isinstance(found, str):
            self._send_fixed(found, last_words)
        else:
            await self._send_final(found, last_words)

    async def _ask(self, segments: Sequence[Segment]) -> list[Passage]:
        """Ask about all segments, and return the passages of those that could not be looked at.

        Raises `EngineStopped`, and what the last one failed with if all of them failed for more than their answers.
        """
        places, failures = iter(segments), dict[Segment, Exception]()
        count = PageCount(self._inquiry.asked.passages, segments)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._requests.num_workers, len(segments))):
                group.create_task(self._ask_some(places, failures, count))
        if segments and len(failures) == len(segments) and not isinstance(last := [*failures.values()][-1], ValueError):
            raise last
        return [passage for segment in failures for passage in segment.passages]

    async def _ask_some(
        self, segments: Iterator[Segment], failures: dict[Segment, Exception], count: "PageCount"
    ) -> None:
        for segment in segments:
            for _ in range(NUM_TRIES):
                try:
                    answer = await self._requests.ask(await self._inquiry.write_turn(segment))
                    self._inquiry.read(segment, answer)
                    failures.pop(segment, None)
                    break
                except EngineStopped:
                    raise
                except Exception as error:
                    failures[segment] = error
            count.finish(segment)
            self.send(ReplyDelta(0, progress=Progress(count.num_done, count.num_pages)))

    def _send_fixed(self, text: str, last_words: str) -> None:
        self._keep_citations()
        text = "\n\n".join(filter(None, (text, last_words)))
        for index in range(self._inquiry.asked.turn.options.get("n", 1)):
            self.send(ReplyDelta(index, text, finish_reason="stop"))

    async def _send_final(self, turn: Turn, last_words: str) -> None:
        """Pass on what the model answers to the last turn, with citations."""
        inner = await self._begin_final(turn)
        await asyncio.to_thread(self._inquiry.asked.citer.index_passages)
        is_json = turn.schema is not None or bool(turn.must_call)
        self._final = CitedReply(inner, self._inquiry.asked.citer, self._citations, is_json, last_words)
        self.num_dropped = inner.num_dropped
        try:
            async for delta in self._final:
                self.send(delta)
        finally:
            self._final.close()

    def _keep_citations(self) -> None:
        self._citations += [each.to_dict() for each in self._inquiry.asked.citer.citations]


class PageCount:
    """How many pages of documents are done with: those of which no segment is left to be asked."""

    def __init__(self, passages: Sequence[Passage], segments: Sequence[Segment]) -> None:
        self.num_pages = len({(passage.document_id, passage.page) for passage in passages})
        self._left = Counter(page for segment in segments for page in segment.pages)

    @property
    def num_done(self) -> int:
        return self.num_pages - len(self._left)

    def finish(self, segment: Segment) -> None:
        """Count a segment as done with."""
        for page in segment.pages:
            self._left[page] -= 1
            if not self._left[page]:
                del self._left[page]
