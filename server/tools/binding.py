"""Making declared tools ready: everything about a declaration is checked here, before the server starts with it."""

import inspect
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from model.constraint import Constraint
from model.errors import InputError
from model.tools import Tool
from server.environment import Environment
from server.tools.declaration import Declaration, HttpEndpoint, find_fields
from server.tools.entry_point import EntryPoint, load_function, takes
from server.tools.errors import DeclarationRefused
from server.tools.hosts import AllowedHosts
from server.tools.http_call import HttpCall
from server.tools.http_request import Location
from server.tools.server_tool import Call, ServerTool

HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
OWN_HEADERS = frozenset(
    ["host", "content-length", "content-type", "transfer-encoding", "connection", "idempotency-key", "accept-encoding"]
)
"""Headers that the server sets itself."""


@dataclass(frozen=True)
class Binding:
    """What declarations are bound to: the hosts that may be called, the environment, and the size of results.

    Tools are of `profiles` alone, the names of those that there are; any name will do where it is None.
    """

    hosts: AllowedHosts
    environment: Environment
    max_bytes: int
    profiles: Collection[str] | None = None

    def bind(self, declaration: Declaration) -> ServerTool:
        """Check a declaration and make it ready. Raises `DeclarationRefused`."""
        self._check_profiles(declaration)
        _check_handover(declaration)
        validator = _check_schema(declaration)
        _check_identity(declaration)
        _check_confirmation(declaration)
        return ServerTool(declaration, self._bind_call(declaration), validator)

    def _check_profiles(self, declaration: Declaration) -> None:
        """Refuse a profile that there is not: its name is most likely mistyped, and no turn would have the tool."""
        known = declaration.profiles if self.profiles is None else self.profiles
        if unknown := set(declaration.profiles) - set(known):
            raise DeclarationRefused(
                "profiles", f"there is no profile {min(unknown)!r}, only {', '.join(sorted(known))}"
            )

    def _bind_call(self, declaration: Declaration) -> Call | None:
        if declaration.is_handover:
            return None
        if declaration.http is not None and declaration.python is None:
            return self._bind_http(declaration, declaration.http)
        if declaration.python is not None and declaration.http is None:
            return self._bind_function(declaration, declaration.python)
        raise DeclarationRefused("http", "a tool has either a table http or an entry point python")

    def _bind_http(self, declaration: Declaration, endpoint: HttpEndpoint) -> HttpCall:
        try:
            location = Location.parse(endpoint.url)
        except ValueError as error:
            raise DeclarationRefused("http.url", str(error)) from error
        if not self.hosts.has(location.scheme, location.host, location.port):
            raise DeclarationRefused("http.url", f"the host {location.authority} is not in the setting tool_hosts")
        if missing := location.fields - declaration.required:
            raise DeclarationRefused("http.url", f"no required argument is named {min(missing)}")
        if declaration.changes and endpoint.method == "GET":
            raise DeclarationRefused("http.method", "a call that changes data is no GET")
        return HttpCall(endpoint, location, self._fill_headers(endpoint.headers), self.hosts, self.max_bytes)

    def _fill_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        filled = {}
        for name, text in headers.items():
            if not HEADER.fullmatch(name) or name.lower() in OWN_HEADERS:
                raise DeclarationRefused("http.headers", f"{name!r} is no header that a tool may set")
            filled[name] = VARIABLE.sub(lambda match: self._read_variable(match[1]), text)
            if not filled[name].isascii() or not filled[name].isprintable():
                raise DeclarationRefused("http.headers", f"the value of {name} has characters that no header takes")
        return filled

    def _read_variable(self, name: str) -> str:
        found = self.environment.find(name)
        text = "" if found is None else found.text.strip()
        if not text:
            raise DeclarationRefused("http.headers", f"the variable {name} is not set in the environment, or empty")
        return text

    def _bind_function(self, declaration: Declaration, path: str) -> EntryPoint:
        try:
            function = load_function(path)
            inspect.signature(function)
        except ValueError as error:
            raise DeclarationRefused("python", str(error)) from error
        for name in sorted(declaration.properties | declaration.identity.keys()):
            if not takes(function, name):
                raise DeclarationRefused("python", f"the function has no parameter {name}")
        return EntryPoint(function, self.max_bytes)


def _check_handover(declaration: Declaration) -> None:
    """Refuse a hand-over to a person that would call something."""
    for name in ("changes", "arguments", "identity", "http", "python", "confirm", "done"):
        if declaration.is_handover and getattr(declaration, name):
            raise DeclarationRefused(name, "a tool that asks for a person has none")


def _check_schema(declaration: Declaration) -> jsonschema_rs.Validator:
    """Refuse a schema that is none, or that no answer can be held to."""
    schema: dict[str, Any] = dict(declaration.schema)
    if schema["type"] != "object" or not isinstance(schema["properties"], dict):
        raise DeclarationRefused("arguments", "they must be the schema of an object")
    try:
        jsonschema_rs.meta.validate(schema)
        Constraint(tools=(Tool(declaration.name, parameters=schema),)).check()
        return jsonschema_rs.validator_for(schema)
    except (InputError, ValueError) as error:
        message = getattr(error, "message", None) or str(error)
        raise DeclarationRefused("arguments", f"they are no schema that calls can be held to: {message}") from error


def _check_identity(declaration: Declaration) -> None:
    """Refuse a tool whose identity the model could write."""
    if both := declaration.properties & declaration.identity.keys():
        raise DeclarationRefused("identity", f"{min(both)} is an argument that the model writes")
    if both := frozenset(declaration.arguments.get("required", ())) & declaration.identity.keys():
        raise DeclarationRefused("identity", f"{min(both)} is among the required arguments of the model")


def _check_confirmation(declaration: Declaration) -> None:
    """Refuse a change that the customer would not be asked about."""
    if declaration.changes and declaration.confirm is None:
        raise DeclarationRefused("confirm", "a tool that changes data needs the sentence that the customer is asked")
    if not declaration.changes and declaration.confirm is not None:
        raise DeclarationRefused("confirm", "only a tool that changes data asks the customer")
    if declaration.confirm is not None:
        named = find_fields(declaration.confirm.zh) | find_fields(declaration.confirm.en)
        if unknown := named - declaration.properties:
            raise DeclarationRefused("confirm", f"there is no argument {min(unknown)}")
