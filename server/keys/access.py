"""What lets a service or a person in, as long as that holds."""

from dataclasses import dataclass, field

from server.errors import KeyWrong
from server.keys.key import Key
from server.keys.keyring import KeyRing


@dataclass(frozen=True)
class KeyAccess:
    """A key by its secret, as it was when its client was let in."""

    keys: KeyRing
    secret: str = field(repr=False)
    key: Key

    async def check(self) -> None:
        """Raise `KeyWrong` where the key is gone, or is another owner's or in another role by now."""
        found = self.keys.find(self.secret)
        if found is None or (found.owner, found.role) != (self.key.owner, self.key.role):
            raise KeyWrong
