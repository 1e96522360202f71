"""Memory: large pictures and bodies, one and many at once, and whether it comes back."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from scripts.attacks.bodies import MAX_BODY, draw_png, write_bombs, write_padded
from scripts.attacks.http import Reply, ask, ask_many, write_chat, write_picture, write_text
from scripts.attacks.target import Target
from scripts.attacks.trial import Campaign, Outcome, Trial

MAX_GROWTH_MB = 1200
MAX_LEFT_MB = 300
"""What may be left of the growth: caches of features and prefixes that are bounded by settings of their own."""

SETTLE_S = 15
NUM_AT_ONCE = 64
ENDS = {200, 400, 413, 429}
"""The statuses in which a request for a large picture may end."""


@dataclass
class Growth:
    idle_mb: float
    peak_mb: float = 0.0

    @property
    def grown_mb(self) -> float:
        return self.peak_mb - self.idle_mb


@contextmanager
def measure_growth(target: Target) -> Iterator[Growth]:
    """Measure the peak of memory over what it is at the beginning of the block."""
    growth = Growth(target.memory_mb())
    is_over = threading.Event()

    def measure() -> None:
        while not is_over.wait(0.05):
            growth.peak_mb = max(growth.peak_mb, target.memory_mb())

    measuring = threading.Thread(target=measure)
    measuring.start()
    try:
        yield growth
    finally:
        is_over.set()
        measuring.join()


def judge(growth: Growth, replies: Sequence[Reply]) -> Outcome:
    statuses = sorted({reply.status for reply in replies})
    counts = ", ".join(f"{sum(reply.status == status for reply in replies)} x {status}" for status in statuses)
    is_held = growth.grown_mb <= MAX_GROWTH_MB and ENDS.issuperset(statuses)
    return Outcome(is_held, f"+{growth.grown_mb:.0f} MB; {counts}")


def send_bombs(target: Target) -> Outcome:
    with measure_growth(target) as growth:
        replies = [ask(target, "/v1/chat/completions", write_bombs())]
    return judge(growth, replies)


def send_grey(target: Target) -> Outcome:
    body = {"question": "hi", "image": draw_png(7000, 7140, bits=16, colour_type=0)}
    with measure_growth(target) as growth:
        replies = [ask(target, "/ask", body)]
    return judge(growth, replies)


def send_many_bombs(target: Target) -> Outcome:
    with measure_growth(target) as growth:
        replies = ask_many(target, "/v1/chat/completions", [write_bombs()] * NUM_AT_ONCE)
    return judge(growth, replies)


def send_many_bodies(target: Target) -> Outcome:
    body = write_padded(b'{"question":"hi","image":"', b"iVBORw0K", b'"}', MAX_BODY - 1024)
    with measure_growth(target) as growth:
        replies = ask_many(target, "/ask", [body] * NUM_AT_ONCE)
    return judge(growth, replies)


def wait_for_memory(target: Target) -> Outcome:
    """Compare what is left of the memory, some seconds after all of the above, with that of a server at rest."""
    began_s, left_mb = time.monotonic(), 0.0
    while time.monotonic() - began_s < SETTLE_S:
        left_mb = target.memory_mb() - find_idle(target)
        if left_mb <= MAX_LEFT_MB:
            break
        time.sleep(0.5)
    return Outcome(left_mb <= MAX_LEFT_MB, f"+{left_mb:.0f} MB after {time.monotonic() - began_s:.1f} s")


_IDLE = "idle_mb"


def find_idle(target: Target) -> float:
    """Return the memory at the first trial, which has left it beside the server's data."""
    file = target.folder / _IDLE
    if not file.exists():
        file.write_text(str(target.memory_mb()))
    return float(file.read_text())


def warm_up(target: Target) -> Outcome:
    """Answer one ordinary picture, so that what is made once does not count, and note the memory."""
    reply = ask(target, "/ask", {"question": "hi", "image": draw_png(640, 480)})
    time.sleep(1)
    return Outcome(reply.status == 200, f"status {reply.status}, {find_idle(target):.0f} MB")


def ask_for_slices(target: Target) -> Outcome:
    picture = write_picture(draw_png(64, 64))
    bodies = [
        write_chat({**picture, "max_slice_nums": 10**6}, write_text("hi")),
        write_chat(picture, write_text("hi"), max_slice_nums=10**6),
    ]
    statuses = [reply.status for reply in ask_many(target, "/v1/chat/completions", bodies)]
    return Outcome(statuses == [400, 400], f"statuses {statuses}")


MEMORY = Campaign(
    "memory",
    (
        Trial("an ordinary picture", "200", warm_up, is_short=True),
        Trial("8 PNGs of 7000 x 7000", f"+{MAX_GROWTH_MB} MB", send_bombs, is_short=True),
        Trial("a 16-bit grey of 7000 x 7140", f"+{MAX_GROWTH_MB} MB", send_grey),
        Trial(f"{NUM_AT_ONCE} of the 8 PNGs at once", f"+{MAX_GROWTH_MB} MB", send_many_bombs),
        Trial(f"{NUM_AT_ONCE} bodies of 32 MB at once", f"+{MAX_GROWTH_MB} MB", send_many_bodies),
        Trial("memory comes back", f"+{MAX_LEFT_MB} MB within {SETTLE_S} s", wait_for_memory),
        Trial("a million slices", "400", ask_for_slices, is_short=True),
    ),
    flags=("--kv-cache-bytes", str(64 * 2**20)),
)
