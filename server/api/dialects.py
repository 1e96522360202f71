"""All dialects of the server.

To add one, make a folder beside this file and add a line to `DIALECTS`. The application, its errors, the OpenAPI
document and the metrics follow from that. The folder needs two files:

    __init__.py   DIALECT = Dialect("anthropic", "Anthropic", ("v1/messages",), PROBLEM_DETAILS)
    routes.py     ROUTES = (create_message, count_tokens)    # handlers with `opt=describe("Create a message", ...)`

A dialect with an error format of its own has that in `error.py`, as `openai` does. `__init__.py` and `error.py` are
imported before the model is loaded, so that even then clients get errors that they can read. They must therefore not
import the routes, the engine or torch. `tests/server/api/test_dialects.py` checks all of this for every dialect.
"""

from server.api import (
    actions,
    anthropic,
    completions,
    customers,
    desk,
    documents,
    knowledge,
    ollama,
    openai,
    openapi,
    operate,
    pages,
    playground,
    sessions,
    support,
    tables,
)
from server.api.dialect import Dialect
from server.api.error_shapes import PROBLEM_DETAILS

DIALECTS = (
    support.DIALECT,
    sessions.DIALECT,
    actions.DIALECT,
    desk.DIALECT,
    documents.DIALECT,
    knowledge.DIALECT,
    tables.DIALECT,
    customers.DIALECT,
    openai.DIALECT,
    anthropic.DIALECT,
    completions.DIALECT,
    ollama.DIALECT,
    playground.DIALECT,
    operate.DIALECT,
    pages.DIALECT,
    openapi.DIALECT,
)

UNKNOWN = Dialect("", "", (), PROBLEM_DETAILS)
"""The dialect of paths that belong to no other."""

OWNERS = {prefix: dialect for dialect in DIALECTS for prefix in dialect.prefixes}
MAX_SEGMENTS = max(prefix.count("/") + 1 for prefix in OWNERS)


def find_dialect(path: str) -> Dialect:
    """Return the dialect with the longest of the prefixes of `path`, or `UNKNOWN`."""
    segments = path.split("/", MAX_SEGMENTS + 1)[1:] if path.startswith("/") else [""]
    starts = ("/".join(segments[:count]) for count in range(MAX_SEGMENTS, 0, -1))
    return next((OWNERS[start] for start in starts if start in OWNERS), UNKNOWN)
