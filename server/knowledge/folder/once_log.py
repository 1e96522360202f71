"""A log that says a thing once, however often it is looked at."""

import logging

logger = logging.getLogger("server")


class OnceLog:
    """Warnings by what they are about: each is written when it changes."""

    def __init__(self) -> None:
        self._texts: dict[object, str] = {}

    def warn(self, subject: object, text: str) -> None:
        """Write a warning, unless it was the last about this subject."""
        if self._texts.get(subject) != text:
            self._texts[subject] = text
            logger.warning("%s", text)

    def clear(self, subject: object) -> bool:
        """Forget what was written about a subject, which is well again; tell whether there was anything."""
        return self._texts.pop(subject, None) is not None
