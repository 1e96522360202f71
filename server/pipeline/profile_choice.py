"""Which profile a turn is answered with, and which ones an account may choose."""

from collections.abc import Collection
from dataclasses import dataclass

from server.errors import ProfileForbidden
from server.keys.account import Account
from server.pipeline.stage import StageOptions

PLAIN = "plain"
"""The profile without a system prompt and without stages, which customers cannot choose to get rid of another one."""


@dataclass(frozen=True)
class ProfileChoice:
    """The choice for one turn of an account. `default` is the server's own profile.

    A key with `profiles` chooses among them alone. Operators choose freely. All others may choose what exists, but
    `plain` only where nothing gives them another profile.
    """

    stage_options: StageOptions
    account: Account
    default: str

    def choose(self, known: Collection[str]) -> str:
        """Return the name of the profile. Raises `ProfileForbidden` with those that may be chosen of the `known` ones.

        A profile that the session has from another key, or from before the rules changed, is passed over.
        """
        named = self.stage_options.profile
        if named is None:
            return next(name for name in self._find_fallbacks() if name is not None and self._is_allowed(name))
        if not self._is_allowed(named):
            raise ProfileForbidden(named, self.list_allowed(known))
        return named

    def list_allowed(self, known: Collection[str]) -> list[str]:
        """Return the names of those of the `known` profiles that may be chosen."""
        return sorted(filter(self._is_allowed, known))

    def _find_fallbacks(self) -> tuple[str | None, ...]:
        """Return what is used where the request names none: only operators get the plain model without a word."""
        last = PLAIN if self.account.is_operator else self.default
        return (*self.stage_options.fallbacks, self._key_profile, last)

    def _is_allowed(self, name: str) -> bool:
        key = self.account.key
        if key is not None and key.profiles is not None:
            return name in key.profiles
        if self.account.is_operator or name != PLAIN or self._key_profile == PLAIN:
            return True
        others = (*self.stage_options.fallbacks, self._key_profile, self.default)
        return all(other in (None, PLAIN) for other in others)

    @property
    def _key_profile(self) -> str | None:
        return None if self.account.key is None else self.account.key.default_profile
