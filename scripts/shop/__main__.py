"""Start the example shop: `python -m scripts.shop --port 8090 --data FOLDER`."""

import argparse
import asyncio
import os
import signal
import socket
import sqlite3
import sys
from pathlib import Path

from litestar import Litestar

from scripts.shop.app import create_shop_app
from scripts.shop.shop import Shop
from server.process.connection_limits import ConnectionLimits
from server.process.uvicorn_server import UvicornServer

HOST = "127.0.0.1"
EXAMPLE_SECRET = "example-secret"
LIMITS = ConnectionLimits(max_connections=128)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.shop", description="An example shop, on this machine only."
    )
    parser.add_argument("--port", type=int, default=8090, help="the port, 0 for any free one (default: %(default)s)")
    parser.add_argument("--data", type=Path, default=Path("data/shop"), help="its folder (default: %(default)s)")
    parser.add_argument(
        "--slow-after-commit",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="wait before telling that a change is made, to try out what callers do then",
    )
    return parser.parse_args()


async def serve(app: Litestar, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT."""
    told_to_end = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, told_to_end.set)
    server = UvicornServer(app, listener, LIMITS)
    await told_to_end.wait()
    await server.stop()


def main() -> int:
    arguments = read_arguments()
    secret = os.environ.get("SHOP_SECRET") or EXAMPLE_SECRET
    try:
        shop = Shop(arguments.data)
        listener = socket.create_server((HOST, arguments.port))
    except (OSError, OverflowError, sqlite3.Error) as error:
        print(f"the shop cannot start: {error}", file=sys.stderr)
        return 1
    with listener:
        shown = secret if secret == EXAMPLE_SECRET else "that of SHOP_SECRET"
        print(f"  data       {arguments.data}\n  secret     {shown}", flush=True)
        print(f"  address    http://{HOST}:{listener.getsockname()[1]}", flush=True)
        asyncio.run(serve(create_shop_app(shop, secret, arguments.slow_after_commit), listener))
    return 0


if __name__ == "__main__":
    sys.exit(main())
