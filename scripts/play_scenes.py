"""Play example dialogues against a running demo server: `python scripts/play_scenes.py --url http://...`."""

import argparse
import sys
import time

import httpx

from scripts.scenes import service, shop
from scripts.scenes.customers import has_tools
from scripts.scenes.play import play
from scripts.scenes.scene import Scene

NO_TOOLS = (
    "Scenes of orders are left out: the server has no business tools, or the key is no operator's (docs/shop.md)."
)

READY_S = 120
"""How long a server that has just been started may load its model."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Play example dialogues against a running demo server, and check its answers."
    )
    parser.add_argument(
        "--url", default="http://127.0.0.1:8000", help="the address of the server (default: %(default)s)"
    )
    parser.add_argument("--key", default="", help="an API key, where the server asks for one")
    arguments = parser.parse_args()
    headers = {"Authorization": f"Bearer {arguments.key}"} if arguments.key else {}
    try:
        with httpx.Client(base_url=arguments.url, headers=headers) as client:
            wait_until_ready(client, READY_S)
            scenes = choose_scenes(client)
            num_wrong = play(client, scenes)
    except httpx.HTTPError as error:
        print(f"no server answers at {arguments.url} ({error}); start one with: make serve", file=sys.stderr)
        return 1
    num_lines = sum(len(scene.lines) for scene in scenes)
    print(f"\n{num_lines - num_wrong} of {num_lines} answers are correct")
    return 1 if num_wrong else 0


def wait_until_ready(client: httpx.Client, patience_s: float) -> None:
    """Wait while a server loads its model, at most `patience_s` seconds. Raises `httpx.HTTPError`."""
    deadline = time.monotonic() + patience_s
    while client.get("/health/ready").json().get("reason") == "loading" and time.monotonic() < deadline:
        time.sleep(0.5)


def choose_scenes(client: httpx.Client) -> tuple[Scene, ...]:
    """Return the scenes that a server can be asked, and say what is left out. Raises `httpx.HTTPError`."""
    if has_tools(client):
        return (*shop.SCENES, *service.SCENES)
    print(NO_TOOLS)
    return shop.SCENES


if __name__ == "__main__":
    sys.exit(main())
