"""Hand-overs outlive the process: a server that is killed while sessions wait for a person, and while one has one."""

import json
import sqlite3
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from server.settings.service_settings import WEBHOOK_SECRET
from tests.helpers.loopback import comes_true
from tests.helpers.processes import get, post, run_server
from tests.helpers.receiver import HANG, receiving

PROGRAM = ("tests.helpers.fake_server", "0")
NAMES = ("first", "second", "held")


def ask(address: str, user: str, question: str) -> Any:
    return post(f"{address}/chat", {"user_id": user, "question": question})


def read_desk(address: str) -> dict[str, Any]:
    """Return what the desk sees of each session, by its name."""
    found = [
        each for state in ("waiting", "person") for each in get(f"{address}/desk/sessions?state={state}")["sessions"]
    ]
    return {each["name"]: get(f"{address}/desk/sessions/{each['id']}") for each in found}


def read_first_event(address: str, session: str) -> Any:
    with urllib.request.urlopen(f"{address}/sessions/{session}/events", timeout=60) as response:
        return json.loads(response.readline().removeprefix(b"data: "))


def are_summed_up(address: str) -> bool:
    time.sleep(0.2)  # the model sums up while nobody asks it anything
    return all(each["summary"] is not None for name, each in read_desk(address).items() if name != "held")


def hand_over(address: str) -> None:
    """Have two sessions wait, the second after the first, and give the third to a person, who answers."""
    for name in NAMES:
        ask(address, name, f"hello from {name}")
    for name in NAMES[:2]:
        assert ask(address, name, "talk to a human")["handover"]["state"] == "waiting"
    ask(address, "second", "I am still here")
    held = next(each["id"] for each in get(f"{address}/sessions")["sessions"] if each["name"] == "held")
    post(f"{address}/desk/sessions/{held}/interrupt", {"name": "Ann"})
    post(f"{address}/desk/sessions/{held}/answer", {"text": "I am here"})
    ask(address, "held", "thank you")


def test_a_kill_loses_no_handover_and_doubles_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WEBHOOK_SECRET, "a secret that is long enough")
    with receiving(HANG, HANG) as receiver:
        flags = ("--data", str(tmp_path), "--webhook", receiver.url)
        with run_server(*flags, program=PROGRAM) as (process, address, _):
            hand_over(address)
            assert comes_true(lambda: are_summed_up(address), 60)
            before = read_desk(address)
            shown = {name: read_first_event(address, before[name]["session"]["id"]) for name in NAMES}
            told = {message.id for message in receiver.wait_for(2)}
            process.kill()
            process.wait()
        with closing(sqlite3.connect(tmp_path / "sessions.db")) as connection, connection:
            connection.execute("UPDATE webhook_deliveries SET next_s = next_s - 60")  # what a minute does
        with run_server(*flags, program=PROGRAM) as (_, address, _):
            assert read_desk(address) == before
            assert {name: read_first_event(address, before[name]["session"]["id"]) for name in NAMES} == shown
            assert [shown[name]["handover"]["position"] for name in NAMES] == [0, 1, None]
            assert ask(address, "second", "hello?") == {"answer": "", "handover": shown_to_clients(shown["second"])}
            post(f"{address}/sessions/{before['second']['session']['id']}/handover", {})  # it waits already
            assert {message.id for message in receiver.wait_for(4)} == told
            held = read_desk(address)["held"]
            persons = [turn for turn in held["turns"] if turn.get("author") == "person"]
            assert [turn["messages"][-1]["content"] for turn in persons] == [[{"type": "text", "text": "I am here"}]]
            post(f"{address}/desk/sessions/{held['session']['id']}/give-back", {})
            assert ask(address, "held", "and now?")["answer"].endswith("and now?")
        assert len(receiver.received) == 4
        with closing(sqlite3.connect(tmp_path / "sessions.db")) as connection:
            assert connection.execute("SELECT is_delivered FROM webhook_deliveries").fetchall() == [(1,), (1,)]


def shown_to_clients(event: Any) -> dict[str, Any]:
    """Return a hand-over of an event as an answer has it."""
    return {name: event["handover"][name] for name in ("state", "agent_name", "position")}
