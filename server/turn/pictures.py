"""The pictures of a turn: their headers are read first, and their pixels when the prompt is known to fit."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from msgspec import structs

from model.errors import ImageError
from model.images import ImageProcessor, ImageViews, outline_views, read_views
from model.pictures.decode_cost import FIXED_BYTES, count_rgb_bytes
from model.pictures.layout import Layout
from model.pictures.tasks import CutViews, DrawPreview, HeaderRead, PreviewDrawn, ReadHeader, ViewsCut
from server.engine.fair_budget import Lease
from server.turn.image_fetch import PictureFetcher
from server.turn.picture_pool import PictureFile, PicturePool

HEADER_BYTES = 64 << 20
"""The most memory that reading a header may take beside the file: texts and profiles in it may be compressed."""

NUM_COPIES = 4
"""How often a picture's file is in memory while it is decoded.

It is there as it was sent or stored, on its way, as bytes, and as those that its decoder gets.
"""


@dataclass(frozen=True)
class PictureSource:
    """A picture as a client sent it: a file's bytes, base64, a data URL, an http or https URL; or a stored file.

    One with `time_s` is a frame of a clip, shown that many seconds after its beginning.
    """

    source: PictureFile
    max_slice_nums: int | None = None
    time_s: float | None = None

    @property
    def is_frame(self) -> bool:
        return self.time_s is not None

    @property
    def url(self) -> str | None:
        """The URL that the picture has to be fetched from, if there is one."""
        source = self.source
        return source if isinstance(source, str) and source[:8].lower().startswith(("http://", "https://")) else None


class PictureLimits(Protocol):
    """What one picture may be, see `TurnLimits`."""

    @property
    def max_image_pixels(self) -> int: ...

    @property
    def max_image_ratio(self) -> int: ...

    @property
    def max_picture_s(self) -> int: ...


@dataclass(frozen=True, eq=False)
class PlannedPicture:
    """A picture whose header was read: what it says, how it will be cut, and its views without their pixels."""

    source: PictureSource
    header: HeaderRead
    task: CutViews
    layout: Layout
    outline: ImageViews

    @property
    def is_frame(self) -> bool:
        return self.source.is_frame

    @property
    def sha256(self) -> str:
        """The hash of the picture's file in hexadecimal."""
        return self.header.sha256.hex()


class Pictures:
    """Plans and cuts the pictures of turns, in the processes of `pool`."""

    def __init__(
        self, pool: PicturePool, processor: ImageProcessor, limits: PictureLimits, fetcher: PictureFetcher
    ) -> None:
        self._pool = pool
        self._processor = processor
        self._limits = limits
        self._fetcher = fetcher

    async def plan(
        self, pictures: Sequence[PictureSource | PlannedPicture], max_slice_nums: int | None, owner: str
    ) -> list[PlannedPicture]:
        """Read the headers of pictures, fetched first if need be; those that were planned so already stay as they are.

        Pictures without a limit of slices have `max_slice_nums`, or the model's own. Raises `ImageError`,
        `ImageNotFetched` and `PicturesBusy`.
        """
        fetched = await self._fetch([each for each in pictures if isinstance(each, PictureSource)])
        return [await self._plan(fetched.get(id(each), each), max_slice_nums, owner) for each in pictures]

    async def cut(
        self, pictures: Sequence[PlannedPicture], owner: str
    ) -> tuple[Mapping[ImageViews, ImageViews], Lease]:
        """Return the views of pictures by their outlines, and the lease of their memory, which has to be released.

        The memory for all of it is reserved at once, and the pictures are decoded one after another. Raises
        `ImageError`, `PicturesBusy` and `PicturesTooBig`.
        """
        num_bytes = sum(each.layout.num_bytes for each in pictures)
        lease = await self._pool.reserve(num_bytes + max((each.task.max_bytes for each in pictures), default=0), owner)
        try:
            views = {each.outline: await self._cut(each, owner) for each in pictures}
        except BaseException:
            lease.release()
            raise
        lease.shrink(num_bytes)
        return views, lease

    async def draw_preview(self, source: PictureSource, max_side: int, owner: str) -> bytes:
        """Return a picture as the model sees it, as a JPEG with sides of at most `max_side` pixels.

        Raises `ImageError`, `ImageNotFetched`, `PicturesBusy` and `PicturesTooBig`.
        """
        (planned,) = await self.plan([source], None, owner)
        task = DrawPreview(**structs.asdict(planned.task), max_side=max_side)
        with await self._pool.reserve(task.max_bytes + task.num_output_bytes, owner):
            answer, memory = await self._pool.ask(task, planned.source.source, owner)
        assert isinstance(answer, PreviewDrawn), "the answer to that task"
        assert memory is not None, "what it was written to"
        return memory[: answer.num_bytes]

    async def _fetch(self, sources: Sequence[PictureSource]) -> Mapping[int, PictureSource]:
        """Return those sources that were fetched from their URLs, by the `id` of the source, all at the same time."""
        urls = {id(each): each.url for each in sources if each.url is not None}
        tasks = [asyncio.ensure_future(self._fetcher.fetch(url)) for url in urls.values()]
        try:
            files = dict(zip(urls, await asyncio.gather(*tasks), strict=True))
        finally:
            for task in tasks:  # where one fails, the others need not go on
                task.cancel()
        return {id(each): replace(each, source=files[id(each)]) for each in sources if id(each) in files}

    async def _plan(
        self, picture: PictureSource | PlannedPicture, max_slice_nums: int | None, owner: str
    ) -> PlannedPicture:
        source = picture.source if isinstance(picture, PlannedPicture) else picture
        num_slices = source.max_slice_nums or max_slice_nums or self._processor.max_slice_nums
        if isinstance(picture, PlannedPicture) and picture.task.max_slice_nums == num_slices:
            return picture
        task = self._write_task(source.source, num_slices)
        header, _ = await self._pool.ask(task, source.source, owner)
        assert isinstance(header, HeaderRead), "the answer to that task"
        layout = task.lay_out(header.size)
        scaling = FIXED_BYTES + count_rgb_bytes(header.size) + layout.num_scratch_bytes
        cutting = CutViews(
            **{
                **structs.asdict(task),
                "size": header.size,
                "max_bytes": max(header.num_bytes, scaling) + NUM_COPIES * task.num_bytes,
            }
        )
        return PlannedPicture(source, header, cutting, layout, outline_views(layout))

    def _write_task(self, file: PictureFile, max_slice_nums: int) -> ReadHeader:
        num_bytes = len(file) if isinstance(file, bytes | str) else file.num_bytes
        if not num_bytes:
            raise ImageError("it is empty", "empty")
        return ReadHeader(
            num_bytes=num_bytes,
            is_base64=isinstance(file, str),
            max_pixels=self._limits.max_image_pixels,
            max_ratio=self._limits.max_image_ratio,
            max_slice_nums=max_slice_nums,
            scale_resolution=self._processor.scale_resolution,
            patch_size=self._processor.patch_size,
            max_s=self._limits.max_picture_s,
            max_bytes=HEADER_BYTES + NUM_COPIES * num_bytes,
        )

    async def _cut(self, picture: PlannedPicture, owner: str) -> ImageViews:
        answer, memory = await self._pool.ask(picture.task, picture.source.source, owner)
        assert isinstance(answer, ViewsCut), "the answer to that task"
        return read_views(picture.layout, memory, answer.digest)
