"""A scene: the questions of a customer, and the right answers."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"


@dataclass(frozen=True)
class Line:
    """One turn. `answer` is the right answer, or its beginning where it ends with `...`; so is `again` the second time.

    `shows` are fields that the reply must have with their values, `has` those that it must have with any, `pages` those
    that it must cite, and `cache` is the value of its header `X-Cache`. `video` is a clip under `SAMPLES`.
    """

    question: str
    answer: str
    pictures: tuple[str, ...] = ()
    shows: dict[str, Any] = field(default_factory=dict)
    cache: str | None = None
    pages: tuple[int, ...] = ()
    video: str | None = None
    has: tuple[str, ...] = ()
    again: str | None = None

    def find_errors(self, reply: dict[str, Any], cache: str) -> list[str]:
        """Describe everything in which a reply differs from what is expected."""
        said = reply.get("answer", "")
        is_right = any(_fits(said, answer) for answer in (self.answer, self.again) if answer is not None)
        found = [] if is_right else [f"the answer should be {self.answer}"]
        found += [f"{name} should be {v}" for name, v in self.shows.items() if reply.get(name) != v]
        found += [f"{name} should be there" for name in self.has if reply.get(name) is None]
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
    """A dialogue of one user, who may have sent a document; `path` is the route that its lines are sent to.

    `customer` is the `sub` of the token that it is played with, which needs a server with business tools: a customer
    can choose neither the profile nor the trace.
    """

    title: str
    lines: Sequence[Line]
    path: str = "/chat"
    document: Document | None = None
    customer: str | None = None

    def build_body(self, line: Line, user_id: str) -> dict[str, Any]:
        if self.customer is not None:
            return {"user_id": user_id, "question": line.question}
        pictures = [base64.b64encode((SAMPLES / name).read_bytes()).decode() for name in line.pictures]
        body: dict[str, Any] = {"question": line.question, "profile": "ecommerce", "trace": True}
        if self.path == "/compare":
            return {**body, "pictures": [{"image": picture} for picture in pictures]}
        if self.path == "/chat":
            body["user_id"] = user_id
        if line.video:
            body["video"] = base64.b64encode((SAMPLES / line.video).read_bytes()).decode()
        return {**body, "images": pictures}


def _fits(said: str, answer: str) -> bool:
    return said.startswith(answer[:-3]) if answer.endswith("...") else said == answer
