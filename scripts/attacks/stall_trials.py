"""Stalls: requests that are cheap to send and expensive to read, while others are watched."""

from collections.abc import Callable
from functools import partial
from typing import Any

from scripts.attacks.bodies import HOSTILE_BODIES, HOSTILE_PICTURES, write_parts
from scripts.attacks.http import ask, ask_many
from scripts.attacks.probe import watch
from scripts.attacks.target import Target
from scripts.attacks.trial import Campaign, Outcome, Trial

NUM_AT_ONCE = 4
LIMIT = "live p99 250 ms, max 1 s, stream gap 1 s"
ENDS = {200, 400, 413, 429}


def send(make: Callable[[], Any], path: str, target: Target) -> Outcome:
    """Send the same request one time, and then several times at once."""
    body = make()
    with watch(target) as watched:
        replies = [ask(target, path, body), *ask_many(target, path, [body] * NUM_AT_ONCE)]
    statuses = sorted({reply.status for reply in replies})
    return Outcome(watched.is_well and ENDS.issuperset(statuses), f"{watched}; statuses {statuses}")


def write_question(draw: Callable[[], str]) -> dict[str, str]:
    return {"question": "hi", "image": draw()}


def rest(target: Target) -> Outcome:
    """Send ordinary questions, for comparison."""
    with watch(target) as watched:
        statuses = {reply.status for reply in ask_many(target, "/ask", [{"question": "hi"}] * 16)}
    return Outcome(watched.is_well and statuses == {200}, f"{watched}; statuses {sorted(statuses)}")


def find_path(name: str) -> str:
    return "/ask" if "base64" in name else "/v1/chat/completions"


STALLS = Campaign(
    "stalls",
    (
        Trial("ordinary questions", LIMIT, rest, is_short=True),
        Trial("3,000 parts", LIMIT, partial(send, partial(write_parts, 3000), "/v1/chat/completions"), is_short=True),
        *(Trial(name, LIMIT, partial(send, make, find_path(name))) for name, make in HOSTILE_BODIES.items()),
        *(
            Trial(name, LIMIT, partial(send, partial(write_question, draw), "/ask"), is_short="50,000,000 x" in name)
            for name, draw in HOSTILE_PICTURES.items()
        ),
    ),
)
