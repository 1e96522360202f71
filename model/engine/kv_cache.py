"""Where keys and values lie: one contiguous region per sequence, inside one pool. No tensors here.

Every block of 32 positions is in exactly one of three states:

    free       in no region
    in use     in the region of a sequence
    retained   in the region of a finished sequence, kept because it is indexed, evicted least recently used first
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterator, Sequence
from operator import attrgetter

from model.engine.prefix import BLOCK_SIZE
from model.engine.region import Copy, Hit, Region

_by_start, _by_end = attrgetter("start"), attrgetter("end")


class RegionPool:
    """The states of `num_blocks` blocks, and the index from content addresses to blocks.

    The newest region that published a key owns it. A retained region that owns no key is freed.
    """

    def __init__(self, num_blocks: int) -> None:
        self.num_blocks = num_blocks
        self._regions: list[Region] = []  # sorted by start
        self._retained: dict[Region, None] = {}  # least recently used first
        self._index: dict[bytes, Hit] = {}

    @property
    def capacity(self) -> int:
        """The number of positions."""
        return self.num_blocks * BLOCK_SIZE

    @property
    def num_used(self) -> int:
        """The number of blocks in use. This and `num_retained` count in copies, so other threads may read them."""
        return sum(region.length for region in list(self._regions)) - self.num_retained

    @property
    def num_retained(self) -> int:
        return sum(region.length for region in list(self._retained))

    @property
    def num_free(self) -> int:
        return self.num_blocks - self.num_used - self.num_retained

    def find_free_region(self, num_blocks: int, pinned: Collection[Region] = ()) -> Region | None:
        """Return a new region in use, or None for lack of room.

        Retained regions that are not `pinned` make room, the least recently used first.
        """
        window = self._find_window(num_blocks, None, pinned)
        if window is None:
            return None
        region = Region(window, num_blocks)
        self._evict(region.start, region.end)
        self._insert(region)
        return region

    def grow(self, region: Region, num_blocks: int, num_filled: int) -> list[Copy] | None:
        """Enlarge a region to `num_blocks`, where it is or in another place.

        Return the copies that move its first `num_filled` positions, or None, with nothing changed, for lack of room.
        """
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
        """Return the start of that many blocks without a region that must stay, or None.

        `own` counts as free, and its own place is preferred. If no place is large enough, retained regions are given
        up, the least recently used first, until one is.
        """
        open_regions = {own} if own is not None else set()
        runs = list(self._list_free_runs(open_regions))
        if own is not None:
            runs.sort(key=lambda run: not run[0] <= own.start < run[1])
        for run in runs:
            if (start := _find_start_in(run, num_blocks, own)) is not None:
                return start
        for region in self._retained:
            if region in pinned:
                continue
            open_regions.add(region)
            if (start := _find_start_in(self._find_run_around(region, open_regions), num_blocks, own)) is not None:
                return start
        return None

    def _list_free_runs(self, open_regions: Collection[Region]) -> Iterator[tuple[int, int]]:
        """Yield the runs of blocks [start, end) without any region except `open_regions`."""
        start = 0
        for region in self._regions:
            if region not in open_regions:
                yield start, region.start
                start = region.end
        yield start, self.num_blocks

    def _find_run_around(self, region: Region, open_regions: Collection[Region]) -> tuple[int, int]:
        """Return the run [start, end) of free blocks and open regions that `region` lies in."""
        first = last = bisect_left(self._regions, region.start, key=_by_start)
        while first > 0 and self._regions[first - 1] in open_regions:
            first -= 1
        while last + 1 < len(self._regions) and self._regions[last + 1] in open_regions:
            last += 1
        start = self._regions[first - 1].end if first > 0 else 0
        end = self._regions[last + 1].start if last + 1 < len(self._regions) else self.num_blocks
        return start, end

    def _insert(self, region: Region) -> None:
        insort(self._regions, region, key=_by_start)

    def _evict(self, start: int, end: int) -> None:
        """Drop the regions that reach into the blocks [start, end)."""
        first = bisect_right(self._regions, start, key=_by_end)
        last = bisect_left(self._regions, end, key=_by_start)
        for region in self._regions[first:last]:
            self._drop(region)

    def _drop(self, region: Region) -> None:
        self._regions.remove(region)
        self._retained.pop(region, None)
        for key in region.keys:
            if key in self._index and self._index[key].region is region:
                del self._index[key]

    def release(self, region: Region, keep: bool = True) -> None:
        """Take back a sequence's region. What it published stays for others to find, unless `keep` is false."""
        if not keep or not self._owns_any(region):
            self._drop(region)
            return
        region.length = len(region.keys)
        self._retained[region] = None

    def clear(self) -> None:
        """Free all retained regions."""
        for region in list(self._retained):
            self._drop(region)

    def publish(self, region: Region, keys: Sequence[bytes]) -> None:
        """Index the content of a region's first blocks, whose rows are written. `keys` extends its published ones."""
        for index in range(len(region.keys), len(keys)):
            former = self._index.get(keys[index])
            region.keys.append(keys[index])
            self._index[keys[index]] = Hit(region, index)
            if former is not None and former.region in self._retained and not self._owns_any(former.region):
                self._drop(former.region)

    def match(self, keys: Sequence[bytes]) -> list[Hit]:
        """Return where the longest known prefix of a chain of keys lies, block by block."""
        hits: list[Hit] = []
        for key in keys:
            hit = self._index.get(key)
            if hit is None:
                break
            hits.append(hit)
        for region in {hit.region: None for hit in hits if hit.region in self._retained}:
            del self._retained[region]  # the most recently used region comes last
            self._retained[region] = None
        return hits

    def adopt(self, hits: Sequence[Hit]) -> Region | None:
        """Return the retained region that consists of exactly these hits, now in use, or None if there is none."""
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
        """Raise `AssertionError` when a region, the index or a state is not as this module's docstring says."""
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


def _find_start_in(run: tuple[int, int], num_blocks: int, own: Region | None) -> int | None:
    """Return where that many blocks fit in a run [start, end), at best in the place of `own`, or None."""
    start, end = run
    if own is not None and start <= own.start < end and end - own.start >= num_blocks:
        return own.start
    return start if end - start >= num_blocks else None
