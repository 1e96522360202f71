"""The scenes against a real demo server, and against nobody."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.play_scenes import NO_TOOLS, choose_scenes, wait_until_ready
from scripts.scenes import service, shop
from scripts.scenes.play import is_by_rule, play
from scripts.scenes.scene import Document, Line, Scene
from tests.helpers.paths import ROOT
from tests.helpers.processes import run_server


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/play_scenes.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


class ServiceServer:
    """A server with business tools as the wire has it: `said` are its answers, in order, and `asked` what was sent."""

    def __init__(self, said: Sequence[dict[str, Any]], token_status: int = 200) -> None:
        self._said = iter(said)
        self._token_status = token_status
        self.asked: list[tuple[str, dict[str, Any], str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, body = request.url.path, json.loads(request.content or b"{}")
        if path == "/ops/state":
            return httpx.Response(200, json={"files": [{"kind": "profiles"}, {"kind": "tools"}]})
        self.asked.append((path, body, request.headers["authorization"]))
        if path == "/customers/token":
            return httpx.Response(self._token_status, json={"token": f"token-of-{body['sub']}"})
        return httpx.Response(200, json=next(self._said))


def connect(server: Callable[[httpx.Request], httpx.Response]) -> httpx.Client:
    headers = {"Authorization": "Bearer sk-shop"}
    return httpx.Client(base_url="http://test", headers=headers, transport=httpx.MockTransport(server))


def right_reply(line: Line) -> dict[str, Any]:
    """Return a reply as the line expects it, by a rule."""
    return {"answer": line.answer.removesuffix("..."), "author": "service", **{name: {"id": "1"} for name in line.has}}


def test_customers_are_played_with_tokens_and_rules_are_marked(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line for scene in service.SCENES for line in scene.lines]
    server = ServiceServer([right_reply(line) for line in lines])
    with connect(server) as client:
        assert play(client, service.SCENES) == 0
    told = capsys.readouterr().out
    assert told.count("(rule)") == len(lines)
    tokens = [(body["sub"], key) for path, body, key in server.asked if path == "/customers/token"]
    assert tokens == [(scene.customer, "Bearer sk-shop") for scene in service.SCENES]
    assert {sub for sub, _ in tokens} == {"ann", "bo"}
    chats = [(body, key) for path, body, key in server.asked if path == "/chat"]
    assert {key for _, key in chats} == {"Bearer token-of-ann", "Bearer token-of-bo"}
    assert all(body.keys() == {"user_id", "question"} for body, _ in chats), "a customer chooses nothing else"


def test_an_order_of_another_customer_that_is_shown_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    scene = service.SCENES[0]
    replies = [right_reply(line) for line in scene.lines]
    replies[2] = {"answer": "订单 MS100131：已签收。"}
    with connect(ServiceServer(replies)) as client:
        assert play(client, [scene]) == 1
    told = capsys.readouterr().out
    assert "WRONG     the answer should be 没有找到订单 MS100131。" in told
    assert told.count("(rule)") == len(scene.lines) - 1


def test_a_return_without_its_card_is_wrong_and_one_of_before_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    scene = service.SCENES[1]
    replies = [right_reply(line) for line in scene.lines]
    del replies[1]["action"]
    replies[2]["answer"] = "没有成功：start_return。没有做任何更改。"
    with connect(ServiceServer(replies)) as client:
        assert play(client, [scene]) == 1
    assert "WRONG     action should be there" in capsys.readouterr().out


def test_without_a_token_a_scene_is_wrong_and_not_played(capsys: pytest.CaptureFixture[str]) -> None:
    server = ServiceServer([], token_status=403)
    with connect(server) as client:
        assert play(client, service.SCENES) == sum(len(scene.lines) for scene in service.SCENES)
    assert [path for path, _, _ in server.asked] == ["/customers/token"] * len(service.SCENES)
    assert "no token for ann: status 403" in capsys.readouterr().out


def test_scenes_of_orders_are_played_where_the_server_says_it_has_tools() -> None:
    with connect(ServiceServer([])) as client:
        assert choose_scenes(client) == (*shop.SCENES, *service.SCENES)


@pytest.mark.parametrize(
    "state", [httpx.Response(403, json={"error": "no"}), httpx.Response(200, json={"files": [{"kind": "profiles"}]})]
)
def test_scenes_of_orders_are_left_out_elsewhere(state: httpx.Response, capsys: pytest.CaptureFixture[str]) -> None:
    with connect(lambda _: state) as client:
        assert choose_scenes(client) == shop.SCENES
    assert capsys.readouterr().out == f"{NO_TOOLS}\n"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"answer": "a"}, False),
        ({"answer": "a", "author": "service"}, True),
        ({"answer": "a", "trace": [{"stage": "tools", "calls": [{"tool": "t", "state": "done", "by": "rule"}]}]}, True),
        (
            {"answer": "a", "trace": [{"stage": "tools", "calls": [{"tool": "t", "state": "done", "by": "model"}]}]},
            False,
        ),
    ],
)
def test_what_code_wrote_is_told_apart(reply: dict[str, Any], expected: bool) -> None:
    assert is_by_rule(reply) is expected


@pytest.mark.slow
def test_every_answer_of_the_demo_is_right(tmp_path: Path) -> None:
    with run_server("--data", str(tmp_path)) as (_, address, _):
        for _ in range(2):  # again, when the answers are cached
            played = run("--url", address)
            assert played.returncode == 0, played.stdout + played.stderr
    assert "WRONG" not in played.stdout
    documents = ("40 of 40 pages read", "2 frames at 0 s, 1 s")
    for told in (*documents, "cache hit", "价各 → 价格", "block in the question", "profile ecommerce"):
        assert told in played.stdout


@pytest.mark.parametrize(("patience_s", "num_left"), [(60, 0), (0, 1)])
def test_a_server_that_loads_is_waited_for(patience_s: float, num_left: int) -> None:
    said = [{"status": "not ready", "reason": "loading"}] * 2 + [{"status": "ready"}]
    left = [httpx.Response(503 if len(each) == 2 else 200, json=each) for each in said[0 if patience_s else 1 :]]
    with connect(lambda _: left.pop(0)) as client:
        wait_until_ready(client, patience_s)
    assert len(left) == num_left


def test_nobody_there_is_told_in_one_sentence() -> None:
    played = run("--url", "http://127.0.0.1:9")
    assert played.returncode == 1
    assert played.stderr.startswith("no server answers at http://127.0.0.1:9")
    assert played.stderr.count("\n") == 1


def test_a_wrong_answer_is_counted_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    replies = iter([httpx.Response(200, json={"answer": "no"}), httpx.Response(413, json={"error": "too much"})])
    with httpx.Client(base_url="http://test", transport=httpx.MockTransport(lambda _: next(replies))) as client:
        assert play(client, [Scene("A scene", [Line("really?", "yes"), Line("more?", "yes")])]) == 2
    told = capsys.readouterr().out
    assert "WRONG     the answer should be yes" in told
    assert "WRONG     status 413" in told


def test_a_document_is_sent_and_read_before_the_questions(capsys: pytest.CaptureFixture[str]) -> None:
    paths: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        paths.append(f"{request.method} {request.url.path}")
        if request.method == "POST" and request.url.path == "/documents":
            assert b"the file" in request.content
            return httpx.Response(202, json={"id": "d1"})
        if request.url.path == "/documents/d1":
            state = "reading" if len(paths) < 4 else "ready"
            return httpx.Response(200, json={"state": state, "pages": 9, "pages_read": 9})
        citation = {"number": 1, "name": "a.pdf", "page": 3, "quote": "x" * 100}
        return httpx.Response(200, json={"answer": "yes[1]", "citations": [citation]})

    scene = Scene("A scene", [Line("really?", "yes...", pages=(3,))], document=Document("a.pdf", lambda: b"the file"))
    with httpx.Client(base_url="http://test", transport=httpx.MockTransport(answer)) as client:
        assert play(client, [scene]) == 0
    assert paths == ["POST /documents", *["GET /documents/d1"] * 3, "POST /chat"]
    told = capsys.readouterr().out
    assert "ready: 9 of 9 pages read" in told
    assert f"[1] a.pdf, page 3: {'x' * 60}..." in told
