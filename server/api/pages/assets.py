"""The files of the pages, read and compressed once at the start."""

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"

FOLDERS = (
    "chat",
    "desk",
    "frame",
    "knowledge",
    "ops",
    "playground",
    "samples",
    "vendor/cytoscape",
    "vendor/dompurify",
    "vendor/marked",
    "vendor/marked-cjk-friendly",
    "widget",
)
"""The folders under `WEB` whose files are served. A new page adds its own."""

TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    "": "text/plain",
}
"""Media types by suffix: those that the system knows differ from one machine to the next."""

MIN_GAIN = 0.9
"""A file is sent uncompressed unless its compressed size is under this share of its size."""


@dataclass(frozen=True)
class Asset:
    """A file as it is sent. `packed` is its gzip form, None where that saves too little."""

    body: bytes
    packed: bytes | None
    media_type: str
    etag: str

    @classmethod
    def read(cls, file: Path) -> "Asset":
        body = file.read_bytes()
        packed = gzip.compress(body, mtime=0)
        media_type = TYPES.get(file.suffix, "application/octet-stream")
        digest = hashlib.sha256(body).hexdigest()[:32]
        return cls(body, packed if len(packed) < MIN_GAIN * len(body) else None, media_type, f'"{digest}"')

    def is_among(self, if_none_match: str) -> bool:
        """Return whether the tags of an `If-None-Match` header name this file: RFC 9110, section 13.1.2."""
        tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return self.etag in tags or "*" in tags


class Assets:
    """The files by path. Those that were not read at the start are never sent."""

    def __init__(self, files: Mapping[str, Asset]) -> None:
        self._files = dict(files)

    @classmethod
    def load(cls, root: Path) -> "Assets":
        return cls({file.relative_to(root).as_posix(): Asset.read(file) for file in _list_files(root)})

    def find(self, path: str) -> Asset | None:
        return self._files.get(path.removeprefix("/"))


def _list_files(root: Path) -> Iterator[Path]:
    yield from root.glob("*.html")
    for folder in FOLDERS:
        yield from (file for file in (root / folder).rglob("*") if file.is_file())
