/** Which faces are left alone, and why, as `gazehub/limits.py`. */

import { LIMITS } from "./constants.js";
import { angleCodeToResidual, residualSize } from "./gaze.js";
import { smoothstep } from "./numbers.js";

/**
 * Why the eyes of a face can't be redrawn, or null if they can.
 * @param {import("./faces/face.js").Face} face
 * @returns {string | null}
 */
export function skipReason({ eyes, yaw }) {
  if (Math.abs(yaw) > LIMITS.YAW_LIMIT) return LIMITS.TURNED_AWAY; // first, for the far eye of a profile is small, too
  if (Math.min(...eyes.map((eye) => eye.frame.width)) < LIMITS.SMALLEST_EYE) return LIMITS.TOO_SMALL;
  return Math.min(...eyes.map((eye) => eye.openness)) < LIMITS.CLOSED_BELOW ? LIMITS.EYES_CLOSED : null;
}

/**
 * The share of a motion to make with the eyes of a head at a yaw whose gaze is so many degrees off the lens.
 * @param {number} yaw
 * @param {import("./numbers.js").Point} turn
 */
export function reach(yaw, turn) {
  const { YAW_FADE_START, YAW_LIMIT, TURN_FADE_START, TURN_LIMIT } = LIMITS;
  const sideways = (Math.abs(yaw) - YAW_FADE_START) / (YAW_LIMIT - YAW_FADE_START);
  const together = (1.5 * Math.abs(yaw) + Math.hypot(...turn) - TURN_FADE_START) / (TURN_LIMIT - TURN_FADE_START);
  return (1 - smoothstep(sideways)) * (1 - smoothstep(together));
}

/**
 * How much of a correction a face needs: 0 where it looks into the lens, as far as can be told, 1 where it looks elsewhere.
 * @param {import("./numbers.js").Point} gaze angle code of the face
 * @param {number} atLens residual up to which no correction is needed
 * @param {number} offLens and from which on all of it is
 */
export function needOfCorrection(gaze, atLens = LIMITS.AT_LENS, offLens = LIMITS.OFF_LENS) {
  const size = residualSize(angleCodeToResidual(gaze));
  return smoothstep((size - atLens) / (offLens - atLens));
}
