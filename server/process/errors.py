"""Why the process cannot start."""


class StartError(Exception):
    """What keeps the server from starting, as one sentence for the person who started it."""
