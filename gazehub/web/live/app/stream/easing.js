/** Easing in time, as `gazehub/stream/easing.py`: constants are seconds. */

import { STREAM_EASING } from "../constants.js";
import { add, length, minus, times } from "../numbers.js";

/** @typedef {import("../numbers.js").Point} Point */

const { DEAD_BAND, SMALL_CHANGE, SLOW, FAST, YOUNGEST, UNSEEN_SHARE } = STREAM_EASING;

/** The share of the way that is made in some seconds. @param {number} seconds @param {number} constant */
export const shareMade = (seconds, constant) => 1 - Math.exp(-seconds / constant);

/** @param {number} value @param {number} wanted @param {number} seconds @param {number} constant */
export const ease = (value, wanted, seconds, constant) => value + shareMade(seconds, constant) * (wanted - value);

/** For a share of something, which arrives. @param {number} share @param {number} wanted @param {number} seconds @param {number} constant */
export function easeShare(share, wanted, seconds, constant) {
  const eased = ease(share, wanted, seconds, constant);
  return Math.abs(eased - wanted) < UNSEEN_SHARE ? wanted : eased;
}

/** @param {Point} value @param {Point} wanted @param {number} seconds @param {number} constant */
export const easePoint = (value, wanted, seconds, constant) =>
  add(value, times(shareMade(seconds, constant), minus(wanted, value)));

/**
 * For a point in eye widths: what trembles is held, what drifts is followed slowly, what jumps fast.
 * @param {Point} value
 * @param {Point} wanted
 * @param {number} seconds
 * @param {number} age for how many seconds it has been followed; a young one is the mean of what was seen so far
 */
export function easeTarget(value, wanted, seconds, age = Infinity) {
  const change = minus(wanted, value);
  const size = length(change);
  if (size <= DEAD_BAND) return value;
  const followed = shareMade(seconds, size < SMALL_CHANGE ? SLOW : FAST);
  const ofTheMean = seconds / (seconds + age + YOUNGEST);
  return add(value, times(Math.max(followed, ofTheMean) * (1 - DEAD_BAND / size), change));
}
