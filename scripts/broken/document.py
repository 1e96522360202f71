"""What a broken or odd document is."""

from dataclasses import dataclass

READ = "read"


@dataclass(frozen=True)
class BrokenDocument:
    """A file by its name. `outcomes` are those that are right: `READ`, or codes of refusals.

    `texts` are to be found in what is read of it, and `remarks` are codes of what is to be said of it.
    """

    name: str
    data: bytes
    outcomes: tuple[str, ...]
    texts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    password: str | None = None


def read(
    name: str, data: bytes, *texts: str, remarks: tuple[str, ...] = (), password: str | None = None
) -> BrokenDocument:
    """Return a document that is read in spite of all."""
    return BrokenDocument(name, data, (READ,), texts, remarks, password)


def refused(name: str, data: bytes, *codes: str, password: str | None = None) -> BrokenDocument:
    return BrokenDocument(name, data, codes, password=password)


def flip(data: bytes, *places: float) -> bytes:
    """Flip the bits of bytes at places that are shares of the length."""
    changed = bytearray(data)
    for place in places:
        changed[int(place * len(data))] ^= 0xFF
    return bytes(changed)


def cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]
