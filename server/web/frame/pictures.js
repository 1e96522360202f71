/** Files of pictures, and what the page shows of those that the browser cannot draw. */

const TYPES = {
  avif: "image/avif", bmp: "image/bmp", gif: "image/gif", heic: "image/heic", heif: "image/heif", ico: "image/x-icon",
  jp2: "image/jp2", jpeg: "image/jpeg", jpg: "image/jpeg", png: "image/png", tif: "image/tiff", tiff: "image/tiff",
  webp: "image/webp",
};
/** The types by the ends of names: systems that do not know a type give none. */

export const ACCEPTED = `image/*,${Object.keys(TYPES).map((end) => `.${end}`).join(",")}`;
/** For the `accept` of a file input. */

/** Return the picture file with its type, or null for what is no picture. */
export function toPicture(file) {
  if (file.type.startsWith("image/")) return file;
  const end = file.name.split(".").at(-1).toLowerCase();
  if (file.type || !Object.hasOwn(TYPES, end)) return null;
  return new File([file], file.name, { type: TYPES[end], lastModified: file.lastModified });
}

/** Return a blob as a data URL. Rejects where the file cannot be read any more. */
export function readAsDataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** Return the blob of a base64 data URL. */
export function toBlob(dataUrl) {
  const [head, base64] = dataUrl.split(",");
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  return new Blob([bytes], { type: head.slice("data:".length).replace(";base64", "") });
}

/** Return the size of a picture, upright, or null where the browser cannot draw it. */
export function measure(url) {
  return new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve({ width: image.naturalWidth, height: image.naturalHeight });
    image.onerror = () => resolve(null);
    image.src = url;
  });
}

/** Return the address of a picture that the server has drawn from a data URL. Throws `RequestError`. */
export async function requestPreview(api, dataUrl) {
  const response = await api.change("POST", "/pictures/preview", { image: dataUrl });
  return URL.createObjectURL(await response.blob());
}
