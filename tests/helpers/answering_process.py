"""A process that stores turns like a busy server: `python -m tests.helpers.answering_process URL`.

`test_crash.py` kills it. Ninety sessions answer turn after turn, and report each once it is stored; ten save half an
answer, report it and wait.
"""

import asyncio
import itertools
import json
import sys

from server.store.records import StoredPicture, StoredUsage
from server.store.store import Store, open_store
from tests.helpers.store_turns import save_and_wait, user_message


def report(**facts: str) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


async def answer_all(store: Store, name: str) -> None:
    session = await store.create_session("ann", name)
    for number in itertools.count():
        text = f"{name} {number}"
        async with store.open_turn(
            "ann", session.id, user_message(StoredPicture.from_bytes(text.encode(), "image/png"), text)
        ) as turn:
            turn.save("an answer", StoredUsage())
            await turn.finish(f"an answer to {text}", "stop", StoredUsage(1, 0, 1))
        report(session=session.id, answered=turn.id, text=text)


async def answer_half(store: Store, name: str) -> None:
    session = await store.create_session("ann", name)
    async with store.open_turn("ann", session.id, user_message(name)) as turn:
        await save_and_wait(store, turn, "half an")
        report(session=session.id, half=turn.id)
        await asyncio.sleep(3600)


async def main(url: str) -> None:
    async with open_store(url) as store, asyncio.TaskGroup() as group:
        for number in range(100):
            group.create_task((answer_half if number % 10 == 0 else answer_all)(store, f"session {number}"))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
