/** Aim: where the eyes that were read shall look, and how much of the way they go; as `gazehub/aim.py`. */

import { AIM } from "./constants.js";
import { degreesToAngleCode, residualSize, toCanonical, toPictureGaze } from "./gaze.js";
import { needOfCorrection } from "./limits.js";
import { add, minus, smoothstep, times } from "./numbers.js";

/** @typedef {import("./numbers.js").Point} Point */
/** @typedef {import("./read.js").EyeReading} EyeReading */
/** @typedef {import("./read.js").Reading} Reading */
/** @typedef {import("./networks.js").Seen & {eye: {frame: import("./eye_frame.js").EyeFrame}}} SeenEye */
/** @typedef {{reading: SeenEye, angle: Point, amount: number}} EyeAim  amount: how much of the change to show */
/** @typedef {{eyes: readonly EyeAim[], intoLens: boolean}} Aim  intoLens: all go there, so the correction draws them */

/**
 * Into the lens, or a share of the way there. Who looks into it already is left as they are.
 * @param {Reading} reading
 * @param {number} strength 0..1
 */
export const correct = (reading, strength = 1) =>
  aim(reading, (eye) => times(1 - strength, eye.angle), strength === 1, ({ gaze }) => needOfCorrection(gaze));

/**
 * In a direction seen from the lens, or a share of the way there.
 * @param {Reading} reading
 * @param {number} yaw degrees, + to the picture's right
 * @param {number} pitch + up
 * @param {number} strength 0..1
 */
export function redirect(reading, yaw, pitch, strength = 1) {
  const code = degreesToAngleCode(yaw, pitch);
  const wanted = (/** @type {EyeReading} */ eye) => toCanonical(code, eye.eye.mirrored);
  return aim(reading, (eye) => add(eye.angle, times(strength, minus(wanted(eye), eye.angle))), false);
}

/**
 * @param {Reading} reading
 * @param {(eye: EyeReading) => Point} wanted angle code
 * @param {boolean} intoLens
 * @param {(face: Reading[number]) => number} need
 * @returns {Aim}
 */
function aim(reading, wanted, intoLens, need = () => 1) {
  const aimed = /** @type {EyeAim[]} */ ([]);
  let whole = true;
  for (const face of reading) {
    if (!face.eyes.length) continue;
    const share = face.reach;
    const angles = face.eyes.map((eye) => add(eye.angle, times(share, minus(wanted(eye), eye.angle))));
    const moved = toPictureGaze(face.eyes.map((eye, i) => minus(angles[i], eye.angle)));
    const amount = need(face) * smoothstep(residualSize(moved) / AIM.FADE_DISTANCE);
    if (amount > 0) {
      whole = whole && share === 1;
      face.eyes.forEach((reading, i) => aimed.push({ reading, angle: angles[i], amount }));
    }
  }
  return { eyes: aimed, intoLens: intoLens && whole };
}
