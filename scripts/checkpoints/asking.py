"""One question in text and one about a picture, over HTTP, and whether the answers end as they should."""

import base64
import io
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw

from scripts.checkpoints.serving import Served

MAX_TOKENS = 16
TIMEOUT_S = 900
GOOD_FINISHES = ("stop", "length")
PICTURE_SIZE = (640, 480)
"""Larger than one view, so that it is cut into slices."""


@dataclass(frozen=True)
class Answer:
    """What came back. The text of random weights means nothing, and may be empty."""

    what: str
    num_prompt_tokens: int
    num_tokens: int
    finish_reason: str
    took_s: float


def ask_both(served: Served) -> list[Answer]:
    """Ask for a short greedy answer without and with a picture. Raises `TrialError`."""
    picture = {"type": "image_url", "image_url": {"url": draw_picture()}}
    question = {"type": "text", "text": "What is in this picture?"}
    return [_ask(served, "text", "Tell me a short story about a river."), _ask(served, "picture", [picture, question])]


def draw_picture() -> str:
    """Draw shapes on a coloured ground and return them as the `data:` address of a PNG."""
    image = Image.new("RGB", PICTURE_SIZE, (235, 225, 200))
    pen = ImageDraw.Draw(image)
    pen.ellipse((60, 80, 300, 320), fill=(200, 40, 40), outline=(0, 0, 0), width=6)
    pen.rectangle((350, 120, 600, 420), fill=(30, 90, 200))
    pen.text((380, 40), "MiniCPM-V 2.6", fill=(0, 0, 0))
    written = io.BytesIO()
    image.save(written, "PNG")
    return f"data:image/png;base64,{base64.b64encode(written.getvalue()).decode()}"


def _ask(served: Served, what: str, content: Any) -> Answer:
    body = {
        "model": "minicpm-v",
        "messages": [{"role": "user", "content": content}],
        "temperature": 0,
        "max_tokens": MAX_TOKENS,
    }
    start_s = time.monotonic()
    reply = _post(served, what, body)
    took_s = time.monotonic() - start_s
    finish, usage = reply["choices"][0]["finish_reason"], reply["usage"]
    if finish not in GOOD_FINISHES or not usage["completion_tokens"]:
        raise served.make_error(f"the {what} question's answer ended with {finish!r}, not {' or '.join(GOOD_FINISHES)}")
    return Answer(what, usage["prompt_tokens"], usage["completion_tokens"], finish, took_s)


def _post(served: Served, what: str, body: dict[str, Any]) -> dict[str, Any]:
    url = f"{served.address}/v1/chat/completions"
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
            reply: dict[str, Any] = json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            shown = " ".join(error.read().decode(errors="replace").split())
        raise served.make_error(f"the {what} question was answered with {error.code}: {shown}") from error
    except (OSError, ValueError) as error:
        raise served.make_error(f"the {what} question was not answered: {error}") from error
    return reply
