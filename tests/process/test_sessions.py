"""Dialogues outlive the process: real servers that are stopped, killed and started again on the same data folder."""

import base64
import json
import re
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.helpers.loopback import begin_post, comes_true
from tests.helpers.paths import SAMPLE_FOLDER
from tests.helpers.pictures import png_base64
from tests.helpers.processes import get, post, run_server

SAMPLE = SAMPLE_FOLDER / "blue-striped-shirt.png"
NUM_CLIENTS = 16
NUM_ANSWERED = 40


def session_of(address: str, user_id: str) -> Any:
    listed = get(f"{address}/sessions?limit=200")["sessions"]
    (session_id,) = (session["id"] for session in listed if session["name"] == user_id)
    return get(f"{address}/sessions/{session_id}")


def said(turn: Any) -> tuple[str, ...]:
    """Return the texts of the question and of the answer."""
    return tuple(message["content"][-1]["text"] for message in turn["messages"])


def test_a_dialogue_and_its_picture_outlive_a_restart(tmp_path: Path) -> None:
    picture = base64.b64encode(SAMPLE.read_bytes()).decode()
    flags = ("--model", "demo", "--data", str(tmp_path))
    with run_server(*flags) as (process, address, _):
        body = {"user_id": "ann", "question": "What is this?", "image": picture}
        assert post(f"{address}/chat", body) == {"answer": "This is a striped blue shirt for 299 yuan."}
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    with run_server(*flags) as (process, address, _):
        assert post(f"{address}/chat", {"user_id": "ann", "question": "多少钱？"}) == {"answer": "售价299元。"}
        first, second = session_of(address, "ann")["turns"]
        assert said(first) == ("What is this?", "This is a striped blue shirt for 299 yuan.")
        assert said(second) == ("多少钱？", "售价299元。")
        begun = {"user_id": "bob", "question": "What is this?", "image": picture, "stream": True}
        host, port = address.removeprefix("http://").split(":")
        connection = begin_post((host, int(port)), "/chat", json.dumps(begun).encode())
        connection.recv(10_000)  # in mid-stream
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
        connection.close()


def ask_until_killed(address: str, number: int, answered: list[tuple[str, str, str]], enough: threading.Event) -> None:
    """Ask turn after turn, and append to `answered` the user, question and answer of each that was answered."""
    user_id = f"user {number % (NUM_CLIENTS // 2)}"  # two clients a user
    with suppress(OSError, ValueError):
        for turn in range(1000):
            question = f"{number}.{turn}"
            body = {"user_id": user_id, "question": question, "image": png_base64((8, 8 + number))}
            answered.append((user_id, question, post(f"{address}/chat", body)["answer"]))
            if len(answered) >= NUM_ANSWERED:
                enough.set()


def test_no_answered_turn_is_lost_when_the_server_is_killed(golden_folder: Path, tmp_path: Path) -> None:
    flags = ("--model", str(golden_folder / "checkpoint"), "--data", str(tmp_path), "--max-new-tokens", "4")
    answered: list[tuple[str, str, str]] = []
    enough = threading.Event()
    with run_server(*flags) as (process, address, _), ThreadPoolExecutor(NUM_CLIENTS) as pool:
        for number in range(NUM_CLIENTS):
            pool.submit(ask_until_killed, address, number, answered, enough)
        assert enough.wait(timeout=300)
        process.kill()
    assert len(answered) >= NUM_ANSWERED
    with run_server(*flags) as (_, address, _):
        for user_id in {user_id for user_id, _, _ in answered}:
            turns = session_of(address, user_id)["turns"]
            kept = [said(turn) for turn in turns if turn["finish_reason"] in ("stop", "length")]
            theirs = [(question, answer) for name, question, answer in answered if name == user_id]
            assert set(theirs) <= set(kept), "an answered turn is lost"
            assert len({turn["messages"][0]["content"][0]["sha256"] for turn in turns}) <= 2
            for client in {question.split(".")[0] for question, _ in kept}:
                numbers = [int(question.split(".")[1]) for question, _ in kept if question.split(".")[0] == client]
                assert numbers == sorted(numbers)
        assert comes_true(lambda: post(f"{address}/chat", {"user_id": "user 0", "question": "and now?"}))


def test_a_client_that_leaves_in_mid_stream_keeps_the_part_marked_aborted(tmp_path: Path) -> None:
    """The answer has 500 tokens of 50 ms each, so it is sure to go on when the client leaves."""
    fake = ("tests.helpers.fake_server", "0.05")
    with run_server("--data", str(tmp_path), program=fake) as (_, address, _):
        host, port = address.removeprefix("http://").split(":")
        body = {"user_id": "ann", "question": "slow " * 100, "stream": True}
        connection = begin_post((host, int(port)), "/chat", json.dumps(body).encode())
        received = b""
        while received.count(b'{"piece"') < 3:
            received += connection.recv(10_000)
        connection.close()
        assert comes_true(lambda: session_of(address, "ann")["turns"])
        (turn,) = session_of(address, "ann")["turns"]
        assert turn["finish_reason"] == "abort"
        pieces = "".join(json.loads(event)["piece"] for event in re.findall(rb'{"piece":.*?}(?=\n\n)', received))
        assert said(turn)[1].startswith(pieces.strip())  # kept without the white space around it
        assert 0 < turn["tokens"]["num_generated"] < 500
