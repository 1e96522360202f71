"""Errors of the memory that pictures share."""

from server.errors.base import RETRY_AFTER_S, ServerError


class PicturesBusy(ServerError):
    status = 429
    code = "rate_limit_exceeded"
    retry_after_s = RETRY_AFTER_S

    def __init__(self, waited_s: float) -> None:
        super().__init__(
            f"正在处理的图片过多：等待 {waited_s:g} 秒后仍无空闲，请稍后重试",
            f"too many pictures are being worked on: there was no room for {waited_s:g} s; try again in a moment",
        )


class PicturesTooBig(ServerError):
    status = 413

    def __init__(self, num_bytes: int, limit: int) -> None:
        super().__init__(
            f"图片过大：解码需要 {num_bytes:,} 字节内存，上限 {limit:,}",
            f"decoding the pictures takes {num_bytes:,} bytes of memory, the limit is {limit:,}",
        )
