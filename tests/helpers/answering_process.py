"""A server's load without a server: `python -m tests.helpers.answering_process URL`, for `test_crash.py` to kill.

Ninety sessions answer turn after turn and say so once one is stored; ten say half an answer and wait.
"""

import asyncio
import itertools
import json
import sys

from server.store.records import StoredPicture, StoredUsage
from server.store.store import Store, open_store
from tests.helpers.store_turns import saved, user


def say(**facts: str) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


async def answer_all(store: Store, name: str) -> None:
    session = await store.create_session("ann", name)
    for number in itertools.count():
        text = f"{name} {number}"
        async with store.open_turn("ann", session.id, user(StoredPicture.from_bytes(text.encode(), "image/png"), text)) as turn:
            turn.save("an answer", StoredUsage())
            await turn.finish(f"an answer to {text}", "stop", StoredUsage(1, 0, 1))
        say(session=session.id, answered=turn.id, text=text)


async def answer_half(store: Store, name: str) -> None:
    session = await store.create_session("ann", name)
    async with store.open_turn("ann", session.id, user(name)) as turn:
        await saved(store, turn, "half an")
        say(session=session.id, half=turn.id)
        await asyncio.sleep(3600)


async def main(url: str) -> None:
    async with open_store(url) as store, asyncio.TaskGroup() as group:
        for number in range(100):
            group.create_task((answer_half if number % 10 == 0 else answer_all)(store, f"session {number}"))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
