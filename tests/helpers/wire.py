"""A connection that can be cut: a port that forwards everything to a server until it is cut."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK = 65536


class Wire:
    def __init__(self, target: tuple[str, int], listener: socket.socket) -> None:
        self._target = target
        self._listener = listener
        self._is_cut = False
        self._ends: list[socket.socket] = []

    def cut(self) -> None:
        """Cut all connections at once, within a reply too. New ones are closed at once until `mend`."""
        self._is_cut = True
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._is_cut = False

    def accept(self) -> None:
        """Forward connections until the listener is closed."""
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._is_cut:
                    near.close()
                else:
                    self._join(near, socket.create_connection(self._target))

    def _join(self, near: socket.socket, far: socket.socket) -> None:
        self._ends += [near, far]
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=_forward, args=(source, sink), daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for end in self._ends:
            end.close()


def _forward(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(CHUNK):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def wired(address: str) -> Iterator[tuple[Wire, str]]:
    """Give a wire to a server, and the address of its near end."""
    host, _, port = address.removeprefix("http://").partition(":")
    listener = socket.create_server(("127.0.0.1", 0))
    wire = Wire((host, int(port)), listener)
    accepting = threading.Thread(target=wire.accept, daemon=True)
    accepting.start()
    try:
        yield wire, f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        wire.close()
        accepting.join()
