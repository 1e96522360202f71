"""The file of tools: TOML with a table `[[tools]]` for each."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from server.tools.binding import Binding
from server.tools.declaration import Declaration
from server.tools.errors import DeclarationRefused, ToolsError
from server.tools.server_tool import ServerTool

EXAMPLE = Path(__file__).with_name("example") / "tools.toml"
"""The tools of the example shop."""

Tools = Mapping[str, ServerTool]
"""The tools by their names."""

HEAD = re.compile(r"\s*\[\[\s*tools\s*\]\]")


def load_tools(file: Path, binding: Binding) -> Tools:
    """Load all tools of a file. Raises `ToolsError` with the file, the line and the cause."""
    text = _read(file)
    found: dict[str, ServerTool] = {}
    for number, table in enumerate(_parse(file, text)):
        tool = _load_tool(file, text, number, table, binding)
        if tool.name in found:
            raise ToolsError(file, _find_line(text, number, ("name",)), f"there are two tools named {tool.name}")
        found[tool.name] = tool
    return found


def _load_tool(file: Path, text: str, number: int, table: Any, binding: Binding) -> ServerTool:
    try:
        return binding.bind(msgspec.convert(table, Declaration))
    except msgspec.ValidationError as error:
        raise ToolsError(file, _find_line(text, number, _read_path(str(error))), str(error)) from error
    except DeclarationRefused as error:
        place = _find_line(text, number, error.path.split("."))
        raise ToolsError(file, place, f"{_name(table)}: {error}") from error


def _parse(file: Path, text: str) -> Sequence[Any]:
    """Return the tables of a file."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        raise ToolsError(file, int(place[1]) if place else text.count("\n") + 1, str(error)) from error
    tables = content.pop("tools", [])
    if content:
        raise ToolsError(file, 1, f"there is nothing named {min(content)} in a file of tools, only tables [[tools]]")
    if not isinstance(tables, list):
        raise ToolsError(file, 1, "each tool is a table [[tools]]")
    return tables


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ToolsError(file, 1, str(error)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ToolsError(file, line, "is not UTF-8; save the file in that encoding") from error


def _read_path(cause: str) -> list[str]:
    """Return the names of the fields that msgspec's error text is about."""
    path = re.search(r"`\$\.([^`]+)`", cause)
    return [*(re.findall(r"[\w-]+", path[1]) if path else []), *re.findall(r"unknown field `([^`]+)`", cause)]


def _find_line(text: str, number: int, path: Sequence[str]) -> int:
    """Return the line of a field of tool `number`, or of what it is in: tomllib keeps no line numbers."""
    names, line, num_seen = list(path), 1, -1
    for place, content in enumerate(text.splitlines(), start=1):
        if HEAD.match(content):
            num_seen += 1
            if num_seen == number:
                line = place
        elif num_seen == number and names and _is_about(content, names):
            line, names = place, names[1:]
    return line


def _is_about(content: str, names: Sequence[str]) -> bool:
    """Whether a line begins the table or the value of the first of `names`."""
    head = re.match(r"\s*(?:\[\s*tools\s*\.\s*([\w-]+)|([\w-]+)\s*[=.])", content)
    return head is not None and (head[1] or head[2]) == names[0]


def _name(table: Any) -> str:
    return f"the tool {table.get('name', '')!r}"
