"""The settings of documents and clips."""

from dataclasses import dataclass

from server.settings.setting import NOTHING, setting

UNREAD = ("wait", "partial")
"""What becomes of a question to a document that is still being read."""


@dataclass(frozen=True)
class LibrarySettings:
    max_document_bytes: int = setting(64 * 2**20, "the largest document, in bytes", least=1)
    max_document_pages: int = setting(
        2000, "the most pages of a document; of a table or a text, parts that are as long as pages", least=1
    )
    max_document_cells: int = setting(5_000_000, "the most cells of a document's tables", least=1)
    max_document_s: int = setting(
        120, "the longest time to open a document, or to read or draw one page, in seconds", least=1
    )
    max_documents: int = setting(20, "the most documents in one session", least=0)
    max_library_bytes: int = setting(
        4 * 2**30, "the most bytes of documents kept for each key, all sessions together; 0 is no limit", least=0
    )
    max_waiting_documents: int = setting(
        100, "the most documents that wait to be read, of all keys together; more are refused", least=1
    )
    document_workers: int = setting(1, "the number of processes that read documents", least=1, most=64)
    document_memory_bytes: int = setting(
        256 * 2**20, "the most memory of a process that reads a document, in bytes", least=64 * 2**20
    )
    transcribe_scans: bool = setting(True, "let the model read the text of scanned pages, so that they can be searched")
    unread_documents: str = setting(
        "wait",
        "a question to a document that is still being read: wait, or partial, an answer from what is read so far",
        choices=UNREAD,
    )
    max_document_wait_s: int = setting(
        300, "how long a question waits for its documents to be read, in seconds; then it is refused", least=1
    )
    document_percent: int = setting(
        60, "the share of the longest prompt that passages of documents may take, in percent", least=1, most=90
    )
    embedding_model: str = setting(
        NOTHING, "the folder of an ONNX model that finds passages by meaning, beside the search for words"
    )
    embedding_aliases: str = setting(NOTHING, "further names of the embedding model, separated by commas")
    max_video_bytes: int = setting(64 * 2**20, "the largest clip, in bytes", least=1)
    max_video_frames: int = setting(64, "the most frames of a clip that the model is shown", least=1)
    max_video_s: int = setting(
        60, "the longest time to fetch a clip, and to decode those of one request, in seconds", least=1
    )
