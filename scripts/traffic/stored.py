"""Comparison of the server's sessions with the dialogues of its clients."""

from collections.abc import Sequence
from typing import Any

import httpx

from scripts.traffic.dialogue import Dialogue


async def compare_sessions(http: httpx.AsyncClient, dialogues: Sequence[Dialogue]) -> tuple[list[str], dict[str, int]]:
    """Return the differences between the sessions and the dialogues, and counts of what the sessions hold."""
    ids = await load_session_ids(http)
    errors: list[str] = []
    turns: list[dict[str, Any]] = []
    for dialogue in dialogues:
        stored = []
        if dialogue.user_id in ids:
            stored = (await http.get(f"/sessions/{ids[dialogue.user_id]}")).json()["turns"]
        errors += dialogue.find_errors(stored)
        turns += stored
    num_aborted = sum(turn["finish_reason"] == "abort" for turn in turns)
    num_tokens = sum(turn["tokens"]["num_generated"] for turn in turns)
    return errors, {"sessions": len(dialogues), "turns": len(turns), "aborted": num_aborted, "tokens": num_tokens}


async def load_session_ids(http: httpx.AsyncClient) -> dict[str, str]:
    """Return the ids of all sessions by their names."""
    found: dict[str, str] = {}
    page: dict[str, Any] = {"next_cursor": ""}
    while page["next_cursor"] is not None:
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
        page = (await http.get("/sessions", params={"limit": 200, **cursor})).json()
        found |= {session["name"]: session["id"] for session in page["sessions"]}
    return found
