/** Pictures on their way: picked ones, made smaller where they are needlessly large, and stored ones. */

const LARGE_BYTES = 1_500_000;
const LONGEST_SIDE = 2240;
/** In pixels. The model looks at most at 9 views of 448 by 448, so more is lost on it. */

const JPEG_QUALITY = 0.9;

/** `blob()` is what is sent, `url` what is shown. */
export class Picture {
  constructor(blob, url) {
    this.load = blob;
    this.url = url;
  }

  /** Photos are turned as they were taken. What the browser cannot draw goes to the server as it is. */
  static async picked(file) {
    const blob = file.size > LARGE_BYTES ? await smaller(file) : file;
    return new Picture(async () => blob, URL.createObjectURL(blob));
  }

  /** Throws `Problem`. */
  static async stored(api, path) {
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

async function smaller(file) {
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
  // JPEG has no transparency: what shows through is paper
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY));
  return blob && blob.size < file.size ? blob : file;
}
