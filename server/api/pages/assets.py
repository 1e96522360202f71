"""The files that pages are made of, as they are sent: compressed once, with a tag that says whether they changed."""

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"

FOLDERS = ("chat", "frame", "ops", "playground", "samples", "vendor/dompurify", "vendor/marked")
"""Of what is under `WEB`. A page adds its own."""

TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    "": "text/plain",
}
"""Whatever the system says of them."""

MIN_GAIN = 0.9
"""A file whose compressed form is larger than this part of it is sent as it is."""


@dataclass(frozen=True)
class Asset:
    """`packed` is its gzip form where that is smaller."""

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
        """RFC 9110, section 13.1.2: whether a client that has these tags has this already."""
        tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return self.etag in tags or "*" in tags


class Assets:
    """By path. What was not read at the start is never sent."""

    def __init__(self, files: Mapping[str, Asset]) -> None:
        self._files = dict(files)

    @classmethod
    def load(cls, root: Path) -> "Assets":
        return cls({file.relative_to(root).as_posix(): Asset.read(file) for file in _files_under(root)})

    def find(self, path: str) -> Asset | None:
        return self._files.get(path.removeprefix("/"))


def _files_under(root: Path) -> Iterator[Path]:
    yield from root.glob("*.html")
    for folder in FOLDERS:
        yield from (file for file in (root / folder).rglob("*") if file.is_file())
