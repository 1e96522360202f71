"""A cache of view features, bounded in bytes, so that the same picture is encoded once."""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from model.engine.stats import Histogram
from model.engine.stopwatch import Stopwatch
from model.images import View
from model.minicpmv import MiniCPMV


class ImageCache:
    """Up to `max_bytes` of features, and the pixels of views that may have to be encoded.

    Beyond `max_bytes` the least recently used features are dropped, but never those that the current step needs.
    """

    def __init__(self, model: MiniCPMV, max_bytes: int) -> None:
        self._model = model
        self._max_bytes = max_bytes
        self._features: OrderedDict[bytes, Tensor] = OrderedDict()
        self._views: dict[bytes, View] = {}
        self._num_users: Counter[bytes] = Counter()
        self.num_bytes = 0
        self.num_encoded = 0
        self.encode_s = Histogram()
        """Seconds of each call of `encode`, whatever the number of its views."""
        self._stopwatch = Stopwatch(model.device)

    def __contains__(self, key: object) -> bool:
        return key in self._features

    def add(self, views: Iterable[View]) -> None:
        """Keep the pixels of views until `discard` was called as often as this for each."""
        for view in views:
            self._views[view.key] = view
            self._num_users[view.key] += 1

    def discard(self, views: Iterable[View]) -> None:
        for view in views:
            self._num_users[view.key] -= 1
            if not self._num_users[view.key]:
                del self._views[view.key], self._num_users[view.key]

    def encode(self, keys: Sequence[bytes], needed: Iterable[bytes] = ()) -> None:
        """Encode the views of all `keys`, and keep the cached features that are `needed` in the same step."""
        if not keys:
            return
        known = dict.fromkeys(key for key in needed if key in self)
        for key in known:
            self._features.move_to_end(key)
        self.num_encoded += len(keys)
        self._stopwatch.start()
        for key, features in zip(keys, self._model.encode_views([self._views[key] for key in keys]), strict=True):
            self._features[key] = features.clone()  # a slice would keep the whole batch's memory
            self.num_bytes += features.nbytes
        self._stopwatch.stop()
        self._shrink(keep=len(keys) + len(known))

    def record_times(self) -> None:
        """Count the times of those calls of `encode` that the device has completed."""
        for seconds in self._stopwatch.read():
            self.encode_s.add(seconds)

    def _shrink(self, keep: int) -> None:
        while self.num_bytes > self._max_bytes and len(self._features) > keep:
            _, features = self._features.popitem(last=False)
            self.num_bytes -= features.nbytes

    def get_features(self, key: bytes) -> Tensor:
        """Return the features `[num_queries, width]` of a view that was encoded."""
        self._features.move_to_end(key)
        return self._features[key]

    def reset(self) -> None:
        """Drop all features, and count from zero."""
        self.clear()
        self._stopwatch.read()
        self.num_encoded = 0
        self.encode_s = Histogram()

    def clear(self) -> None:
        self._features.clear()
        self.num_bytes = 0


def gather_features(cache: ImageCache, parts: Sequence[tuple[bytes, int, int]]) -> Tensor:
    """Concatenate the rows [start, end) of each view's features. `parts` holds (key, start, end)."""
    return torch.cat([cache.get_features(key)[start:end] for key, start, end in parts])
