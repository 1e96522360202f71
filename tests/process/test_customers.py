"""Customers' tokens against a real server process, as a shop's back end and a browser use them."""

from pathlib import Path

import httpx

from server.keys.keyfile import add_key
from tests.helpers.customers import SHOP_SECRET, bearer, make_token
from tests.helpers.keys import make_key, make_secret
from tests.helpers.loopback import comes_true
from tests.helpers.processes import run_server, start_python


def test_no_token_is_written_anywhere(tmp_path: Path) -> None:
    """The log and the database hold no token and no secret, right or wrong; only `keys.toml` has the shop's."""
    add_key(tmp_path / "keys.toml", make_key(customer_secret=SHOP_SECRET))
    right, wrong = make_token(), make_token(key="another secret with more than 32 bytes in it")
    with (
        run_server("--model", "demo", "--data", str(tmp_path), start=start_python) as (process, address, said),
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        made = client.post("/customers/token", json={"sub": "43"}, headers=bearer(make_secret("ann"))).json()["token"]
        for token in (right, made, wrong):
            for path in ("/sessions", "/v1/models", "/customers/me", "/nothing"):
                client.get(path, headers=bearer(token))
            client.post("/chat", headers=bearer(token), json={"user_id": "u", "question": "hello"})
            client.get(f"/sessions?token={token}")
        assert len(client.get("/sessions", headers=bearer(right)).json()["sessions"]) == 1
        log = tmp_path / "server.log"
        assert comes_true(lambda: log.read_text().count('"route": "/customers/me", "status": 200') == 2)
        process.terminate()
        process.wait(timeout=60)
    files = (path for path in tmp_path.iterdir() if path.is_file() and path.name != "keys.toml")
    written = b"".join(path.read_bytes() for path in files).decode("latin-1")
    for shown in (said.whole(), written):
        for secret in (SHOP_SECRET, *(part for token in (right, made, wrong) for part in token.split(".")[1:])):
            assert secret not in shown
