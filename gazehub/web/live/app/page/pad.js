/** A pad on which the gaze is dragged, or moved by arrow keys. */

import { clamp } from "../numbers.js";
import { element } from "./elements.js";

/** @typedef {[number, number]} Turn  yaw and pitch, degrees from the lens; + to the picture's right and up */

export const FARTHEST = /** @type {Turn} */ ([30, 20]); // degrees; eyes turn little farther
const KEYS = /** @type {Record<string, Turn>} */ ({
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
});

/** @param {Turn} turn @returns {Turn} */
export const reachable = ([yaw, pitch]) => [
  clamp(yaw, -FARTHEST[0], FARTHEST[0]),
  clamp(pitch, -FARTHEST[1], FARTHEST[1]),
];

/**
 * @param {() => Turn} present
 * @param {(turn: Turn) => void} moved
 */
export function gazePad(present, moved) {
  const pad = element("pad", HTMLDivElement);
  const isOff = () => pad.getAttribute("aria-disabled") === "true";
  dragged(pad, ({ clientX, clientY }) => {
    if (isOff()) return;
    const { left, top, width, height } = pad.getBoundingClientRect();
    const across = (2 * (clientX - left)) / width - 1;
    const down = (2 * (clientY - top)) / height - 1;
    moved(reachable([across * FARTHEST[0], -down * FARTHEST[1]]));
  });
  pad.addEventListener("keydown", (event) => {
    if (isOff()) return;
    const step = KEYS[event.key];
    if (!step && event.key !== "Home") return;
    event.preventDefault();
    const [yaw, pitch] = present();
    const size = event.shiftKey ? 5 : 1;
    moved(step ? reachable([Math.round(yaw) + size * step[0], Math.round(pitch) + size * step[1]]) : [0, 0]);
  });
  return {
    /** @param {Turn} turn */
    show([yaw, pitch]) {
      pad.style.setProperty("--across", String(yaw / FARTHEST[0]));
      pad.style.setProperty("--down", String(-pitch / FARTHEST[1]));
    },
    /** @param {boolean} on */
    enable: (on) => pad.setAttribute("aria-disabled", String(!on)),
  };
}

/** From press to release, but where the area has a control of its own. @param {HTMLElement} area @param {(event: PointerEvent) => void} at */
export function dragged(area, at) {
  area.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target instanceof HTMLInputElement) return;
    area.setPointerCapture(event.pointerId);
    at(event);
  });
  area.addEventListener("pointermove", (event) => {
    if (area.hasPointerCapture(event.pointerId)) at(event);
  });
}
