"""The base of all errors that a client is sent: a status, and a text in Chinese and English."""

from typing import Literal

Language = Literal["zh", "en"]

MAX_REPEATED = 100
"""The most characters of what a client sent that an error repeats."""

RETRY_AFTER_S = 2
"""How long a client is told to wait before it tries again: about the time of a short answer."""


class ServerError(Exception):
    """An error with the `status` of its response; `code` and `param` are those of OpenAI's errors.

    `challenge` is the value of `WWW-Authenticate`, `retry_after_s` that of `Retry-After` in seconds.
    """

    status = 500
    code: str | None = None
    param: str | None = None
    retry_after_s: int | None = None
    challenge: str | None = None

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.texts: dict[Language, str] = {"zh": zh, "en": en}

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response (RFC 9110, sections 10.2.3 and 11.6.1)."""
        named = {"Retry-After": self.retry_after_s, "WWW-Authenticate": self.challenge}
        return {name: str(value) for name, value in named.items() if value is not None}


def shorten(text: str) -> str:
    """Return what a client sent, or the beginning of it: an error need not repeat a whole body."""
    return text if len(text) <= MAX_REPEATED else f"{text[:MAX_REPEATED]}..."
