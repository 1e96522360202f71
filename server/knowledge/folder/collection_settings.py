"""`collection.toml` in the folder of a collection: its title, and the roles of its documents."""

import re
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from server.store.library_records import DocumentRole

MAX_BYTES = 1 << 20
Text = Annotated[str, Meta(max_length=200)]
Role = Literal["auto"] | DocumentRole


class Titles(Struct, frozen=True, forbid_unknown_fields=True):
    """The title in both languages."""

    zh: Text
    en: Text


class CollectionSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`roles` are by paths in the folder, or by patterns of them as shells have them, of which the first counts."""

    title: Text | Titles | None = None
    roles: Mapping[str, Role] = {}

    @property
    def shown_title(self) -> str | None:
        """The title as the store keeps it, in one text."""
        if isinstance(self.title, Titles):
            return self.title.zh if self.title.zh == self.title.en else f"{self.title.zh} {self.title.en}"
        return self.title

    def find_role(self, source: str) -> DocumentRole | None:
        """Return the role of a document, None where it has to be found out."""
        found = self.roles.get(source)
        if found is None:
            found = next((role for pattern, role in self.roles.items() if fnmatchcase(source, pattern)), "auto")
        return None if found == "auto" else found


class SettingsError(ValueError):
    """The file cannot be used; the text names the cause, and the line where it is known."""


def load_settings(path: Path) -> CollectionSettings:
    """Read the file. Raises `SettingsError`."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SettingsError(f"it has more than {MAX_BYTES:,} bytes")
        text = path.read_bytes().decode("utf-8-sig")
        return msgspec.convert(tomllib.loads(text), CollectionSettings)
    except OSError as error:
        raise SettingsError(f"it cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"line {line}: it is not UTF-8") from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        place = re.search(r"at line (\d+)", str(error))
        raise SettingsError(f"line {place[1]}: {error}" if place else str(error)) from error
