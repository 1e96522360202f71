"""Where the followed folder is."""

import os
from pathlib import Path

from server.settings.setting import NOTHING

EXAMPLE = "example"
"""What the setting says for the shop that comes with the server."""

EXAMPLE_FOLDER = Path(__file__).parents[1] / "example"


class FolderError(Exception):
    """The followed folder cannot be used; the text is one sentence that names it and the cause."""


def find_folder(setting: str) -> Path | None:
    """Return the folder that the setting `knowledge` names, None where none is followed. Raises `FolderError`."""
    if setting == NOTHING:
        return None
    folder = EXAMPLE_FOLDER if setting == EXAMPLE else Path(setting)
    if not folder.exists():
        raise FolderError(f"the folder of the knowledge base {folder} does not exist")
    if not folder.is_dir():
        raise FolderError(f"{folder} is not a folder: the knowledge base has a folder for each collection in it")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise FolderError(f"the folder of the knowledge base {folder} cannot be read")
    return folder
