"""Both questions are asked, and only whole answers count."""

import base64
import io
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from scripts.checkpoints.asking import PICTURE_SIZE, ask_both, draw_picture
from scripts.checkpoints.serving import Served, TrialError

Reply = tuple[int, Any]


class Answering(HTTPServer):
    """Answers each request with the next of `replies`, and keeps the bodies."""

    def __init__(self, replies: list[Reply]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies = iter(replies)
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Answering

    def do_POST(self) -> None:
        self.server.paths.append(self.path)
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        status, content = next(self.server.replies)
        written = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, *_: object) -> None:
        pass


def completion(finish: str = "length", num_tokens: int = 16) -> Reply:
    usage = {"prompt_tokens": 30, "completion_tokens": num_tokens}
    return 200, {"choices": [{"finish_reason": finish}], "usage": usage}


@pytest.fixture
def answer_with(tmp_path: Path) -> Iterator[Callable[..., tuple[Served, Answering]]]:
    """Start a server that gives these replies."""
    started: list[Answering] = []
    output = tmp_path / "output"
    output.write_text("the last line\n")
    with subprocess.Popen([sys.executable, "-c", ""]) as process:

        def start(*replies: Reply) -> tuple[Served, Answering]:
            server = Answering(list(replies))
            started.append(server)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            return Served(f"http://127.0.0.1:{server.server_port}", 1.0, process, output), server

        yield start
    for server in started:
        server.shutdown()
        server.server_close()


def test_a_text_and_a_picture_are_asked(answer_with: Callable[..., tuple[Served, Answering]]) -> None:
    served, server = answer_with(completion("length", 16), completion("stop", 3))
    text, picture = ask_both(served)
    assert (text.what, text.finish_reason, text.num_tokens) == ("text", "length", 16)
    assert (picture.what, picture.finish_reason, picture.num_tokens) == ("picture", "stop", 3)
    assert picture.num_prompt_tokens == 30
    assert picture.took_s > 0
    assert server.paths == ["/v1/chat/completions"] * 2
    about_text, about_picture = (body["messages"][0]["content"] for body in server.bodies)
    assert isinstance(about_text, str)
    assert [part["type"] for part in about_picture] == ["image_url", "text"]


@pytest.mark.parametrize(
    ("replies", "cause"),
    [
        ([(500, "the device\nis lost")], "the text question was answered with 500: the device is lost"),
        ([completion(), (500, "x")], "the picture question was answered with 500: x"),
        ([completion("error")], "the text question's answer ended with 'error', not stop or length"),
        ([completion(), completion("repetition")], "the picture question's answer ended with 'repetition'"),
        ([completion("stop", 0)], "the text question's answer ended with 'stop'"),
        ([(200, "not JSON")], "the text question was not answered: "),
    ],
)
def test_any_other_answer_is_an_error(
    answer_with: Callable[..., tuple[Served, Answering]], replies: list[Reply], cause: str
) -> None:
    served, _ = answer_with(*replies)
    with pytest.raises(TrialError) as failed:
        ask_both(served)
    assert str(failed.value).startswith(cause)
    assert str(failed.value).endswith("the last line")


def test_a_server_that_is_gone_is_an_error(answer_with: Callable[..., tuple[Served, Answering]]) -> None:
    served, server = answer_with()
    server.shutdown()
    server.server_close()
    with pytest.raises(TrialError, match=r"the text question was not answered: .*refused"):
        ask_both(served)


def test_the_picture_is_a_png_of_more_than_one_view() -> None:
    head, _, content = draw_picture().partition(",")
    assert head == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as image:
        assert (image.format, image.size) == ("PNG", PICTURE_SIZE)
        assert len(image.getcolors(1000) or ()) >= 4
    assert PICTURE_SIZE[0] * PICTURE_SIZE[1] > 448 * 448
