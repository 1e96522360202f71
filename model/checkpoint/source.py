"""From what a user names as the model to a folder on this machine."""

import os
from pathlib import Path

from model.checkpoint.fetch import find_or_fetch
from model.checkpoint.hub import HUB_ID, Hub
from model.errors import LoadError
from model.options import DEMO

DEMO_FOLDER = Path(__file__).parents[1] / "demo"
HUB_EXAMPLE = "openbmb/MiniCPM-V-2_6"


def find_checkpoint(source: str, revision: str | None = None) -> Path:
    """Return the folder of `demo`, of a folder as it is, or of a Hub id such as `openbmb/MiniCPM-V-2_6`.

    A Hub id gives its cached copy where that is complete, without asking the Hub, and else one that is fetched first.
    `revision` is a branch, tag or commit of the Hub's repository. Nothing asks the network once this has returned.
    huggingface_hub's variables hold: HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE, HF_HOME, HF_HUB_CACHE.

    Raises `LoadError`, with the cause and the remedy in one line.
    """
    is_local = bool(source) and os.path.lexists(source)
    if revision and (source == DEMO or is_local):
        raise LoadError(f"{source} is not of the Hub, so it has no revision {revision}: leave the revision out")
    if source == DEMO:
        return DEMO_FOLDER
    if is_local:  # a file too, or a broken link: the inspection says what is wrong with it
        return Path(source)
    if not HUB_ID.fullmatch(source):
        raise LoadError(f"{source!r} is neither {DEMO!r}, nor a folder that exists, nor a Hub id such as {HUB_EXAMPLE}")
    return find_or_fetch(Hub.from_environment(), source, revision or None)
