"""A client of an application with keys of two shops, their agents and an operator."""

from typing import Any

from litestar.testing import TestClient

from tests.helpers.keys import make_key, make_secret

KEYS = (
    make_key("shop", profile="plain"),
    make_key("ann", owner="shop", role="agent"),
    make_key("bob", owner="shop", role="agent"),
    make_key("other", profile="plain"),
    make_key("eve", owner="other", role="agent"),
    make_key("root", role="operator"),
)


class DeskClient(TestClient[Any]):
    """Asks with the key of a name; the shop's own service asks for its customers."""

    def ask(self, method: str, path: str, who: str, status: int = 200, **given: Any) -> Any:
        """Return the JSON of an answer that must have this status."""
        headers = {"Authorization": f"Bearer {make_secret(who)}", "Accept-Language": "en", **given.pop("headers", {})}
        response = self.request(method, path, headers=headers, **given)
        assert response.status_code == status, response.text
        return response.json() if response.content else None

    def chat(self, question: str, user: str = "c", who: str = "shop", **given: Any) -> Any:
        return self.ask("POST", "/chat", who, json={"user_id": user, "question": question, **given})

    def find_id(self, user: str = "c", who: str = "shop") -> str:
        sessions = self.ask("GET", "/sessions", who)["sessions"]
        return str(next(session["id"] for session in sessions if session["name"] == user))

    def act(self, what: str, session_id: str, who: str = "ann", status: int = 200, **body: Any) -> Any:
        return self.ask("POST", f"/desk/sessions/{session_id}/{what}", who, status, json=body)

    def list_desk(self, state: str, who: str = "ann") -> list[str]:
        sessions = self.ask("GET", "/desk/sessions", who, params={"state": state})["sessions"]
        return [str(session["name"]) for session in sessions]
