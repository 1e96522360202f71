"""A declared tool that is ready to be offered and called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import jsonschema_rs

from model.tools import Tool
from server.errors.base import Language, shorten
from server.keys.account import Account
from server.keys.customer import Customer
from server.tools.declaration import Declaration
from server.tools.identity import find_identity
from server.tools.result import ToolResult


class Call(Protocol):
    """Where a tool is called."""

    async def call(self, arguments: Mapping[str, Any], limit_s: float, idempotency_key: str | None) -> ToolResult:
        """Call it and return how that ended, within `limit_s` seconds. Raises nothing but cancellation."""


@dataclass(frozen=True)
class ServerTool:
    """A tool with what checks its arguments and what is called; None where it asks for a person."""

    declaration: Declaration
    call: Call | None = field(repr=False)
    validator: jsonschema_rs.Validator = field(repr=False)

    @property
    def name(self) -> str:
        return self.declaration.name

    def describe(self, language: Language) -> Tool:
        """Return the tool as the model is told of it; what the model writes follows its schema."""
        declaration = self.declaration
        return Tool(self.name, declaration.description[language], declaration.schema, is_strict=True)

    def find_fault(self, arguments: Mapping[str, Any]) -> str | None:
        """Return what is wrong with arguments that the model wrote, None for nothing."""
        try:
            error = next(iter(self.validator.iter_errors(dict(arguments))), None)
        except ValueError as refused:  # half a character, for one
            return f"the arguments cannot be read: {shorten(str(refused))}"
        if error is None:
            return None
        place = ".".join(map(str, error.instance_path))
        return f"the arguments do not fit{f' at {place}' if place else ''}: {shorten(error.message)}"

    def is_allowed(self, profile: str, account: Account) -> bool:
        """Whether turns of a profile may have it, by the key: they do where it is known who asks, if that matters."""
        allowed = None if account.key is None else account.key.tools
        return profile in self.declaration.profiles and (allowed is None or self.name in allowed)

    def find_identity(self, customer: Customer | None) -> dict[str, Any] | None:
        """Return the arguments that come from who asks; None where they are not known."""
        return find_identity(self.declaration, customer)
