"""The small files of the published repositories, and writing others like them."""

import json
from pathlib import Path
from typing import Any

from scripts.checkpoints.recipe import PUBLISHED_FOLDER


def read_published(name: str) -> dict[str, Any]:
    """Return the content of one of the published files."""
    content: dict[str, Any] = json.loads((PUBLISHED_FOLDER / name).read_text(encoding="utf-8"))
    return content


def write_json(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
