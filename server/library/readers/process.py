"""A process that reads one document for a server: `python -m server.library.readers.process FD`, a socket as that file.

Documents are not trusted. So this process holds nothing but the document, keeps to its limits, and ends when the socket
is closed, however the server has ended.
"""

import contextlib
import logging
import os
import socket
import sys
import warnings

from server.library.readers.answering import OpenReader, answer_task, refuse
from server.library.readers.bounds import bind_process, limit_memory, limit_time
from server.library.readers.records import Refusal
from server.library.readers.tasks import Answer, DocumentOpened, Open, TaskRefused, encode_frame, receive_task


def main() -> None:
    bind_process()
    warnings.simplefilter("ignore")  # they are about damaged documents, and nobody reads them here
    logging.disable()
    with socket.socket(fileno=int(sys.argv[1])) as end, contextlib.suppress(EOFError, ConnectionError):
        serve(end)


def serve(end: socket.socket) -> None:
    """Open a document and do its tasks until the socket is closed."""
    task, files = receive_task(end)
    if not isinstance(task, Open) or not files:
        raise EOFError
    limit_memory(task.max_bytes)
    limit_time(task.max_s)
    with os.fdopen(files[0], "rb") as file:
        try:
            document = OpenReader(task, file)
        except Exception as error:
            _send(end, refuse(error, task))
            return
        _send(end, DocumentOpened(document.reader.opened))
        _answer_tasks(end, document)


def _answer_tasks(end: socket.socket, document: OpenReader) -> None:
    while True:
        limit_time(0)
        task, _ = receive_task(end)
        limit_time(document.task.max_s)
        _send(end, answer_task(document, task))


def _send(end: socket.socket, answer: Answer) -> None:
    try:
        frame = encode_frame(answer)
    except ValueError:
        frame = encode_frame(TaskRefused(Refusal("too_much_output")))
    end.sendall(frame)


if __name__ == "__main__":
    main()
