/** The sound when a session begins to wait: two short tones, made here, and only where somebody has switched it on. */

import { readSetting, writeSetting } from "/web/frame/dom.js";

const NAME = "desk-sound";
const TONES = [[0, 660], [0.16, 880]];
/** When each begins, in seconds, and its frequency. */

const LENGTH_S = 0.22;
const VOLUME = 0.15;

export class Sound {
  constructor() {
    this.isOn = readSetting(NAME) === "on";
    this.context = null;
    if (this.isOn) this.openOnGesture();
  }

  /** Switch it on, and play it once, or off. It must be called by what the user does: browsers allow no sound before. */
  set(isOn) {
    this.isOn = isOn;
    writeSetting(NAME, isOn ? "on" : "");
    if (isOn) this.play();
  }

  /** Open the output with the first key or click after a reload. */
  openOnGesture() {
    const open = () => this.open();
    for (const event of ["pointerdown", "keydown"]) addEventListener(event, open, { once: true });
  }

  open() {
    if (typeof AudioContext === "undefined") return null;
    this.context ??= new AudioContext();
    if (this.context.state === "suspended") this.context.resume().catch(() => null);
    return this.context;
  }

  play() {
    const context = this.isOn ? this.open() : null;
    if (context) for (const [begin, frequency] of TONES) playTone(context, context.currentTime + begin, frequency);
  }
}

function playTone(context, begin, frequency) {
  const tone = new OscillatorNode(context, { frequency });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(VOLUME, begin);
  volume.gain.exponentialRampToValueAtTime(0.001, begin + LENGTH_S);
  tone.connect(volume).connect(context.destination);
  tone.start(begin);
  tone.stop(begin + LENGTH_S);
}
