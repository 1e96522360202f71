"""Where keys and values lie: one contiguous region a sequence, inside one pool. No tensors here.

Every block of 32 positions is in exactly one of three states:

    free       in no region
    in use     in the region of a sequence
    retained   in the region of a finished one, kept because its content is indexed; least recently used first out
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterator, Sequence

from model.engine.prefix import BLOCK_SIZE
from model.engine.region import Copy, Hit, Region


class RegionPool:
    """`num_blocks` blocks, and the index from content to where it lies.

    The newest region that published a key owns it; a retained region that owns none is freed.
    """

    def __init__(self, num_blocks: int) -> None:
        self.num_blocks = num_blocks
        self._regions: list[Region] = []  # by start
        self._retained: dict[Region, None] = {}  # least recently used first
        self._index: dict[bytes, Hit] = {}

    @property
    def capacity(self) -> int:
        """In positions."""
        return self.num_blocks * BLOCK_SIZE

    @property
    def num_used(self) -> int:
        """Blocks in use. This and the next may be read in another thread, for they count in copies."""
        return sum(region.length for region in list(self._regions)) - self.num_retained

    @property
    def num_retained(self) -> int:
        return sum(region.length for region in list(self._retained))

    @property
    def num_free(self) -> int:
        return self.num_blocks - self.num_used - self.num_retained

    def find_free_region(self, num_blocks: int, pinned: Collection[Region] = ()) -> Region | None:
        """A new region in use; retained ones but `pinned` make room, least recently used first. None: no room."""
        window = self._find_window(num_blocks, None, pinned)
        if window is None:
            return None
        region = Region(window, num_blocks)
        self._evict(region.start, region.end)
        self._insert(region)
        return region

    def grow(self, region: Region, num_blocks: int, num_filled: int) -> list[Copy] | None:
        """Make a region larger where it is, or move its first `num_filled` positions. None: no room, no change."""
        start = self._find_window(num_blocks, region, ())
        if start is None:
            return None
        copies = [] if start == region.start else [Copy(region.slot, start * BLOCK_SIZE, num_filled)]
        self._regions.remove(region)
        self._evict(start, start + num_blocks)
        region.start, region.length = start, num_blocks
        self._insert(region)
        return copies

    def _find_window(self, num_blocks: int, own: Region | None, pinned: Collection[Region]) -> int | None:
        """The start of that many blocks without a region that must stay.

        `own` counts as free, and where it stands is taken before another place. Then retained regions are given up,
        the least recently used first, until a place is large enough.
        """
        open_regions = {own} if own is not None else set()
        runs = list(self._free_runs(open_regions))
        if own is not None:
            runs.sort(key=lambda run: not run[0] <= own.start < run[1])
        for run in runs:
            if (start := _fit(run, num_blocks, own)) is not None:
                return start
        for region in self._retained:
            if region in pinned:
                continue
            open_regions.add(region)
            if (start := _fit(self._run_around(region, open_regions), num_blocks, own)) is not None:
                return start
        return None

    def _free_runs(self, open_regions: Collection[Region]) -> Iterator[tuple[int, int]]:
        """Stretches [start, end) without any region but `open_regions`."""
        start = 0
        for region in self._regions:
            if region not in open_regions:
                yield start, region.start
                start = region.end
        yield start, self.num_blocks

    def _run_around(self, region: Region, open_regions: Collection[Region]) -> tuple[int, int]:
        """The stretch of free blocks and open regions that `region` lies in."""
        first = last = bisect_left(self._regions, region.start, key=_start)
        while first > 0 and self._regions[first - 1] in open_regions:
            first -= 1
        while last + 1 < len(self._regions) and self._regions[last + 1] in open_regions:
            last += 1
        start = self._regions[first - 1].end if first > 0 else 0
        end = self._regions[last + 1].start if last + 1 < len(self._regions) else self.num_blocks
        return start, end

    def _insert(self, region: Region) -> None:
        insort(self._regions, region, key=_start)

    def _evict(self, start: int, end: int) -> None:
        first = bisect_right(self._regions, start, key=_end)
        last = bisect_left(self._regions, end, key=_start)
        for region in self._regions[first:last]:
            self._drop(region)

    def _drop(self, region: Region) -> None:
        self._regions.remove(region)
        self._retained.pop(region, None)
        for key in region.keys:
            if key in self._index and self._index[key].region is region:
                del self._index[key]

    def release(self, region: Region, keep: bool = True) -> None:
        """A sequence needs its region no more. What it published stays for others to find, unless `keep` is false."""
        if not keep or not self._owns_any(region):
            self._drop(region)
            return
        region.length = len(region.keys)
        self._retained[region] = None

    def clear(self) -> None:
        """Forget what is retained."""
        for region in list(self._retained):
            self._drop(region)

    def publish(self, region: Region, keys: Sequence[bytes]) -> None:
        """Say what the first blocks hold, once their rows are written; those after the known ones are new."""
        for index in range(len(region.keys), len(keys)):
            former = self._index.get(keys[index])
            region.keys.append(keys[index])
            self._index[keys[index]] = Hit(region, index)
            if former is not None and former.region in self._retained and not self._owns_any(former.region):
                self._drop(former.region)

    def match(self, keys: Sequence[bytes]) -> list[Hit]:
        """Where the longest known beginning of a chain lies, block by block."""
        hits: list[Hit] = []
        for key in keys:
            hit = self._index.get(key)
            if hit is None:
                break
            hits.append(hit)
        for region in {hit.region: None for hit in hits if hit.region in self._retained}:
            del self._retained[region]  # the most recently used comes last
            self._retained[region] = None
        return hits

    def adopt(self, hits: Sequence[Hit]) -> Region | None:
        """The retained region that is these hits and no more, now in use: nothing needs to be copied."""
        if not hits:
            return None
        region = hits[0].region
        is_whole = region in self._retained and len(hits) == len(region.keys)
        if not is_whole or any(hit.region is not region or hit.index != i for i, hit in enumerate(hits)):
            return None
        del self._retained[region]
        return region

    def _owns_any(self, region: Region) -> bool:
        return any(key in self._index and self._index[key].region is region for key in region.keys)

    def check(self) -> None:
        """Raise `AssertionError` where the states are not what the module's head says."""
        end = 0
        for region in self._regions:
            assert end <= region.start < region.end <= self.num_blocks, "regions overlap"
            assert len(region.keys) <= region.length, "more is published than there is"
            end = region.end
        for region in self._retained:
            assert region in self._regions, "a retained region is gone"
            assert self._owns_any(region), "nothing finds a retained region"
        for key, hit in self._index.items():
            assert hit.region in self._regions, "the index knows a region that is gone"
            assert hit.region.keys[hit.index] == key, "the index is wrong"


def _start(region: Region) -> int:
    return region.start


def _end(region: Region) -> int:
    return region.end


def _fit(run: tuple[int, int], num_blocks: int, own: Region | None) -> int | None:
    """Where in a run [start, end) that many blocks go: where `own` stands, or at its beginning."""
    start, end = run
    if own is not None and start <= own.start < end and end - own.start >= num_blocks:
        return own.start
    return start if end - start >= num_blocks else None
