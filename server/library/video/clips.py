"""The clips of requests: decoded in processes of the library, and fitted to the prompt."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from model.errors import ImageError
from model.pictures.base64_text import decode_base64
from server.errors.bad_request import ImageNotFetched
from server.errors.documents import ClipRefused
from server.library.errors import ReadingError
from server.library.processes import ReadingProcesses
from server.library.readers.records import Refusal
from server.library.readers.video.records import ClipFrame, ClipTask, FrameRead, ReadFrame
from server.library.remarks import REFUSALS, write_refusal
from server.library.video.clip import Clip
from server.library.video.fitting import fit_clips
from server.turn.image_fetch import PictureFetcher
from server.turn.turn import Turn
from server.turn.turns import Turns

OVERSAMPLING = 2
"""How many times the pixels of a view, or of a slice, a frame keeps for it."""

PROMPT_RESERVE = 256
"""Tokens that are left for what profiles add to a prompt."""

ANSWER_SHARE = 4
"""At least this part of what the model takes at all is left for the answer, unless less was asked for."""


@dataclass(frozen=True)
class ClipLimits:
    """The values come from the settings `max_video_bytes`, `max_video_frames` and `max_video_s`.

    All clips of a request together have as many frames, and as long to be decoded.
    """

    max_bytes: int
    max_frames: int
    max_s: int


class Clips:
    """Turns clips into frames. `fetcher` gets those that are behind URLs."""

    def __init__(self, processes: ReadingProcesses, turns: Turns, fetcher: PictureFetcher, limits: ClipLimits) -> None:
        self._processes = processes
        self._turns = turns
        self._fetcher = fetcher
        self._limits = limits

    async def prepare(self, sources: Sequence[str], turn: Turn) -> list[Clip]:
        """Return the clips to show with `turn`, which is otherwise complete, with the frames that it has room for.

        A source is base64, a data URL, or an http or https URL. Raises `ClipRefused`, `DocumentsBusy`, and whatever
        the turn would be refused with.
        """
        if not sources:
            return []
        self._turns.engine.check_room(turn.owner)
        self._turns.check(turn)
        if len(sources) > self._limits.max_frames:
            raise _refuse(Refusal("too_many_clips", {"count": len(sources), "limit": self._limits.max_frames}))
        room = await self._count_room(turn)
        task = self._write_task(len(sources))
        clips = [await self._read(source, task, turn.owner) for source in sources]
        fitted = fit_clips(clips, room, self._turns.engine.processor)
        if fitted is None:
            raise _refuse(Refusal("no_room_for_frames", {"num_tokens": max(room, 0)}))
        return fitted

    async def close(self) -> None:
        """End all processes. Clips that are being decoded fail."""
        await self._processes.close()

    async def _count_room(self, turn: Turn) -> int:
        """Return how many tokens the prompt of a turn has left for frames, beside the answer."""
        limits, longest = self._turns.limits, self._turns.engine.core.max_model_len
        asked: int = turn.options.get("max_new_tokens", limits.max_new_tokens)
        most = min(limits.max_inp_length, longest - min(asked, longest // ANSWER_SHARE))
        return most - PROMPT_RESERVE - await self._turns.count_prompt(turn)

    def _write_task(self, num_clips: int) -> ClipTask:
        return ClipTask(
            max_frames=self._limits.max_frames // num_clips,
            max_s=self._limits.max_s / num_clips,
            max_frame_pixels=OVERSAMPLING * self._turns.engine.processor.scale_resolution**2,
        )

    async def _read(self, source: str, task: ClipTask, owner: str) -> Clip:
        with tempfile.TemporaryFile() as file:
            await self._write(source, file)
            try:
                return await self._decode(file, task, owner)
            except ReadingError as error:
                raise _refuse(error.refusal) from error

    async def _decode(self, file: BinaryIO, task: ClipTask, owner: str) -> Clip:
        frames: list[ClipFrame] = []
        async with self._processes.open(file, "", owner, kind="video") as document:
            while True:
                answer = await document.ask(ReadFrame(task))
                assert isinstance(answer, FrameRead), "the answer to that task"
                if answer.frame is None:
                    return Clip(tuple(frames), answer.duration_s, answer.reason)
                frames.append(answer.frame)

    async def _write(self, source: str, file: BinaryIO) -> None:
        """Write the bytes of a clip to a file. Raises `ClipRefused`."""
        data: str | bytes = source
        if source[:8].lower().startswith(("http://", "https://")):
            try:
                data = await self._fetcher.fetch(source.strip())
            except ImageNotFetched as error:
                raise _refuse(Refusal("not_fetched", {"cause": error.cause})) from error
        # in a thread: decoding and writing a large one takes a tenth of a second
        await asyncio.to_thread(self._fill, file, data)

    def _fill(self, file: BinaryIO, source: str | bytes) -> None:
        if isinstance(source, str):
            try:
                source = decode_base64(source)
            except ImageError as error:
                raise _refuse(Refusal("empty" if error.reason == "empty" else "no_base64")) from error
        if len(source) > self._limits.max_bytes:
            raise _refuse(Refusal("video_too_long", {"num_bytes": len(source), "limit": self._limits.max_bytes}))
        file.write(source)
        file.flush()


def _refuse(refusal: Refusal) -> ClipRefused:
    return ClipRefused(refusal.code, write_refusal(refusal), REFUSALS[refusal.code].status)
