"""The store: a file that goes away, many searches, and a crash in the middle of a turn."""

import threading
import time
from contextlib import suppress

from scripts.attacks.http import Reply, ask, ask_many
from scripts.attacks.target import Target
from scripts.attacks.trial import Campaign, Outcome, Trial

NUM_SEARCHES = 12
NUM_TURNS = 40
MAX_TURN_S = 3.0
MAX_LEASE_S = 5.0
NOTICE_S = 10.0


def search_at_once(target: Target) -> Outcome:
    """Search while a dialogue goes on."""
    for index in range(NUM_TURNS):
        ask(target, "/chat", {"user_id": f"user-{index % 8}", "question": f"How much is shirt {index} 衬衫?"})
    is_over = threading.Event()
    statuses: set[int] = set()

    def search() -> None:
        while not is_over.is_set():
            statuses.add(ask(target, "/sessions?search=%E8%A1%AC%E8%A1%AB").status)

    searching = [threading.Thread(target=search) for _ in range(NUM_SEARCHES)]
    for thread in searching:
        thread.start()
    replies = [ask(target, "/chat", {"user_id": "waiting", "question": "hi"}) for _ in range(5)]
    is_over.set()
    for thread in searching:
        thread.join()
    worst_s = max(reply.took_s for reply in replies)
    is_held = worst_s <= MAX_TURN_S and {reply.status for reply in replies} == {200} and statuses <= {200, 429, 503}
    return Outcome(is_held, f"a turn took {worst_s:.2f} s at most; searches {sorted(statuses)}")


def crash_in_a_turn(target: Target) -> Outcome:
    """Kill the server while it answers, start it again, and ask as the same user."""
    ask(target, "/chat", {"user_id": "crashed", "question": "first"})
    asking = threading.Thread(
        target=ask, args=(target, "/chat", {"user_id": "crashed", "question": "Tell me everything."})
    )
    asking.start()
    time.sleep(0.3)
    target.kill()
    asking.join()
    target.start()
    reply = ask(target, "/chat", {"user_id": "crashed", "question": "again"})
    sessions = [s for s in ask(target, "/sessions").json["sessions"] if s["name"] == "crashed"]
    turns = ask(target, f"/sessions/{sessions[0]['id']}").json["turns"] if sessions else []
    is_held = reply.status == 200 and reply.took_s <= MAX_LEASE_S and len(turns) >= 2
    return Outcome(is_held, f"status {reply.status} after {reply.took_s:.1f} s, {len(turns)} turns")


def remove_the_file(target: Target) -> Outcome:
    """Remove the database: what is answered from then on would be lost."""
    for file in target.data.glob("sessions.db*"):
        with suppress(OSError):
            file.unlink()
    began_s, ready = time.monotonic(), Reply(200, {}, b"", 0)
    while ready.status == 200 and time.monotonic() - began_s < NOTICE_S:
        time.sleep(0.5)
        ready = ask(target, "/health/ready")
    noticed_s = time.monotonic() - began_s
    statuses = {reply.status for reply in ask_many(target, "/chat", [{"user_id": "lost", "question": "hi"}] * 2)}
    is_held = ready.status == 503 and statuses == {503}
    return Outcome(is_held, f"ready {ready.status} after {noticed_s:.1f} s, turns {sorted(statuses)}")


STORE = Campaign(
    "store",
    (
        Trial(f"{NUM_SEARCHES} searches at once", f"a turn takes {MAX_TURN_S:.0f} s", search_at_once, is_short=True),
        Trial(
            "kill -9 in a turn", f"the next within {MAX_LEASE_S:.0f} s, nothing lost", crash_in_a_turn, is_short=True
        ),
        Trial("the database removed", f"503 within {NOTICE_S:.0f} s", remove_the_file, is_short=True),
    ),
)
