"""`python -m server.keys`: create, list and remove keys."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import msgspec

from server.environment import ENV_FILE, EnvFileError, Environment, read_env_file
from server.keys.errors import KeysError
from server.keys.key import Key, Role, create_secret, hash_secret
from server.keys.keyfile import KEYS_FILE, add_key, read_keys, remove_key

LIMITS = ("requests_per_minute", "max_streams", "tokens_per_minute", "tokens_per_day")


def main(arguments: Sequence[str] | None = None) -> int:
    given = _create_parser().parse_args(arguments)
    try:
        given.file = given.file or _default_file()
        given.run(given)
    except (KeysError, EnvFileError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _create_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m server.keys", description="Create, list and remove API keys.")
    commands = parser.add_subparsers(required=True, metavar="add|list|remove")
    adding = commands.add_parser("add", help="create a key and print it, once")
    adding.set_defaults(run=_add)
    adding.add_argument("name")
    adding.add_argument("--owner", help="whose sessions it may use (default: the name of the key)")
    adding.add_argument(
        "--role",
        choices=get_args(Role),
        default="user",
        help="an agent may also answer customers at the desk, an operator also read metrics and /ops",
    )
    adding.add_argument(
        "--profile", help="the profile of turns for which neither the request nor the session names one"
    )
    adding.add_argument(
        "--profiles",
        type=_split_names,
        metavar="A,B",
        help="the only profiles that it may choose; without --profile the first is used where none is chosen",
    )
    for limit in LIMITS:
        adding.add_argument(f"--{limit.replace('_', '-')}", type=int, metavar="N")
    listing = commands.add_parser("list", help="list the keys by name")
    listing.set_defaults(run=_list)
    removing = commands.add_parser("remove", help="remove a key, which stops working at once")
    removing.set_defaults(run=_remove)
    removing.add_argument("name")
    for command in (adding, listing, removing):
        command.add_argument(
            "--file", type=Path, help=f"the file of keys (default: that of the server, data/{KEYS_FILE})"
        )
    return parser


def _split_names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _default_file() -> Path:
    """Return the file that the server reads, as its variables name it. Raises `EnvFileError`."""
    environment = Environment(os.environ, read_env_file(Path(ENV_FILE)))
    named, data = environment.find("MINICPMV_KEYS_FILE"), environment.find("MINICPMV_DATA")
    if named is not None and named.text not in ("auto", "none"):
        return Path(named.text)
    return Path("data" if data is None else data.text) / KEYS_FILE


def _add(given: argparse.Namespace) -> None:
    secret = create_secret()
    fields = {name: getattr(given, name) for name in ("name", "role", "profile", "profiles", *LIMITS)}
    try:
        key = msgspec.convert({**fields, "owner": given.owner or given.name, "sha256": hash_secret(secret)}, Key)
    except msgspec.ValidationError as error:
        raise KeysError(str(error)) from error
    add_key(given.file, key)
    print(secret)
    print(f"This is {key.name}'s key. It is not shown again: {given.file} has only its hash.", file=sys.stderr)


def _list(given: argparse.Namespace) -> None:
    for key in read_keys(given.file):
        profiles = None if key.profiles is None else ",".join(key.profiles)
        fields = {"profile": key.profile, "profiles": profiles, **{name: getattr(key, name) for name in LIMITS}}
        limits = [f"{name}={value}" for name, value in fields.items() if value is not None]
        print(" ".join([key.name, f"owner={key.owner}", f"role={key.role}", *limits]))


def _remove(given: argparse.Namespace) -> None:
    remove_key(given.file, given.name)


if __name__ == "__main__":
    sys.exit(main())
