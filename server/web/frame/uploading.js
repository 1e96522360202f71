/** Requests that tell how much of their body has been sent, which `fetch` cannot. */

const NO_BODY = [204, 205, 304];

/**
 * Do as `fetch` does, and call `progress(share)` as the body is sent, with a share from 0 to 1.
 * Rejects with a TypeError for network errors, and with an AbortError where `signal` aborts.
 */
export function fetchWithProgress(path, { method, headers, body, signal, progress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, path);
    request.responseType = "blob";
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded, total }) => progress(total ? loaded / total : 0));
    request.addEventListener("load", () => resolve(toResponse(request)));
    request.addEventListener("error", () => reject(new TypeError("the request failed")));
    request.addEventListener("abort", () => reject(new DOMException("the request was aborted", "AbortError")));
    signal?.addEventListener("abort", () => request.abort());
    if (signal?.aborted) reject(signal.reason);
    else request.send(body);
  });
}

function toResponse(request) {
  const lines = request.getAllResponseHeaders().trim().split("\r\n").filter(Boolean);
  const headers = lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]);
  const body = NO_BODY.includes(request.status) ? null : request.response;
  return new Response(body, { status: request.status, headers });
}
