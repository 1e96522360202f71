"""The outcomes of requests, and tables of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

SHARES = (50, 90, 99)

Ending = Literal["answered", "left", "refused", "busy", "fault"]


@dataclass(frozen=True)
class Outcome:
    """The outcome of a request. Times are seconds since it was sent.

    `first_s` is None where no text came, or all of it at once. `busy` is status 429; a `fault` is what must not be.
    """

    kind: str
    ending: Ending
    whole_s: float
    first_s: float | None = None
    num_tokens: int = 0
    fault: str = ""


@dataclass(frozen=True)
class Row:
    """The figures of one kind of request. Times are the 50th, 90th and 99th percentile, or None."""

    kind: str
    num_requests: int
    endings: dict[str, int]
    first_s: list[float | None]
    whole_s: list[float | None]
    num_tokens: int


def make_row(kind: str, outcomes: Sequence[Outcome]) -> Row:
    answered = [outcome for outcome in outcomes if outcome.ending == "answered"]
    return Row(
        kind,
        len(outcomes),
        dict(Counter(outcome.ending for outcome in outcomes)),
        compute_percentiles([outcome.first_s for outcome in answered if outcome.first_s is not None]),
        compute_percentiles([outcome.whole_s for outcome in answered]),
        sum(outcome.num_tokens for outcome in outcomes),
    )


def make_rows(outcomes: Sequence[Outcome]) -> list[Row]:
    """Return a row for each kind, and one for all together."""
    kinds = sorted({outcome.kind for outcome in outcomes})
    by_kind = [make_row(kind, [outcome for outcome in outcomes if outcome.kind == kind]) for kind in kinds]
    return [*by_kind, make_row("all", outcomes)]


def compute_percentiles(values: Sequence[float]) -> list[float | None]:
    """Return the percentiles of `SHARES` by nearest rank."""
    if not values:
        return [None] * len(SHARES)
    ordered = sorted(values)
    return [round(ordered[max(0, -(-len(ordered) * share // 100) - 1)], 4) for share in SHARES]


def format_table(rows: Sequence[Row]) -> str:
    head = f"{'kind':<9}{'sent':>7}{'whole':>7}{'left':>6}{'bad':>6}{'429':>6}"
    times = "".join(f"{f'{name} p{share}':>12}" for name in ("first", "all") for share in SHARES)
    return "\n".join([head + times, *map(_line, rows)])


def _line(row: Row) -> str:
    counts = [row.endings.get(ending, 0) for ending in ("answered", "left", "refused", "busy")]
    counted = "".join(f"{count:>{width}}" for count, width in zip(counts, (7, 6, 6, 6), strict=True))
    times = "".join(f"{'-' if value is None else f'{value:.2f} s':>12}" for value in (*row.first_s, *row.whole_s))
    return f"{row.kind:<9}{row.num_requests:>7}{counted}{times}"


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]
