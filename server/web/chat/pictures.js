/** Pictures: chosen files, shrunk where they are needlessly large, and stored ones. */

const LARGE_BYTES = 1_500_000;
const LONGEST_SIDE = 2240;
/** In pixels. The model gets at most 9 views of 448 by 448 pixels, so it does not see more. */

const JPEG_QUALITY = 0.9;

/** A picture: `load()` resolves to the blob that is sent, `url` is what is shown. */
export class Picture {
  constructor(blob, url) {
    this.load = blob;
    this.url = url;
  }

  /** Create a picture from a file. What the browser cannot draw is sent unchanged. */
  static async fromFile(file) {
    const blob = file.size > LARGE_BYTES ? await shrinkPhoto(file) : file;
    return new Picture(async () => blob, URL.createObjectURL(blob));
  }

  /** Load a stored picture. Throws `RequestError`. */
  static async fromServer(api, path) {
    const blob = await (await api.send(path)).blob();
    return new Picture(async () => blob, URL.createObjectURL(blob));
  }

  async size() {
    return (await this.load()).size;
  }

  async dataUrl() {
    const blob = await this.load();
    return new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(blob);
    });
  }
}

export function isPicture(file) {
  return file.type.startsWith("image/");
}

async function shrinkPhoto(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return file;
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  const context = canvas.getContext("2d");
  // JPEG has no transparency: the background becomes white
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY));
  return blob && blob.size < file.size ? blob : file;
}
