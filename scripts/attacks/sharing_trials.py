"""Owners beside each other: what one learns of another, and how long one waits for another."""

import threading
import time
from collections.abc import Mapping
from typing import Any

from scripts.attacks.http import ask
from scripts.attacks.target import Target
from scripts.attacks.trial import Campaign, Outcome, Trial

MAX_WAIT_S = 1.5
NUM_REQUESTS = 200
NUM_WIDE = 32
WIDTH = 16
PROMPT = "The secret of the shop is that it has a cellar full of striped shirts. " * 12


def write_request(text: str, max_tokens: int, **options: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": text}]
    return {"model": "minicpm-v", "messages": messages, "max_tokens": max_tokens, "min_tokens": max_tokens, **options}


def guess_prompt(target: Target) -> Outcome:
    """Ask what another owner has asked, and compare with what nobody has."""
    ask(target, "/v1/chat/completions", write_request(PROMPT, 4), "ann")
    replies = [ask(target, "/v1/chat/completions", write_request(PROMPT, 4), key) for key in ("bob", "bob")]
    first, again = (reply.json["usage"]["prompt_tokens_details"]["cached_tokens"] for reply in replies)
    return Outcome(first == 0 and again > 0, f"{first} tokens cached of another's prompt, {again} of its own")


class Flood(threading.Thread):
    """Requests of one owner at the same time, in threads of their own."""

    def __init__(self, target: Target, body: Mapping[str, Any], count: int) -> None:
        super().__init__()
        self.statuses: list[int] = []
        self._asking = [threading.Thread(target=self._ask, args=(target, body)) for _ in range(count)]

    def _ask(self, target: Target, body: Mapping[str, Any]) -> None:
        self.statuses.append(ask(target, "/v1/chat/completions", body, "ann").status)

    def run(self) -> None:
        for thread in self._asking:
            thread.start()
        for thread in self._asking:
            thread.join()


def measure_wait(target: Target, body: Mapping[str, Any], count: int) -> Outcome:
    """Flood the server as one owner, and measure another's first token."""
    flood = Flood(target, body, count)
    flood.start()
    time.sleep(2)
    waits = [ask(target, "/v1/chat/completions", write_request(f"hello {i}", 1), "bob") for i in range(5)]
    is_flooded = flood.is_alive()
    flood.join()
    worst_s = max(reply.took_s for reply in waits)
    statuses = {reply.status for reply in waits}
    ends = sorted(set(flood.statuses))
    is_held = statuses == {200} and worst_s <= MAX_WAIT_S and set(ends) <= {200, 429} and is_flooded
    measured = f"{worst_s:.2f} s at most, statuses {sorted(statuses)}; the other's {ends}"
    return Outcome(is_held, measured + ("" if is_flooded else "; the flood was over too early"))


def flood_with_requests(target: Target) -> Outcome:
    return measure_wait(target, write_request(PROMPT, 200), NUM_REQUESTS)


def flood_with_answers(target: Target) -> Outcome:
    return measure_wait(target, write_request("hi", 200, n=WIDTH), NUM_WIDE)


def fill_the_queue(target: Target) -> Outcome:
    return measure_wait(target, write_request("hi", 200), 300)


SHARING = Campaign(
    "owners",
    (
        Trial("another owner's prompt", "0 tokens cached", guess_prompt, is_short=True),
        Trial(f"{NUM_REQUESTS} requests of one owner", f"another waits {MAX_WAIT_S} s", flood_with_requests),
        Trial(f"{NUM_WIDE} requests of n={WIDTH}", f"another waits {MAX_WAIT_S} s", flood_with_answers),
        Trial("more requests than fit", "another is answered", fill_the_queue),
    ),
    has_keys=True,
)
