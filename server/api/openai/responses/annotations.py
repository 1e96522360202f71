"""What the marks in a text point to, as annotations of it.

Reference: https://platform.openai.com/docs/api-reference/responses/object
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

MARK = re.compile(r"\[(\d{1,3})\]")


def write_annotations(text: str, citations: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return an annotation for each mark; `index` is where in the text the mark stands."""
    cited = {citation["number"]: citation for citation in citations}
    return [
        {
            "type": "file_citation",
            "index": found.start(),
            "file_id": citation["document"],
            "filename": citation["name"],
        }
        for found in MARK.finditer(text)
        if (citation := cited.get(int(found[1]))) is not None
    ]
