"""The example's file of tools, the rules of its profile, and their calls of a shop in this process."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from litestar.testing import TestClient

from server import tools
from server.pipeline.profiles import SHIPPED

FILES = {"tools": Path(tools.__file__).parent / "example" / "tools.toml", "rules": SHIPPED / "ecommerce.toml"}
PLACE = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)*)\}")

Table = dict[str, Any]
Language = Literal["zh", "en"]


def read_tables(name: Literal["tools", "rules"]) -> list[Table]:
    """Return the tables of one of the two files."""
    tables: list[Table] = tomllib.loads(FILES[name].read_text(encoding="utf-8"))[name]
    return tables


TOOLS: Mapping[str, Table] = {table["name"]: table for table in read_tables("tools")}
CALLED = {name: table for name, table in TOOLS.items() if table.get("kind") != "handover"}
"""The tools that call the shop, which are all but those that ask for a person."""

RULES: Sequence[Table] = read_tables("rules")


def fields_of(text: str) -> set[str]:
    """Return the names of the places in a sentence or a URL."""
    return set(PLACE.findall(text))


def fill(text: str, data: Any) -> str:
    """Fill the places of a sentence. Raises `KeyError` for a field that is not there."""

    def find(match: re.Match[str]) -> str:
        value = data
        for part in match[1].split("."):
            value = value[part]
        return str(value)

    return PLACE.sub(find, text)


def matches(rule: Table, question: str) -> bool:
    """Whether a question has a word of the rule; a word in Latin letters only as a whole."""
    folded = question.casefold()
    return any(word in folded for word in rule.get("zh", ())) or any(
        re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", folded) for word in rule.get("en", ())
    )


def find_arguments(rule: Table, texts: Sequence[str]) -> Table | None:
    """Return what the rule's patterns find in `texts`, the newest first; None where a required argument is missing."""
    found: Table = {}
    for name, pattern in rule.get("arguments", {}).items():
        hits = (re.search(pattern, text) or re.search(pattern, text.upper()) for text in texts)
        if (hit := next(filter(None, hits), None)) is not None:
            is_number = schema_of(rule["tool"])["properties"][name]["type"] == "integer"
            found[name] = int(hit[1]) if is_number and hit[1].isdecimal() else hit[1]
    return found if set(schema_of(rule["tool"])["required"]) <= found.keys() else None


def schema_of(tool: str) -> Table:
    """Return the schema of a tool's arguments."""
    schema: Table = TOOLS[tool].get("arguments", {})
    return {"properties": {}, "required": [], **schema}


def find_rule(*texts: str) -> tuple[Table, Table | None] | None:
    """Return the first rule for a customer's `texts`, the newest first, with the arguments, None to ask for them."""
    for rule in RULES:
        if matches(rule, texts[0]):
            arguments = find_arguments(rule, texts)
            if arguments is not None or "missing" in rule:
                return rule, arguments
    return None


@dataclass(frozen=True)
class ShopCaller:
    """Calls tools of the file as the server would, for one customer."""

    client: TestClient[Any]
    customer: str

    def call(self, tool: str, arguments: Table) -> tuple[int, Any]:
        """Return the status and the JSON of a call."""
        http = TOOLS[tool]["http"]
        path = fill(urlsplit(http["url"]).path, arguments)
        rest = {name: value for name, value in arguments.items() if name not in fields_of(http["url"])}
        rest |= dict.fromkeys(TOOLS[tool].get("identity", {}), self.customer)
        if http.get("method", "GET") == "GET":
            response = self.client.get(path, params=rest)
        else:
            response = self.client.request(http["method"], path, json=rest)
        return response.status_code, response.json()

    def answer(self, language: Language, *texts: str) -> str | None:
        """Return what the first rule for `texts` answers, None where there is no rule."""
        found = find_rule(*texts)
        if found is None:
            return None
        rule, arguments = found
        if arguments is None:
            return str(rule["missing"][language])
        if TOOLS[rule["tool"]].get("changes", False):
            return fill(TOOLS[rule["tool"]]["confirm"][language], arguments)
        status, data = self.call(rule["tool"], arguments)
        if status >= 400:
            return fill(rule["failed"][language], data)
        if not isinstance(data, list):
            return fill(rule["answer"][language], data)
        if not data:
            return str(rule["none"][language])
        lines = "\n".join(fill(rule["item"][language], each) for each in data)
        return fill(rule["answer"][language], {"count": len(data), "items": lines})
