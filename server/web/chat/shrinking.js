/** Making pictures smaller that are over a limit of the server. */

const MIN_BYTES = 200_000;
/** A file of fewer bytes is not made smaller for its size: that gains nothing. */

const JPEG_QUALITY = 0.92;

export const SIDES = [4096, 2240];
/** The longest side in pixels, tried one after another. The model sees at most 9 slices of 448 by 448 pixels, whose
 * longest row is 4032 wide; 2240 is still over what a picture of usual shape is scaled to. */

/** Return whether a file has to be made smaller for these limits. `size` is its width and height. */
export function isTooLarge(file, { width, height }, { maxPixels, maxBytes }) {
  return width * height > maxPixels || (file.size > maxBytes && file.size > MIN_BYTES);
}

/** Return a picture as a JPEG with a longest side of at most `side`, upright and over white; the file where that is no smaller. */
export async function shrink(file, { width, height }, { side, maxPixels }) {
  const scale = Math.min(1, side / Math.max(width, height), Math.sqrt(maxPixels / (width * height)));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.floor(width * scale));
  canvas.height = Math.max(1, Math.floor(height * scale));
  const options = { resizeWidth: canvas.width, resizeHeight: canvas.height, resizeQuality: "high" };
  const bitmap = await createImageBitmap(file, options);
  const context = canvas.getContext("2d");
  context.fillStyle = "white"; // the model sees what is transparent over white too
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY));
  return blob && (scale < 1 || blob.size < file.size) ? blob : file;
}
