"""What happens at once, over real connections: streams of events, and answers that end as a person takes over."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.engine.async_engine import AsyncEngine
from server.handover import following
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.desk import KEYS
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_secret
from tests.helpers.loopback import comes_true, serve_on_loopback

TIMEOUT_S = 60
LONG = "slow " * 200


class Live:
    """Clients of a server, one for each key."""

    def __init__(self, address: tuple[str, int], fake: FakeChatModel) -> None:
        self.fake = fake
        self.url = f"http://{address[0]}:{address[1]}"

    def client(self, who: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {make_secret(who)}", "Accept-Language": "en"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=TIMEOUT_S)

    def post(self, who: str, path: str, **body: Any) -> Any:
        with self.client(who) as client:
            response = client.post(path, json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def begin(self, question: str = "hello") -> str:
        """Return the id of a session with one turn."""
        with self.client("shop") as client:
            response = client.post("/chat", json={"user_id": "c", "question": question})
        return str(response.headers["x-session"])

    @contextmanager
    def follow(self, who: str, path: str, **headers: str) -> Iterator[Iterator[dict[str, Any]]]:
        """Yield the events of a stream."""
        with self.client(who) as client, client.stream("GET", path, headers=headers) as response:
            assert response.status_code == 200
            lines = response.iter_lines()
            yield (json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: "))


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    monkeypatch.setattr(following, "MAX_FOLLOW_S", 60.0)
    fake = FakeChatModel(delay_s=0.005)
    settings = Settings(max_desk_streams=3, max_streams_per_key=1)
    app = stored_app(settings, AsyncEngine(fake, {}), tmp_path / "s.db", KeyRing(KEYS))
    with serve_on_loopback(app) as address:
        yield Live(address, fake)


def test_a_customer_sees_a_persons_words_at_once(live: Live) -> None:
    session = live.begin()
    with live.follow("shop", f"/sessions/{session}/events") as events:
        assert next(events)["handover"]["state"] == "bot"
        live.post("shop", f"/sessions/{session}/handover")
        assert next(events)["handover"] == {
            "state": "waiting",
            "agent_name": None,
            "position": 0,
            "text": "You are waiting for a person.",
        }
        live.post("ann", f"/desk/sessions/{session}/take", name="Ann")
        assert next(events)["handover"]["text"] == "Ann is here to help you."
        turn = live.post("ann", f"/desk/sessions/{session}/answer", text="hello")["turn"]
        said = next(events)["turn"]
        assert (said["id"], said["author"], said["author_name"]) == (turn, "person", "Ann")
        live.post("ann", f"/desk/sessions/{session}/give-back")
        assert next(events)["handover"]["state"] == "bot"


def test_a_stream_that_is_opened_again_misses_nothing(live: Live) -> None:
    session = live.begin()
    live.post("root", f"/desk/sessions/{session}/interrupt")
    turns = [live.post("root", f"/desk/sessions/{session}/answer", text=str(number))["turn"] for number in range(3)]
    for path, headers in ((f"?after={turns[0]}", {}), ("", {"Last-Event-ID": turns[0]})):
        with live.follow("shop", f"/sessions/{session}/events{path}", **headers) as events:
            assert next(events)["type"] == "handover"
            assert [next(events)["turn"]["id"] for _ in range(2)] == turns[1:]
    with live.follow("shop", f"/sessions/{session}/events") as events:
        next(events)
        last = live.post("root", f"/desk/sessions/{session}/answer", text="new")["turn"]
        assert next(events)["turn"]["id"] == last


def test_the_desk_is_told_who_waits_and_what_changed(live: Live) -> None:
    session = live.begin()
    with live.follow("ann", "/desk/events") as mine, live.follow("eve", "/desk/events") as others:
        assert [next(events)["waiting"] for events in (mine, others)] == [0, 0]
        live.post("shop", f"/sessions/{session}/handover")
        assert next(mine) == {"type": "sessions", "waiting": 1, "changed": [session]}
        live.post("bob", f"/desk/sessions/{session}/take")
        assert next(mine) == {"type": "sessions", "waiting": 0, "changed": [session]}
        live.post("shop", "/chat", user_id="c", question="are you there?")
        assert next(mine)["changed"] == [session]
        live.post("other", "/chat", user_id="x", question="talk to a human")
        assert next(others)["waiting"] == 1


def test_streams_are_limited_and_leave_their_places(live: Live) -> None:
    session = live.begin()
    path = f"/sessions/{session}/events"
    with ExitStack() as opened:
        for who, followed in (("shop", path), ("shop", path), ("ann", "/desk/events")):
            next(opened.enter_context(live.follow(who, followed)))
        with live.client("bob") as client:
            refused = client.get("/desk/events")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        assert live.post("shop", "/chat", user_id="c", question="and now?")["answer"], "an answer is no stream"

    def is_free() -> bool:
        with live.client("bob") as client, client.stream("GET", "/desk/events") as response:
            return response.status_code == 200

    assert comes_true(is_free)


def test_a_stream_ends_by_itself(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    session = live.begin()
    monkeypatch.setattr(following, "MAX_FOLLOW_S", 0.1)
    with live.client("shop") as client:
        text = client.get(f"/sessions/{session}/events").text
    assert text.endswith('retry: 2000\ndata: {"type":"end"}\n\n')


def test_a_stream_ends_with_its_session(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LOOK_EVERY_S", 0.05)
    session = live.begin()
    with live.follow("shop", f"/sessions/{session}/events") as events:
        next(events)
        with live.client("shop") as client:
            assert client.delete(f"/sessions/{session}").status_code == 204
        assert next(events)["status"] == 404


@pytest.mark.parametrize("is_stream", [True, False])
def test_a_running_answer_ends_as_a_person_takes_over(live: Live, is_stream: bool) -> None:
    session = live.begin()
    pieces: list[str] = []
    whole: list[dict[str, Any]] = []

    def ask() -> None:
        body = {"user_id": "c", "question": LONG, "stream": is_stream}
        with live.client("shop") as client, client.stream("POST", "/chat", json=body) as response:
            for line in response.iter_lines():
                event = json.loads(line.removeprefix("data: ")) if line else {}
                if "piece" in event:
                    pieces.append(event["piece"])
                elif "answer" in event:
                    whole.append(event)

    asking = threading.Thread(target=ask)
    asking.start()
    assert comes_true(lambda: len(pieces) > 3 if is_stream else live.fake.engine.scheduler.running)
    live.post("root", f"/desk/sessions/{session}/interrupt", name="the chief")
    num_pieces = len(pieces)
    asking.join(TIMEOUT_S)
    (answer,) = whole
    assert answer["handover"] == {"state": "person", "agent_name": "the chief", "position": None}
    assert len(pieces) <= num_pieces + 2, "those that were on their way"
    assert len(answer["answer"]) < len(LONG) // 2
    with live.client("shop") as client:
        last = client.get(f"/sessions/{session}").json()["turns"][-1]
    assert last["finish_reason"] == "handover"
    assert comes_true(lambda: live.fake.engine.is_idle)
    assert live.post("root", f"/desk/sessions/{session}/answer", text="I am here")["turn"]
