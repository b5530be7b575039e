/** Natural glances aside, as `gazehub/stream/glances.py`. */

import { STREAM_EASING, STREAM_GLANCES } from "../constants.js";
import { residualSize } from "../gaze.js";
import { length, minus, times } from "../numbers.js";
import { easePoint } from "./easing.js";

/** @typedef {import("../numbers.js").Point} Point */
/**
 * @typedef {object} Glances
 * @property {Point} usual where the eyes usually look
 * @property {Point} shown what is let through in this frame
 * @property {number | null} age seconds since the present glance began; null between glances
 * @property {boolean} passes the present glance is let through
 * @property {number} owed the share of a glance that is still to be let through
 */

const { BEGINS, ENDS, LONGEST, USUAL_TIME, FARTHEST, UNSEEN } = STREAM_GLANCES;
const NOWHERE = /** @type {Point} */ ([0, 0]);

/** @param {Point} usual @returns {Glances} */
export const firstGlances = (usual) => ({ usual, shown: NOWHERE, age: null, passes: false, owed: 0 });

/**
 * In the next frame.
 * @param {Glances} glances
 * @param {Point} gaze angle code of the face
 * @param {number} seconds
 * @param {number} share of the glances that are let through
 * @returns {Glances}
 */
export function followGlances(glances, gaze, seconds, share) {
  const aside = minus(gaze, glances.usual);
  const size = residualSize(aside);
  if (glances.age === null && size < BEGINS) {
    return {
      ...glances,
      usual: easePoint(glances.usual, gaze, seconds, USUAL_TIME),
      shown: easeShown(glances, null, seconds),
    };
  }
  const owed = glances.owed + (glances.age === null ? share : 0);
  const age = glances.age === null ? 0 : glances.age + seconds;
  const begun = glances.age === null ? { passes: owed >= 1, owed: owed - (owed >= 1 ? 1 : 0) } : {};
  const now = { ...glances, ...begun, age };
  if (size < ENDS || age > LONGEST) {
    const usual = age > LONGEST ? gaze : glances.usual;
    return { ...now, usual, age: null, passes: false, shown: easeShown(glances, null, seconds) };
  }
  const wanted = now.passes ? times(Math.min(1, FARTHEST / size), aside) : null;
  return { ...now, shown: easeShown(glances, wanted, seconds) };
}

/** @param {Glances} glances @param {Point | null} wanted @param {number} seconds */
function easeShown(glances, wanted, seconds) {
  const shown = easePoint(glances.shown, wanted ?? NOWHERE, seconds, STREAM_EASING.FAST);
  return wanted === null && length(shown) < UNSEEN ? NOWHERE : shown;
}
