"""Ask the registry what the tags of the images in `deploy/` stand for now: `make images`.

It shows what has changed since they were pinned. With `--write` it pins them anew; build and try the images then.
"""

import argparse
import sys
from collections.abc import Sequence

from scripts.supply.images import FILES, Image, list_images, pin_images
from scripts.supply.registry import DOCKER_HUB, RegistryError, fetch_digest

CHANGED = 1
NOT_CHECKED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if every tag still stands for the pinned digest, else 1 if not, and 2 where that is not known."""
    parser = argparse.ArgumentParser(prog="python scripts/pin_images.py", description=__doc__)
    parser.add_argument("--registry", default=DOCKER_HUB, help="a mirror of Docker Hub")
    parser.add_argument("--write", action="store_true", help="pin what the tags stand for now")
    options = parser.parse_args(arguments)
    try:
        return compare(options.registry, options.write)
    except (OSError, RegistryError) as error:
        print(f"Nothing was checked: {error}")
        return NOT_CHECKED


def compare(registry: str, is_written: bool) -> int:
    """Print for each image what its tag stands for, and write that if asked to."""
    images = {image for path in FILES for image in list_images(path.read_text(encoding="utf-8"))}
    digests = {image: fetch_digest(image.repository, image.tag, registry) for image in images}
    for image, digest in sorted(digests.items(), key=lambda item: item[0].name):
        print(describe(image, digest))
    if is_written:
        for path in FILES:
            pin_images(path, digests.__getitem__)
    is_same = all(image.digest == digest for image, digest in digests.items())
    return 0 if is_same or is_written else CHANGED


def describe(image: Image, digest: str) -> str:
    name = f"{image.name}:{image.tag}"
    return f"{name} is {digest}" if digest == image.digest else f"{name} was {image.digest} and is now {digest}"


if __name__ == "__main__":
    sys.exit(main())
