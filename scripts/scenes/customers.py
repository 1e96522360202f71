"""Customers with tokens, where a server has business tools for them."""

import httpx

TIMEOUT_S = 120


class NoToken(Exception):
    """The server makes no token for a customer; the text says why."""


def has_tools(client: httpx.Client) -> bool:
    """Whether the server says that it has business tools, which it says to operators. Raises `httpx.HTTPError`."""
    state = client.get("/ops/state", timeout=TIMEOUT_S)
    return state.status_code == 200 and any(file["kind"] == "tools" for file in state.json().get("files", ()))


def make_headers(client: httpx.Client, customer: str | None) -> dict[str, str]:
    """Return the headers of a customer, none where `customer` is None. Raises `NoToken` and `httpx.HTTPError`."""
    if customer is None:
        return {}
    made = client.post("/customers/token", json={"sub": customer}, timeout=TIMEOUT_S)
    if made.status_code != 200:
        raise NoToken(f"no token for {customer}: status {made.status_code}: {made.text}")
    return {"Authorization": f"Bearer {made.json()['token']}"}
