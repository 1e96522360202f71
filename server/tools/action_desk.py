"""What the pipeline asks of whoever keeps the calls that wait for a customer's yes."""

from collections.abc import Mapping
from typing import Any, Protocol

from server.errors.base import Language
from server.store.service_records import Action, SessionRef


class ActionDesk(Protocol):
    """Keeps calls that change data until the customer has said yes."""

    async def propose(self, session: SessionRef, tool: str, arguments: Mapping[str, Any], by: str) -> Action:
        """Store a call that waits for a yes. `by` is who asked for it: `model`, or `rule`."""

    def describe(self, action: Action, language: Language) -> str:
        """Return the text that shows the tool and all its arguments, and asks for a yes or a no."""
