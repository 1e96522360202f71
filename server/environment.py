"""The sources of settings besides flags: environment variables, and a file `.env` in the working folder."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

ENV_FILE = ".env"


class EnvFileError(Exception):
    """The file cannot be used; the text is one sentence that names it and the cause."""


@dataclass(frozen=True)
class Variable:
    """A variable that is set. `place` follows its name in messages, and is empty for the process's environment."""

    name: str
    text: str
    place: str

    def __str__(self) -> str:
        return f"{self.name}{self.place}"


@dataclass(frozen=True)
class Environment:
    """The variables of the process and of the file; those of the process come first."""

    variables: Mapping[str, str]
    file: Mapping[str, str] = field(default_factory=dict)

    def find(self, *names: str) -> Variable | None:
        """Return the first of `names` that is set in the process, else the first that is set in the file."""
        for values, place in ((self.variables, ""), (self.file, f" in {ENV_FILE}")):
            for name in names:
                if name in values:
                    return Variable(name, values[name], place)
        return None


def read_env_file(path: Path) -> dict[str, str]:
    """Return the variables of a file, none if it does not exist. Raises `EnvFileError`.

    The syntax is that of python-dotenv, except that `${...}` is not replaced: passwords may contain it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise EnvFileError(f"{path} cannot be read: {error}") from error
    for binding in parse_stream(io.StringIO(text)):
        if binding.error or (binding.key is not None and binding.value is None):
            written = binding.original.string
            num_blank = written[: len(written) - len(written.lstrip())].count("\n")
            raise EnvFileError(f"{path}, line {binding.original.line + num_blank}: it is not NAME=value")
    values = dotenv_values(stream=io.StringIO(text), interpolate=False)
    return {name: value for name, value in values.items() if value is not None}
