"""What every program here needs: where the server is, the picture of a shirt, and how to say what has passed.

The programs run in the environments of the applications, which have nothing of this project.
"""

import base64
import os
from pathlib import Path
from typing import Any

URL = os.environ["MINICPMV_URL"]
OPENAI_URL = f"{URL}/v1"
MODEL = "minicpm-v"
TOKENIZER = Path(os.environ["MINICPMV_TOKENIZER"])
CARD = Path(os.environ["MINICPMV_CARD"])
CARD_TEXT = base64.b64encode(CARD.read_bytes()).decode()
CARD_URL = f"data:image/png;base64,{CARD_TEXT}"
QUESTION = "What is this?"
PRICE = "299"
"""What the answer about the picture must say."""

SCHEMA = {
    "type": "object",
    "properties": {"kind": {"type": "string", "maxLength": 20}, "price": {"type": "integer"}},
    "required": ["kind", "price"],
    "additionalProperties": False,
}


def check(what: str, is_right: Any, shown: Any = "") -> None:
    """Print what has passed, for the table; end the program where it has not."""
    if not is_right:
        raise SystemExit(f"failed: {what}: {shown!r}")
    print(f"passed: {what}", flush=True)
