"""Playing of scenes against a server, with a report for people to read."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import httpx

from scripts.scenes.scene import Line, Scene

TIMEOUT_S = 120


def play(client: httpx.Client, scenes: Sequence[Scene]) -> int:
    """Play the scenes and print them; return the number of wrong answers. Raises `httpx.HTTPError`."""
    num_wrong = 0
    for number, scene in enumerate(scenes, start=1):
        print(f"\n{number}. {scene.title}")
        user_id = f"scene-{uuid.uuid4().hex[:8]}"
        for line in scene.lines:
            response = client.post(scene.path, json=scene.build_body(line, user_id), timeout=TIMEOUT_S)
            errors = _errors(line, response)
            num_wrong += bool(errors)
            print("\n".join(_describe(line, response, errors)), flush=True)
    return num_wrong


def _errors(line: Line, response: httpx.Response) -> list[str]:
    if response.status_code != 200:
        return [f"status {response.status_code}: {response.text}"]
    return line.find_errors(response.json(), response.headers.get("x-cache", ""))


def _describe(line: Line, response: httpx.Response, errors: Iterable[str]) -> Iterator[str]:
    shown = "".join(f"[{name}] " for name in line.pictures)
    yield f"   customer  {shown}{line.question}"
    if response.status_code == 200:
        reply = response.json()
        yield f"   server    {reply['answer']}"
        yield f"             ({'; '.join(map(_note, reply.get('trace', [])))})"
    for error in errors:
        yield f"   WRONG     {error}"


def _note(note: dict[str, Any]) -> str:
    """Describe what a stage did, in a few words."""
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
