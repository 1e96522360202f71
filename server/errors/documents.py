"""Errors of documents and clips."""

from collections.abc import Mapping

from server.errors.base import RETRY_AFTER_S, Language, ServerError, shorten


class DocumentRefused(ServerError):
    """A document cannot be read; `texts` say why. `code` names the cause, as `server/library/remarks.py` has it."""

    status = 400
    param = "file"

    def __init__(self, code: str, texts: Mapping[Language, str], status: int = 400) -> None:
        super().__init__(f"文档无法读取：{texts['zh']}", f"the document cannot be read: {texts['en']}")
        self.code = code
        self.status = status


class ClipRefused(ServerError):
    """A clip cannot be shown to the model; `texts` say why. `code` names the cause."""

    status = 400
    param = "video"

    def __init__(self, code: str, texts: Mapping[Language, str], status: int = 400) -> None:
        super().__init__(f"视频无法使用：{texts['zh']}", f"the clip cannot be used: {texts['en']}")
        self.code = code
        self.status = status


class DocumentTooBig(ServerError):
    status = 413
    param = "file"

    def __init__(self, limit: int) -> None:
        super().__init__(f"文档超过 {limit:,} 字节的上限", f"the document has more than {limit:,} bytes")


class LibraryTooFull(ServerError):
    """The owner, or the session, has as many documents as it may."""

    status = 413

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh, en)


class DocumentsBusy(ServerError):
    """Too many documents are being read, or wait for that."""

    status = 429
    code = "rate_limit_exceeded"
    retry_after_s = RETRY_AFTER_S

    def __init__(self) -> None:
        super().__init__("等待读取的文档过多，请稍后重试", "too many documents wait to be read; try again in a moment")


class DocumentFollowed(ServerError):
    """What is to be deleted of the knowledge base is in the folder that the server follows, which would read it again.

    `source` is its path there.
    """

    status = 409

    def __init__(self, source: str) -> None:
        source = shorten(source)
        super().__init__(
            f"它来自知识库文件夹中的 {source!r}，请在文件夹中删除",
            f"it comes from {source!r} in the knowledge folder; delete it there",
        )


class PageNotDrawn(ServerError):
    status = 404

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"只有 PDF 和图片的页面可以显示为图像，该文档为 {kind}",
            f"only pages of PDFs and pictures can be drawn, and the document is {kind}",
        )


class DocumentTooLong(ServerError):
    """All of a document would have to be read for a question, which has too many parts for that."""

    status = 413

    def __init__(self, num_parts: int, limit: int) -> None:
        super().__init__(
            f"通读文档需要分成 {num_parts:,} 段，上限 {limit:,}；请提出更具体的问题，或使用 find 模式",
            f"to read all of the documents takes {num_parts:,} parts, the limit is {limit:,}; ask for something more "
            "specific, or with the mode find",
        )


class DocumentUnread(ServerError):
    """A document was not read to its end in time for a question."""

    status = 503
    retry_after_s = 10

    def __init__(self, name: str, num_pages_read: int, waited_s: float) -> None:
        super().__init__(
            f"文档“{name}”仍在读取（已读 {num_pages_read} 页），等待 {waited_s:g} 秒后仍未读完，请稍后重试",
            f"the document {name!r} is still being read ({num_pages_read} pages so far), and was not finished within "
            f"{waited_s:g} s; try again in a moment",
        )


class FontMissing(ServerError):
    """The system has no font for a character of a chart."""

    status = 501

    def __init__(self, character: str) -> None:
        super().__init__(
            f"无法画图：系统没有能显示 {character!r} 的字体，请安装中文字体（如 fonts-noto-cjk）",
            f"the chart cannot be drawn: the system has no font for {character!r}; install one for Chinese, such as "
            "fonts-noto-cjk",
        )
