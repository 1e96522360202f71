"""References of a JSON schema, written as the compiler of grammars reads them: as URIs of places within the schema.

Reference: https://json-schema.org/draft/2020-12/json-schema-core#section-8
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

from model.schemas import change_subschemas, find_fragment

DRAFT = re.compile(r"https?://json-schema\.org/(draft-0[4-7]|draft/(2019-09|2020-12))/schema#?")
"""The drafts that the compiler knows. Any other `$schema` is a reference to it that leads nowhere."""

ANCHOR_ID = re.compile("#[^/]")
"""How draft 7 gives a part of a schema a name to refer to by."""

SAFE = "/~!$&'()*+,;=:@?"
"""What a URI's fragment may have as it is, besides letters and digits: https://www.rfc-editor.org/rfc/rfc3986"""


def write_references(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy whose references lead from its root, percent-encoded, and that has no names of its own.

    People write `#/$defs/商品` or `#/$defs/Box[int]`, and in `$id` whatever they like.
    """
    written: dict[str, Any] = _write(schema, schema)
    written.pop("$id", None)
    return written


def _write(schema: Any, root: Mapping[str, Any]) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    written = change_subschemas(schema, partial(_write, root=root))
    if isinstance(reference := written.get("$ref"), str):
        written["$ref"] = _write_reference(find_fragment(root, reference), reference)
    return {key: value for key, value in written.items() if not _is_idle_name(key, value)}


def _write_reference(fragment: str, reference: str) -> str:
    if fragment in ("", "#"):
        return "#"
    return f"#{quote(unquote(fragment[1:]), SAFE)}" if fragment.startswith("#/") else reference


def _is_idle_name(key: str, value: Any) -> bool:
    match key:
        case "$id" | "id":
            return not (isinstance(value, str) and ANCHOR_ID.match(value))
        case "$schema":
            return not (isinstance(value, str) and DRAFT.fullmatch(value))
    return False
