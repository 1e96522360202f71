"""The container images that `deploy/` builds on, each by its tag, which people read, and its digest, which holds."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.supply.lockfile import ROOT

FILES = (ROOT / "deploy" / "Dockerfile", ROOT / "deploy" / "compose.yaml")
PINNED = re.compile(r"\b(?P<name>[a-z0-9][a-z0-9._/-]*):(?P<tag>[\w][\w.-]*)@(?P<digest>sha256:[0-9a-f]{64})\b")


@dataclass(frozen=True)
class Image:
    """An image of Docker Hub."""

    name: str
    tag: str
    digest: str

    @property
    def repository(self) -> str:
        """Return the name as the registry's addresses have it: official images lie in `library`."""
        return self.name if "/" in self.name else f"library/{self.name}"

    def __str__(self) -> str:
        return f"{self.name}:{self.tag}@{self.digest}"


def list_images(text: str) -> list[Image]:
    """Return the images that a Dockerfile or compose file pins."""
    return [Image(**match.groupdict()) for match in PINNED.finditer(text)]


def pin_images(path: Path, resolve: Callable[[Image], str]) -> list[tuple[Image, Image]]:
    """Write the digest that `resolve` gives for each tag into a file; return what each image was and is."""
    text = path.read_text(encoding="utf-8")
    changes = [(image, Image(image.name, image.tag, resolve(image))) for image in list_images(text)]
    for old, new in changes:
        text = text.replace(str(old), str(new))
    path.write_text(text, encoding="utf-8")
    return changes
