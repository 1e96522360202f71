"""Where settings come from besides flags: environment variables, and a file `.env` in the working folder."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

ENV_FILE = ".env"


class EnvFileError(Exception):
    """Why the file cannot be used, in one sentence."""


@dataclass(frozen=True)
class Variable:
    name: str
    text: str
    place: str

    def __str__(self) -> str:
        return f"{self.name}{self.place}"


@dataclass(frozen=True)
class Environment:
    """What is in the process's environment goes before what is in the file."""

    variables: Mapping[str, str]
    file: Mapping[str, str] = field(default_factory=dict)

    def find(self, *names: str) -> Variable | None:
        """The first of the names that is set; all of them in the environment go before any in the file."""
        for values, place in ((self.variables, ""), (self.file, f" in {ENV_FILE}")):
            for name in names:
                if name in values:
                    return Variable(name, values[name], place)
        return None


def read_env_file(path: Path) -> dict[str, str]:
    """As python-dotenv reads it, but for `${...}`, which stands for itself: passwords may hold it.

    Nothing where there is no file. Raises `EnvFileError`.
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
