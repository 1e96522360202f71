"""Reads `Settings` from flags, then environment variables, then `.env`, then defaults."""

import argparse
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import Field, fields
from typing import Any

from server.environment import ENV_FILE, Environment, Variable
from server.keys.keyring import API_KEYS
from server.settings.service_settings import WEBHOOK_SECRET
from server.settings.settings import Settings, split_items

PREFIX = "MINICPMV_"


def parse_settings(
    arguments: Sequence[str] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Mapping[str, str] | None = None,
) -> Settings:
    """Return the settings: flags take precedence over the environment, and that over `file`, which is `.env`.

    Exits with status 2 and one sentence for a value that cannot be used.
    """
    parser = _build_parser()
    given = vars(parser.parse_args(arguments))
    found = Environment(os.environ if environment is None else environment, file or {})
    try:
        return Settings(**{**_from_environment(found, given.keys()), **given})
    except argparse.ArgumentTypeError as error:
        parser.error(str(error))


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m server",
        usage="%(prog)s [--option value ...]",
        description="Serve MiniCPM-V-2_6 over HTTP.",
        epilog=f"Each option can also be set as a variable, --max-body-bytes as {_variable('max_body_bytes')}, in the "
        f"environment or in the file {ENV_FILE} of the working folder. Options take precedence over the environment, "
        "and the environment over the file.",
        argument_default=argparse.SUPPRESS,
    )
    for item in fields(Settings):
        parser.add_argument(
            f"--{item.name.replace('_', '-')}",
            help=f"{item.metadata['help']} (default: {format_value(item.default)})",
            **_describe_argument(item),
        )
    return parser


def _from_environment(environment: Environment, but: Collection[str]) -> dict[str, Any]:
    """Read the settings that variables give, except those in `but`. Raises `argparse.ArgumentTypeError`."""
    known = {API_KEYS, WEBHOOK_SECRET, *(_variable(item.name) for item in fields(Settings))}
    unknown = {name for name in environment.file if name.startswith(PREFIX)} - known
    if unknown:
        raise argparse.ArgumentTypeError(f"{min(unknown)} in {ENV_FILE} is not a setting")
    settings = {}
    for item in fields(Settings):
        found = environment.find(_variable(item.name), item.metadata.get("also", ""))
        if found is not None and item.name not in but:
            settings[item.name] = _read_variable(item, found)
    return settings


def _read_variable(item: Field[Any], found: Variable) -> Any:
    argument = _describe_argument(item)
    try:
        value = argument["type"](found.text)
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{found} cannot be used: {error}") from error
    if value not in argument.get("choices", (value,)):
        raise argparse.ArgumentTypeError(f"{found} is {value!r}, not one of {', '.join(argument['choices'])}")
    return value


def _describe_argument(item: Field[Any]) -> dict[str, Any]:
    """Return how argparse reads a setting. A switch is on where it is named, and also takes on or off."""
    if isinstance(item.default, bool):
        return {"type": _read_switch, "nargs": "?", "const": True, "metavar": "on|off"}
    if "choices" in item.metadata:
        return {"type": _read_text, "choices": item.metadata["choices"]}
    metavar = "N" if isinstance(item.default, int) else item.name.rsplit("_", 1)[-1].upper()
    return {"type": _reader_of(item), "metavar": metavar}


def _reader_of(item: Field[Any]) -> Callable[[str], Any]:
    if "items" in item.metadata:
        return _list_reader(*item.metadata["items"])
    if isinstance(item.default, int):
        return _number_reader(item.metadata["least"], item.metadata.get("most"))
    return _read_text


def format_value(value: Any) -> Any:
    """Return a value as it is typed."""
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _number_reader(least: int, most: int | None) -> Callable[[str], int]:
    def read_number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if value < least:
            raise argparse.ArgumentTypeError(f"{value} is under {least}")
        if most is not None and value > most:
            raise argparse.ArgumentTypeError(f"{value} is over {most}")
        return value

    return read_number


def _list_reader(pattern: str, example: str) -> Callable[[str], str]:
    def read_list(text: str) -> str:
        for each in split_items(_read_text(text)):
            if re.fullmatch(pattern, each) is None:
                raise argparse.ArgumentTypeError(f"{each!r} is not of the form {example}")
        return text

    return read_list


def _read_switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither on nor off")
    return text == "on"


def _read_text(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("it is empty")
    return text
