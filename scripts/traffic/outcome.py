"""How a request ended, and what all of them show together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

SHARES = (50, 90, 99)

Ending = Literal["answered", "left", "refused", "busy", "fault"]


@dataclass(frozen=True)
class Outcome:
    """Times are seconds since it was sent; `first_s` is None where nothing of an answer came, or all at once.

    `busy` is 429; a `fault` is what must not be.
    """

    kind: str
    ending: Ending
    whole_s: float
    first_s: float | None = None
    num_tokens: int = 0
    fault: str = ""


@dataclass(frozen=True)
class Row:
    """One kind's. Percentiles are of whole answers: 50, 90 and 99 percent took no longer; None where there are none."""

    kind: str
    num_requests: int
    endings: dict[str, int]
    first_s: list[float | None]
    whole_s: list[float | None]
    num_tokens: int


def row_of(kind: str, outcomes: Sequence[Outcome]) -> Row:
    answered = [outcome for outcome in outcomes if outcome.ending == "answered"]
    return Row(
        kind,
        len(outcomes),
        dict(Counter(outcome.ending for outcome in outcomes)),
        percentiles([outcome.first_s for outcome in answered if outcome.first_s is not None]),
        percentiles([outcome.whole_s for outcome in answered]),
        sum(outcome.num_tokens for outcome in outcomes),
    )


def rows_of(outcomes: Sequence[Outcome]) -> list[Row]:
    """By kind, and of all together."""
    kinds = sorted({outcome.kind for outcome in outcomes})
    by_kind = [row_of(kind, [outcome for outcome in outcomes if outcome.kind == kind]) for kind in kinds]
    return [*by_kind, row_of("all", outcomes)]


def percentiles(values: Sequence[float]) -> list[float | None]:
    """By nearest rank."""
    if not values:
        return [None] * len(SHARES)
    ordered = sorted(values)
    return [round(ordered[max(0, -(-len(ordered) * share // 100) - 1)], 4) for share in SHARES]


def table_of(rows: Sequence[Row]) -> str:
    head = f"{'kind':<9}{'sent':>7}{'whole':>7}{'left':>6}{'bad':>6}{'429':>6}"
    times = "".join(f"{f'{name} p{share}':>12}" for name in ("first", "all") for share in SHARES)
    return "\n".join([head + times, *map(_line, rows)])


def _line(row: Row) -> str:
    counts = [row.endings.get(ending, 0) for ending in ("answered", "left", "refused", "busy")]
    told = "".join(f"{count:>{width}}" for count, width in zip(counts, (7, 6, 6, 6), strict=True))
    times = "".join(f"{'-' if value is None else f'{value:.2f} s':>12}" for value in (*row.first_s, *row.whole_s))
    return f"{row.kind:<9}{row.num_requests:>7}{told}{times}"


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]
