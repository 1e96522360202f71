"""The names of documents, as people are shown them."""

import re
import unicodedata

MAX_NAME_LENGTH = 200
MAX_ENDING_LENGTH = 20
UNNAMED = "document"


def clean_name(name: str) -> str:
    """Return the name of a file without folders and characters that show nothing, and not too long."""
    base = re.split(r"[/\\]", name)[-1]
    shown = "".join(character for character in base if unicodedata.category(character)[0] != "C")
    shown = " ".join(shown.split()).strip(" .") or UNNAMED
    stem, dot, ending = shown.rpartition(".")
    if len(shown) <= MAX_NAME_LENGTH:
        return shown
    if not dot or len(ending) > MAX_ENDING_LENGTH:
        return shown[:MAX_NAME_LENGTH]
    return f"{stem[: MAX_NAME_LENGTH - len(ending) - 1]}.{ending}"
