"""Which files of the followed folder are no documents: what programs leave there while they write."""

ENDINGS = (".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".swp", ".swx", ".swo", ".lock", "~")
BEGINNINGS = (".", "~$", "~WRL", "#")
"""Hidden files, the locks and drafts of office programs, and what Emacs saves by itself."""

NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx", "lost+found", "4913"})
"""What systems put there; 4913 is what Vim tries a folder with."""

SETTINGS_FILE = "collection.toml"


def is_left_out(name: str) -> bool:
    """Whether a file or folder of this name is no document, whatever is in it."""
    lowered = name.lower()
    return name.startswith(BEGINNINGS) or lowered.endswith(ENDINGS) or lowered in NAMES
