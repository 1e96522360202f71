"""Playing of scenes against a server, with a report for people to read."""

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import httpx

from scripts.scenes.customers import TIMEOUT_S, NoToken, make_headers
from scripts.scenes.scene import Document, Line, Scene

POLL_S = 0.2
MAX_QUOTE = 60
NEW_LINE = "\n"


def play(client: httpx.Client, scenes: Sequence[Scene]) -> int:
    """Play the scenes and print them; return the number of wrong answers. Raises `httpx.HTTPError`."""
    num_wrong = 0
    for number, scene in enumerate(scenes, start=1):
        print(f"\n{number}. {scene.title}")
        try:
            num_wrong += _play_scene(client, scene, make_headers(client, scene.customer))
        except NoToken as refused:
            print(f"   WRONG     {refused}")
            num_wrong += len(scene.lines)
    return num_wrong


def _play_scene(client: httpx.Client, scene: Scene, headers: Mapping[str, str]) -> int:
    user_id = f"scene-{uuid.uuid4().hex[:8]}"
    if scene.document is not None:
        print(f"   customer  sends {scene.document.name}", flush=True)
        print(f"   server    {_send(client, scene.document, user_id)}", flush=True)
    num_wrong = 0
    for line in scene.lines:
        body = scene.build_body(line, user_id)
        response = client.post(scene.path, json=body, headers=headers, timeout=TIMEOUT_S)
        errors = _errors(line, response)
        num_wrong += bool(errors)
        print("\n".join(_describe(line, response, errors)), flush=True)
    return num_wrong


def _send(client: httpx.Client, document: Document, user_id: str) -> str:
    """Send a document, wait until it is read, and describe it. Raises `httpx.HTTPError`."""
    data = {"user_id": user_id}
    added = client.post("/documents", data=data, files={"file": (document.name, document.make())}, timeout=TIMEOUT_S)
    if added.status_code != 202:
        return f"WRONG     status {added.status_code}: {added.text}"
    for _ in range(round(TIMEOUT_S / POLL_S)):
        found = client.get(f"/documents/{added.json()['id']}").json()
        if found["state"] != "reading":
            break
        time.sleep(POLL_S)
    return f"{found['state']}: {found['pages_read']} of {found['pages']} pages read"


def _errors(line: Line, response: httpx.Response) -> list[str]:
    if response.status_code != 200:
        return [f"status {response.status_code}: {response.text}"]
    return line.find_errors(response.json(), response.headers.get("x-cache", ""))


def _describe(line: Line, response: httpx.Response, errors: Iterable[str]) -> Iterator[str]:
    shown = "".join(f"[{name}] " for name in (*line.pictures, line.video) if name)
    yield f"   customer  {shown}{line.question}"
    if response.status_code == 200:
        reply = response.json()
        mark = "(rule) " if is_by_rule(reply) else ""
        yield f"   server    {mark}{reply['answer'].replace(NEW_LINE, NEW_LINE + 13 * ' ')}"
        if notes := "; ".join(map(_note, reply.get("trace", []))):
            yield f"             ({notes})"
        yield from map(_describe_citation, reply.get("citations", ()))
    for error in errors:
        yield f"   WRONG     {error}"


def is_by_rule(reply: dict[str, Any]) -> bool:
    """Whether code wrote an answer: the server says so, or the trace has a call that a rule asked for."""
    calls = [call for note in reply.get("trace", ()) for call in note.get("calls", ())]
    return reply.get("author") == "service" or any(call.get("by") == "rule" for call in calls)


def _describe_citation(citation: dict[str, Any]) -> str:
    quote = citation["quote"].replace("\n", " ")
    shown = quote if len(quote) <= MAX_QUOTE else f"{quote[:MAX_QUOTE]}..."
    return f"             [{citation['number']}] {citation['name']}, page {citation['page']}: {shown}".rstrip(": ")


def _note(note: dict[str, Any]) -> str:
    """Describe what a stage did, in a few words."""
    match note:
        case {"stage": "profile", "name": name}:
            return f"profile {name}"
        case {"stage": "typos", "corrections": corrections}:
            return "typos " + ", ".join(f"{each['from']} → {each['to']}" for each in corrections)
        case {"stage": "moderation", "hits": hits}:
            return "moderation " + ", ".join(f"{each['action']} in the {each['where']}" for each in hits)
        case {"stage": "documents", "mode": mode, "citations": citations}:
            return f"documents {mode}, {len(citations)} cited"
        case {"stage": "video", "frames": count, "times": times}:
            return f"{count} frames at " + ", ".join(f"{time_s:g} s" for time_s in times)
        case {"stage": "tools", "calls": calls}:
            return "tools " + ", ".join(f"{each['tool']} {each['state']}" for each in calls)
        case {"stage": "cache", "result": result}:
            return f"cache {result}"
    return " ".join(str(value) for value in note.values())
