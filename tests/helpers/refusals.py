"""The refusals of readers."""

from collections.abc import Callable

import pytest

from server.library.readers.protocol import Refused
from server.library.readers.records import Refusal


def refusal_of(call: Callable[[], object]) -> Refusal:
    """Return why a call refuses a document."""
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.refusal
