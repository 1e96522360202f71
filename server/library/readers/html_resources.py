"""What an HTML document refers to that a browser would fetch. Nothing here does."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

SOURCES = (
    "img, script, iframe, frame, embed, video, audio, source, track, input[type=image], object, link, image, use, "
    "[background]"
)
LOADED_RELATIONS = frozenset(
    {"stylesheet", "icon", "apple-touch-icon", "mask-icon", "preload", "prefetch", "modulepreload", "manifest"}
)
_URL = re.compile(r"url\(\s*(?:[\"']\s*)?([^\"')\s]+)|@import\s+[\"']([^\"']+)", re.I)


def count_external_resources(parser: LexborHTMLParser) -> int:
    """Count the references to pictures, scripts, styles and the like, each as often as it is there."""
    num_sources = sum(1 for node in parser.css(SOURCES) for url in _list_urls(node) if is_external(url))
    styles = [node.text() or "" for node in parser.css("style")]
    styles += [node.attributes.get("style") or "" for node in parser.css("[style]")]
    num_styles = sum(is_external(match[1] or match[2]) for style in styles for match in _URL.finditer(style))
    return num_sources + num_styles + sum(_is_redirect(node) for node in parser.css("meta[http-equiv]"))


def is_external(url: str) -> bool:
    """Whether a reference leads out of the document."""
    url = url.strip().lower()
    return bool(url) and not url.startswith(("#", "data:", "about:", "javascript:", "blob:", "cid:"))


def _list_urls(node: LexborNode) -> Iterator[str]:
    attributes = node.attributes
    tag = node.tag
    if tag == "link":
        if LOADED_RELATIONS & set((attributes.get("rel") or "").lower().split()):
            yield attributes.get("href") or ""
        return
    for name in ("src", "poster", "background", "data"):
        yield attributes.get(name) or ""
    if tag in ("image", "use"):
        yield attributes.get("href") or attributes.get("xlink:href") or ""
    yield from (part.strip().split(" ")[0] for part in (attributes.get("srcset") or "").split(", "))


def _is_redirect(node: LexborNode) -> bool:
    attributes = node.attributes
    is_refresh = (attributes.get("http-equiv") or "").lower() == "refresh"
    return is_refresh and "url=" in (attributes.get("content") or "").lower().replace(" ", "")
