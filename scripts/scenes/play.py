"""Scenes on the way to a server, and what came back, for people to read."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import httpx

from scripts.scenes.scene import Line, Scene

TIMEOUT_S = 120


def play(client: httpx.Client, scenes: Sequence[Scene]) -> int:
    """Prints them as they go; how many answers were wrong. Raises `httpx.HTTPError` where nobody answers."""
    num_wrong = 0
    for number, scene in enumerate(scenes, start=1):
        print(f"\n{number}. {scene.title}")
        user_id = f"scene-{uuid.uuid4().hex[:8]}"
        for line in scene.lines:
            response = client.post(scene.path, json=scene.body(line, user_id), timeout=TIMEOUT_S)
            problems = _problems(line, response)
            num_wrong += bool(problems)
            print("\n".join(_told(line, response, problems)), flush=True)
    return num_wrong


def _problems(line: Line, response: httpx.Response) -> list[str]:
    if response.status_code != 200:
        return [f"status {response.status_code}: {response.text}"]
    return line.problems(response.json(), response.headers.get("x-cache", ""))


def _told(line: Line, response: httpx.Response, problems: Iterable[str]) -> Iterator[str]:
    shown = "".join(f"[{name}] " for name in line.pictures)
    yield f"   customer  {shown}{line.question}"
    if response.status_code == 200:
        reply = response.json()
        yield f"   desk      {reply['answer']}"
        yield f"             ({'; '.join(map(_note, reply.get('trace', [])))})"
    for problem in problems:
        yield f"   WRONG     {problem}"


def _note(note: dict[str, Any]) -> str:
    """What a stage did, in a few words."""
    match note:
        case {"stage": "profile", "name": name}:
            return f"profile {name}"
        case {"stage": "typos", "corrections": corrections}:
            return "typos " + ", ".join(f"{each['from']} → {each['to']}" for each in corrections)
        case {"stage": "moderation", "hits": hits}:
            return "moderation " + ", ".join(f"{each['action']} in the {each['where']}" for each in hits)
        case {"stage": "cache", "result": result}:
            return f"cache {result}"
    return " ".join(str(value) for value in note.values())
