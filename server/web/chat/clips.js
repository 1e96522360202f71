/** Clips that go along with a question. */

import { element } from "/web/frame/dom.js";
import { readAsDataUrl } from "/web/frame/pictures.js";

const MAX_SHOWN_FRAMES = 6;
/** The most frames that a stored clip is shown by. */

export class Clip {
  constructor(file) {
    this.blob = file;
    this.name = file.name;
    this.url = URL.createObjectURL(file);
  }

  dataUrl() {
    return readAsDataUrl(this.blob);
  }
}

/** Create the preview of a clip; its name where the browser cannot play it. */
export function createClipView(words, clip) {
  const video = element("video", { src: clip.url, controls: true, playsinline: true, preload: "metadata" });
  video.muted = true;
  words.setLabel(video, "clip", { name: clip.name });
  const view = element("div", { class: "clip" }, video);
  const showName = () => view.replaceChildren(element("span", { class: "placeholder", dir: "auto" }, clip.name));
  video.addEventListener("error", showName, { once: true });
  return view;
}

/** Return whether a stored picture is a frame of a clip. */
export function isFrame({ time_s: timeS }) {
  return timeS !== undefined;
}

/** Return those frames that stand for all, evenly chosen. */
export function pickFrames(frames) {
  const count = Math.min(frames.length, MAX_SHOWN_FRAMES);
  return Array.from({ length: count }, (_, index) => frames[Math.floor(((index + 0.5) * frames.length) / count)]);
}

/** Write a time of a clip, in seconds, as minutes and seconds. */
export function writeTime(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
