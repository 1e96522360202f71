"""The error of reading and writing keys."""


class KeysError(Exception):
    """Keys cannot be read or written. The text is one sentence that holds no key."""
