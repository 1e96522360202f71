"""What Chromium makes of picture files: the pixels that it draws on a white canvas."""

import base64
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scripts.browser import launch_browser

DRAW = """
async files => {
  const draw = async ([name, data]) => {
    const image = new Image();
    image.src = "data:application/octet-stream;base64," + data;
    try { await image.decode(); } catch { if (!image.complete || !image.naturalWidth) return [name, null]; }
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const context = canvas.getContext("2d", {colorSpace: "srgb", willReadFrequently: true});
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0);
    const bytes = new Uint8Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return [name, [canvas.width, canvas.height, btoa(text)]];
  };
  return await Promise.all(files.map(draw));
}
"""

Pixels = NDArray[np.uint8]
"""`[height, width, 3]`, RGB."""


def draw_in_chromium(chromium: Path, files: Mapping[str, bytes]) -> dict[str, Pixels | None]:
    """Return the pixels of each file over white, in sRGB; None where Chromium shows nothing."""
    encoded = [(name, base64.b64encode(data).decode()) for name, data in files.items()]
    with launch_browser(chromium, "--force-color-profile=srgb") as browser:
        drawn = browser.new_page().evaluate(DRAW, encoded)
    return {name: None if found is None else _read(*found) for name, found in drawn}


def _read(width: int, height: int, data: str) -> Pixels:
    pixels = np.frombuffer(base64.b64decode(data), np.uint8)
    return np.array(pixels.reshape(height, width, 4)[..., :3])
