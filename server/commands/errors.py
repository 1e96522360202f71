"""Why a command cannot be done, in the language of the terminal."""

import os
from collections.abc import Mapping

from server.errors import ServerError, translate_store_error
from server.errors.base import Language
from server.store.errors import DatabaseError, StoreError


class CommandError(Exception):
    """What keeps a command from being done, as a sentence for the person who gave it."""


def find_language(environment: Mapping[str, str] = os.environ) -> Language:
    """Return the language of the terminal."""
    named = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "zh" if named.lower().startswith("zh") else "en"


def write_error(error: ServerError | StoreError, language: Language) -> str:
    """Return the text of an error."""
    if isinstance(error, DatabaseError):
        return str(error)
    return (translate_store_error(error) if isinstance(error, StoreError) else error).texts[language]
