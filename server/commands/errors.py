"""Why a command cannot be done, in the language of the terminal."""

import errno
import os
from collections.abc import Mapping

from server.errors import ServerError, translate_store_error
from server.errors.base import Language
from server.store.errors import DatabaseError, StoreError


class CommandError(Exception):
    """What keeps a command from being done, as a sentence for the person who gave it.

    `zh` is that sentence in Chinese, where `text` is not already in the language of the terminal.
    """

    def __init__(self, text: str, zh: str | None = None) -> None:
        super().__init__(text)
        self._zh = zh

    def write(self, language: Language) -> str:
        return self._zh if language == "zh" and self._zh is not None else str(self)


FILE_CAUSES = {
    errno.ENOENT: "文件不存在",
    errno.EACCES: "没有读取权限",
    errno.EISDIR: "这是文件夹，不是文件",
    errno.ENAMETOOLONG: "文件名过长",
    errno.ENOSPC: "磁盘空间不足",
}
"""What the system says of files, in Chinese; it says the rest in its own words."""


def explain_file(error: OSError) -> CommandError:
    """Return why a file cannot be used, without its name."""
    text = error.strerror or str(error)
    return CommandError(text, FILE_CAUSES.get(error.errno or 0, text))


def find_language(environment: Mapping[str, str] = os.environ) -> Language:
    """Return the language of the terminal."""
    named = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "zh" if named.lower().startswith("zh") else "en"


def write_error(error: ServerError | StoreError, language: Language) -> str:
    """Return the text of an error."""
    if isinstance(error, DatabaseError):
        return str(error)
    return (translate_store_error(error) if isinstance(error, StoreError) else error).texts[language]
