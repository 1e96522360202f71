"""A trial of the attack, and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scripts.attacks.target import Target


@dataclass(frozen=True)
class Outcome:
    """What was measured, and whether the server held."""

    is_held: bool
    measured: str


@dataclass(frozen=True)
class Trial:
    """`limit` says in words what has to be so. A `short` trial takes a few seconds at most."""

    name: str
    limit: str
    run: Callable[[Target], Outcome]
    is_short: bool = False


@dataclass(frozen=True)
class Campaign:
    """Trials against one server, which is started for them with these flags."""

    name: str
    trials: Sequence[Trial]
    flags: Sequence[str] = ()
    has_keys: bool = False
