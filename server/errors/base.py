"""What every refusal has: a status, and its text in Chinese and English."""

from typing import Literal

Language = Literal["zh", "en"]

RETRY_AFTER_S = 2
"""What a client that was refused is told to wait: about the time of a short answer."""


class ServerError(Exception):
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
        """Of the response, RFC 9110: sections 10.2.3 and 11.6.1."""
        named = {"Retry-After": self.retry_after_s, "WWW-Authenticate": self.challenge}
        return {name: str(value) for name, value in named.items() if value is not None}
