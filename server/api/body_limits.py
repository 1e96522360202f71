"""What a body may cost: bytes, time, memory beside other bodies, and what its JSON is made of."""

import time
from dataclasses import dataclass, field
from typing import Any, Self

from msgspec import Struct

from server.errors import BodyTooComplex, BodyTooLarge, TooManyParts
from server.settings.settings import Settings

MIN_MAX_VALUES = 50_000
VALUES_PER_PART = 16
MAX_ESCAPES = 2**21
"""Some PHP clients escape every slash of base64, which is half a million in the largest body."""


@dataclass(frozen=True)
class BodyLimits:
    """The limits of the settings. `max_values` is how many values the JSON of a body may have, counted roughly."""

    max_bytes: int
    memory_bytes: int
    max_body_s: float
    min_rate: float
    max_wait_s: float
    max_parts: int
    max_values: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            max_bytes=min(settings.max_body_bytes, settings.body_memory_bytes),
            memory_bytes=settings.body_memory_bytes,
            max_body_s=settings.max_body_s,
            min_rate=settings.min_body_rate,
            max_wait_s=settings.max_picture_wait_s,
            max_parts=settings.max_parts,
            max_values=max(MIN_MAX_VALUES, settings.max_parts * VALUES_PER_PART),
        )


@dataclass
class JSONSize:
    """The size of JSON that is still coming.

    A parser holds the interpreter's lock until it has made all values, and a value takes up to a hundred times the
    memory of its text. So they are counted before, by the characters that go with each: those in strings count too.
    """

    num_bytes: int = 0
    num_values: int = 0
    num_escapes: int = 0

    def add(self, piece: bytes) -> None:
        self.num_bytes += len(piece)
        self.num_values += len(piece) - len(piece.translate(None, b",[{"))
        self.num_escapes += piece.count(b"\\")

    def check(self, max_bytes: int, max_values: int) -> None:
        """Raises `BodyTooLarge` and `BodyTooComplex`."""
        if self.num_bytes > max_bytes:
            raise BodyTooLarge(max_bytes)
        if self.num_values > max_values:
            raise BodyTooComplex(self.num_values, max_values)
        if self.num_escapes > MAX_ESCAPES:
            raise BodyTooComplex(self.num_escapes, MAX_ESCAPES)


@dataclass
class Pace:
    """How long the next bytes may be waited for.

    A body may take `patience_s`, and longer while it comes at `min_rate` on the whole; a rest of more than `patience_s`
    ends it however fast it was before.
    """

    patience_s: float
    min_rate: float
    began_s: float = field(default_factory=time.monotonic)
    num_bytes: int = 0

    def __post_init__(self) -> None:
        self._rest_ends_s = self.began_s + self.patience_s

    def add(self, num_bytes: int) -> None:
        self.num_bytes += num_bytes
        self._rest_ends_s = min(self._rest_ends_s + num_bytes / self.min_rate, time.monotonic() + self.patience_s)

    def excuse(self, seconds: float) -> None:
        """Leave out a time in which nothing was read."""
        self.began_s += seconds
        self._rest_ends_s += seconds

    @property
    def left_s(self) -> float:
        whole_ends_s = self.began_s + max(self.patience_s, self.num_bytes / self.min_rate)
        return min(self._rest_ends_s, whole_ends_s) - time.monotonic()


def check_parts(body: Any, max_parts: int) -> None:
    """Count the messages of a body and what they hold. Raises `TooManyParts`."""
    if (num_parts := count_parts(body)) > max_parts:
        raise TooManyParts(num_parts, max_parts)


def count_parts(value: Any) -> int:
    """Return the number of structs and texts in the lists of a struct, and of the structs in it.

    That is what messages, their parts, pictures and tools are in every dialect.
    """
    if isinstance(value, Struct):
        return sum(count_parts(getattr(value, name)) for name in value.__struct_fields__)
    if isinstance(value, list):
        return sum(1 + count_parts(item) for item in value if isinstance(item, Struct | str))
    return 0
