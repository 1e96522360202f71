"""The requests of a load run: five valid kinds, and some that are invalid."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
QUESTIONS = ("What is this?", "What colour is it?", "How much is it?", "这是什么？", "多少钱？", "Is it striped?")

KINDS = ("text", "picture", "chat", "openai", "ollama")


@dataclass(frozen=True)
class Asking:
    kind: str
    path: str
    body: bytes


@dataclass(frozen=True)
class Wrong:
    """An invalid request, and the status with which it must be refused."""

    asking: Asking
    status: int


class Askings:
    """Draws random requests. `pictures` are in base64."""

    def __init__(self, rng: Random, model: str) -> None:
        self.rng = rng
        self.model = model
        self.pictures = [base64.b64encode(path.read_bytes()).decode() for path in sorted(SAMPLES.glob("*.png"))]

    def question(self) -> str:
        return self.rng.choice(QUESTIONS)

    def picture(self) -> str:
        return self.rng.choice(self.pictures)

    def text(self) -> Asking:
        return _asking("text", "/ask", {"question": self.question()})

    def one_picture(self) -> Asking:
        return _asking("picture", "/ask", {"question": self.question(), "image": self.picture()})

    def chat(self, user_id: str, question: str, has_picture: bool) -> Asking:
        images = [self.picture()] if has_picture else []
        body = {"user_id": user_id, "question": question, "images": images, "stream": self.rng.random() < 0.5}
        return _asking("chat", "/chat", body)

    def openai(self) -> Asking:
        url = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{self.picture()}"}}
        message = {"role": "user", "content": [url, {"type": "text", "text": self.question()}]}
        options = {"stream": True, "stream_options": {"include_usage": True}}
        return _asking("openai", "/v1/chat/completions", {"model": self.model, "messages": [message], **options})

    def ollama(self) -> Asking:
        message = {"role": "user", "content": self.question(), "images": [self.picture()]}
        return _asking("ollama", "/api/chat", {"model": self.model, "messages": [message]})

    def wrong(self) -> Wrong:
        message = {"role": "user", "content": "?"}
        return self.rng.choice(
            (
                Wrong(Asking("text", "/ask", b'{"question": "cut o'), 400),
                Wrong(_asking("text", "/ask", {"question": " "}), 400),
                Wrong(_asking("picture", "/ask", {"question": "?", "image": self.picture()[:40]}), 400),
                Wrong(_asking("chat", "/chat", {"question": "whose?"}), 400),
                Wrong(_asking("openai", "/v1/chat/completions", {"model": "nobody", "messages": [message]}), 404),
                Wrong(_asking("openai", "/v1/chat/completions", {"model": self.model, "messages": []}), 400),
                Wrong(_asking("ollama", "/api/chat", {"model": self.model, "messages": [message], "format": 3}), 400),
            )
        )


def _asking(kind: str, path: str, body: dict[str, Any]) -> Asking:
    return Asking(kind, path, json.dumps(body).encode())
