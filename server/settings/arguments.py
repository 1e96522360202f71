"""`Settings` from flags, then environment variables, then `.env`, then defaults."""

import argparse
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import Field, fields
from typing import Any

from server.environment import ENV_FILE, Environment, Variable
from server.keys.keyring import API_KEYS
from server.settings.settings import Settings, items

PREFIX = "MINICPMV_"


def parse_settings(
    arguments: Sequence[str] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Mapping[str, str] | None = None,
) -> Settings:
    """Flags go before variables of the environment, and those before variables of `file`, which is `.env`.

    Exits with status 2 and one sentence for a value that cannot be used.
    """
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    found = Environment(os.environ if environment is None else environment, file or {})
    try:
        return Settings(**{**_from_environment(found, given.keys()), **given})
    except argparse.ArgumentTypeError as error:
        parser.error(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m server",
        usage="%(prog)s [--option value ...]",
        description="Serve MiniCPM-V-2_6 over HTTP.",
        epilog=f"Each option can be set as a variable too, --max-body-bytes as {_variable('max_body_bytes')}, in the "
        f"environment or in a file {ENV_FILE} in the working folder. Options go before the environment, and that "
        "before the file.",
        argument_default=argparse.SUPPRESS,
    )
    for item in fields(Settings):
        parser.add_argument(
            f"--{item.name.replace('_', '-')}",
            help=f"{item.metadata['help']} (default: {shown(item.default)})",
            **_form(item),
        )
    return parser


def _from_environment(environment: Environment, but: Collection[str]) -> dict[str, Any]:
    """Raises `argparse.ArgumentTypeError`."""
    known = {API_KEYS, *(_variable(item.name) for item in fields(Settings))}
    unknown = {name for name in environment.file if name.startswith(PREFIX)} - known
    if unknown:
        raise argparse.ArgumentTypeError(f"{min(unknown)} in {ENV_FILE} is not a setting")
    settings = {}
    for item in fields(Settings):
        found = environment.find(_variable(item.name), item.metadata.get("also", ""))
        if found is not None and item.name not in but:
            settings[item.name] = _read(item, found)
    return settings


def _read(item: Field[Any], found: Variable) -> Any:
    form = _form(item)
    try:
        value = form["type"](found.text)
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{found} cannot be used: {error}") from error
    if value not in form.get("choices", (value,)):
        raise argparse.ArgumentTypeError(f"{found} is {value!r}, not one of {', '.join(form['choices'])}")
    return value


def _form(item: Field[Any]) -> dict[str, Any]:
    """How argparse reads a setting. A switch is on where it is named, and takes on or off too."""
    if isinstance(item.default, bool):
        return {"type": _switch, "nargs": "?", "const": True, "metavar": "on|off"}
    if "choices" in item.metadata:
        return {"type": _text, "choices": item.metadata["choices"]}
    metavar = "N" if isinstance(item.default, int) else item.name.rsplit("_", 1)[-1].upper()
    return {"type": _kind(item), "metavar": metavar}


def _kind(item: Field[Any]) -> Callable[[str], Any]:
    if "items" in item.metadata:
        return _list(*item.metadata["items"])
    return _number(item.metadata["least"], item.metadata.get("most")) if isinstance(item.default, int) else _text


def shown(value: Any) -> Any:
    """As it is typed."""
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _number(least: int, most: int | None) -> Callable[[str], int]:
    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if value < least:
            raise argparse.ArgumentTypeError(f"{value} is under {least}")
        if most is not None and value > most:
            raise argparse.ArgumentTypeError(f"{value} is over {most}")
        return value

    return number


def _list(pattern: str, example: str) -> Callable[[str], str]:
    def checked(text: str) -> str:
        for each in items(_text(text)):
            if re.fullmatch(pattern, each) is None:
                raise argparse.ArgumentTypeError(f"{each!r} is not of the form {example}")
        return text

    return checked


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither on nor off")
    return text == "on"


def _text(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("it is empty")
    return text
