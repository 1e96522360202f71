"""A scene: what a customer says, and what the desk must answer."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"


@dataclass(frozen=True)
class Line:
    """One turn. `answer` is the only right one; a text that ends with `...` is how it must begin.

    `shows` are fields of the reply, and `cache` its `X-Cache`, that must be so.
    """

    question: str
    answer: str
    pictures: tuple[str, ...] = ()
    shows: dict[str, Any] = field(default_factory=dict)
    cache: str | None = None

    def problems(self, reply: dict[str, Any], cache: str) -> list[str]:
        """What is not as it must be."""
        said = reply.get("answer", "")
        is_right = said.startswith(self.answer[:-3]) if self.answer.endswith("...") else said == self.answer
        found = [] if is_right else [f"the answer should be {self.answer}"]
        found += [f"{name} should be {v}" for name, v in self.shows.items() if reply.get(name) != v]
        return found if self.cache in (None, cache) else [*found, f"X-Cache should be {self.cache}"]


@dataclass(frozen=True)
class Scene:
    """`path` is the route that its lines are said to, all of them as one user."""

    title: str
    lines: Sequence[Line]
    path: str = "/chat"

    def body(self, line: Line, user_id: str) -> dict[str, Any]:
        pictures = [base64.b64encode((SAMPLES / name).read_bytes()).decode() for name in line.pictures]
        body: dict[str, Any] = {"question": line.question, "profile": "ecommerce", "trace": True}
        if self.path == "/compare":
            return {**body, "pictures": [{"image": picture} for picture in pictures]}
        if self.path == "/chat":
            body["user_id"] = user_id
        return {**body, "images": pictures}
