"""The scenes against a real demo server, and against nobody."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from scripts.scenes.play import play
from scripts.scenes.scene import Document, Line, Scene
from tests.helpers.paths import ROOT
from tests.helpers.processes import run_server


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/play_scenes.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


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
