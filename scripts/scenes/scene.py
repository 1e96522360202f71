"""A scene: the questions of a customer, and the right answers."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"


@dataclass(frozen=True)
class Line:
    """One turn. `answer` is the right answer, or its beginning where it ends with `...`.

    `shows` are fields that the reply must have, `pages` those that it must cite, and `cache` is the value of its header
    `X-Cache`. `video` is a clip under `SAMPLES`.
    """

    question: str
    answer: str
    pictures: tuple[str, ...] = ()
    shows: dict[str, Any] = field(default_factory=dict)
    cache: str | None = None
    pages: tuple[int, ...] = ()
    video: str | None = None

    def find_errors(self, reply: dict[str, Any], cache: str) -> list[str]:
        """Describe everything in which a reply differs from what is expected."""
        said = reply.get("answer", "")
        is_right = said.startswith(self.answer[:-3]) if self.answer.endswith("...") else said == self.answer
        found = [] if is_right else [f"the answer should be {self.answer}"]
        found += [f"{name} should be {v}" for name, v in self.shows.items() if reply.get(name) != v]
        cited = [citation.get("page") for citation in reply.get("citations", ())]
        found += [f"page {page} should be cited, not {cited}" for page in self.pages if page not in cited]
        return found if self.cache in (None, cache) else [*found, f"X-Cache should be {self.cache}"]


@dataclass(frozen=True)
class Document:
    """A document that is sent before the questions. `make` draws it, which may take a second."""

    name: str
    make: Callable[[], bytes]


@dataclass(frozen=True)
class Scene:
    """A dialogue of one user, who may have sent a document; `path` is the route that its lines are sent to."""

    title: str
    lines: Sequence[Line]
    path: str = "/chat"
    document: Document | None = None

    def build_body(self, line: Line, user_id: str) -> dict[str, Any]:
        pictures = [base64.b64encode((SAMPLES / name).read_bytes()).decode() for name in line.pictures]
        body: dict[str, Any] = {"question": line.question, "profile": "ecommerce", "trace": True}
        if self.path == "/compare":
            return {**body, "pictures": [{"image": picture} for picture in pictures]}
        if self.path == "/chat":
            body["user_id"] = user_id
        if line.video:
            body["video"] = base64.b64encode((SAMPLES / line.video).read_bytes()).decode()
        return {**body, "images": pictures}
