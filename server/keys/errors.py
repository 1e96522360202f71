"""Why keys cannot be read or written, in one sentence that holds none of them."""


class KeysError(Exception):
    pass
