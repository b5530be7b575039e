/** How much of the way into the lens the eyes of one face go, as `gazehub/stream/wish.py`. */

import { STREAM_WISH } from "../constants.js";
import { needOfCorrection } from "../limits.js";
import { easeShare } from "./easing.js";
import { firstGlances, followGlances } from "./glances.js";

/** @typedef {import("../numbers.js").Point} Point */
/**
 * @typedef {object} Wish
 * @property {number} presence how much of the change may be shown
 * @property {number} reach the share of a motion that is made at this head pose
 * @property {number} need how much of the change the gaze asks for
 * @property {import("./glances.js").Glances} glances what the eyes are let do by themselves
 */

const { TAKE_TIME, RELEASE_TIME, SETTLE_TIME, NEAR_LENS, OFF_LENS } = STREAM_WISH;

/**
 * Of a face seen for the first time.
 * @param {Point} gaze
 * @param {number} reach
 * @param {boolean} usable
 * @param {boolean} atOnce nothing was shown before, so nothing need be eased
 * @returns {Wish}
 */
export const firstWish = (gaze, reach, usable, atOnce) => ({
  presence: atOnce && usable ? 1 : 0,
  reach,
  need: 0,
  glances: firstGlances(gaze),
});

/**
 * In the next frame.
 * @param {Wish} wish
 * @param {Point} gaze angle code of the face
 * @param {number} reach
 * @param {boolean} usable the eyes can be redrawn
 * @param {number} seconds
 * @param {number} lookAway the share of glances that are let through
 * @returns {Wish}
 */
export const followWish = (wish, gaze, reach, usable, seconds, lookAway) => ({
  ...wish,
  presence: easeShare(wish.presence, usable ? 1 : 0, seconds, usable ? TAKE_TIME : RELEASE_TIME),
  reach: easeShare(wish.reach, reach, seconds, TAKE_TIME),
  glances: followGlances(wish.glances, gaze, seconds, lookAway),
});

/**
 * With the motion that is wanted of the eyes: the change is there at once, and fades where they come back.
 * @param {Wish} wish
 * @param {Point} motion
 * @param {number} seconds
 * @returns {Wish}
 */
export function askedWish(wish, motion, seconds) {
  const wanted = needOfCorrection(motion, NEAR_LENS, OFF_LENS);
  return { ...wish, need: Math.max(wanted, easeShare(wish.need, wanted, seconds, SETTLE_TIME)) };
}
