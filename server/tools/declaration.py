"""A business tool as the operator declares it in one table of the file of tools."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from server.errors.base import Language

ToolName = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,63}$")]
IdentitySource = Annotated[str, Meta(pattern=r"^(sub|claims(\.[A-Za-z0-9_-]+)+)$")]
"""`sub` is the customer's subject; `claims.phone` is a claim of the token, and `claims.address.city` one within it."""

FIELD = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}")
"""An argument in a URL or a sentence."""


class Texts(Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    zh: Annotated[str, Meta(min_length=1)]
    en: Annotated[str, Meta(min_length=1)]

    def __getitem__(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


class HttpEndpoint(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a tool is called over HTTP: `{name}` in the path of `url` is an argument.

    `${NAME}` in a header is a variable of the environment. `timeout_s` shortens the server's own limit.
    """

    url: str
    method: Literal["GET", "POST", "PUT", "DELETE"] = "GET"
    headers: dict[str, str] = {}
    timeout_s: Annotated[float, Meta(gt=0)] | None = None


class Declaration(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A tool: what the model is told of it, who has it, and what is called.

    One of the kind `handover` calls nothing: it asks for a person to take the session over.

    `arguments` is the JSON schema of what the model writes; `identity` gives further arguments, which come from the
    customer's verified identity alone. A tool that `changes` data waits for the customer's yes to the sentence
    `confirm`; `done` tells how it ended. It is called at `http`, or as the function `python`.
    """

    name: ToolName
    description: Texts
    profiles: Annotated[tuple[str, ...], Meta(min_length=1)]
    kind: Literal["call", "handover"] = "call"
    changes: bool = False
    arguments: dict[str, Any] = {}
    identity: dict[str, IdentitySource] = {}
    http: HttpEndpoint | None = None
    python: Annotated[str, Meta(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")] | None = None
    confirm: Texts | None = None
    done: Texts | None = None

    @property
    def is_handover(self) -> bool:
        """Whether it asks for a person, so that nothing is called."""
        return self.kind == "handover"

    @property
    def schema(self) -> Mapping[str, Any]:
        """The schema of the arguments: an object, closed unless the operator opened it."""
        return {"type": "object", "properties": {}, "additionalProperties": False, **self.arguments}

    @property
    def properties(self) -> frozenset[str]:
        """The names of the arguments that the model may write."""
        found = self.schema["properties"]
        return frozenset(found) if isinstance(found, dict) else frozenset()

    @property
    def required(self) -> frozenset[str]:
        """The names of the arguments that every call has, those of the identity included."""
        return frozenset(self.arguments.get("required", ())) | self.identity.keys()


def find_fields(text: str) -> frozenset[str]:
    """Return the names of the arguments that a URL or a sentence names in braces."""
    return frozenset(FIELD.findall(text))
