"""Small pictures in the forms that clients send."""

import base64
import io

from PIL import Image


def png(size: tuple[int, int] = (8, 8), colour: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def png_base64(size: tuple[int, int] = (8, 8)) -> str:
    return base64.b64encode(png(size)).decode()


def png_url(size: tuple[int, int] = (8, 8)) -> str:
    return f"data:image/png;base64,{png_base64(size)}"
