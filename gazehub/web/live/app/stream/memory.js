/** What is remembered of the eyes of one face, as `gazehub/stream/memory.py`. Nothing that is observed is smoothed. */

import { LIMITS, STREAM_MEMORY, STREAM_MISSED, WEIGHTS } from "../constants.js";
import { cameraOffset, residualToAngleCode, toCanonical } from "../gaze.js";
import { add, clamp, minus, product, smoothstep, times, within } from "../numbers.js";
import { angleCodes, cropEye, EyeReading, FaceReading, meanCode } from "../read.js";
import { ease, easeTarget, shareMade } from "./easing.js";
import { firstHead, followHead } from "./head.js";

/** @typedef {import("../numbers.js").Point} Point */
/** @typedef {import("../faces/face.js").Eye} Eye */
/** @typedef {import("../faces/face.js").Face} Face */
/** @typedef {import("../pixels/resample.js").Picture} Picture */
/** @typedef {import("../networks.js").GazeNetworks} GazeNetworks */
/**
 * @typedef {object} Memory
 * @property {import("./head.js").Head} head where the head was in the last frame
 * @property {readonly (readonly [Point, Point])[]} corners outer and inner, of each eye, in the head's frame
 * @property {number} openness of the more closed eye, without its tremble
 * @property {number} usual the same on average, while open
 * @property {number} lately the same over the last moment, so that lids that move are told from lids that rest
 * @property {number} known seconds for which the face has been followed
 * @property {readonly Point[] | null} middles where irises would be at an offset of 0, in the head's frame
 * @property {Float32Array | null} content the content code
 * @property {number} contentAge seconds since it was read
 * @property {number} age seconds for which the middles have been followed
 * @property {number} unread seconds since they were
 * @property {Point} bias what eyes that were drawn missed wherever they looked
 * @property {Point} gain what they missed of a motion, as a share of it; the person's own, so never forgotten
 */

const { FORGET_AFTER, CONTENT_TIME, LIDS_CLOSED, LIDS_OPEN, CLOSED_SHARE, OPEN_SHARE } = STREAM_MEMORY;
const { USUAL_TIME, LID_TIME, LID_STEP, SLACK } = STREAM_MEMORY;
const { BIAS_TIME, GAIN_TIME, GAIN_LIMIT, SMALL_MOTION } = STREAM_MISSED;
const BIAS_LIMIT = /** @type {Point} */ (STREAM_MISSED.BIAS_LIMIT);
const CONTENT_EVERY = 0.25; // seconds: colours change slowly, and reading them takes as long as following a face

/** @param {Picture} pixels @param {Face} face @returns {Memory} */
export function firstMemory(pixels, face) {
  const head = firstHead(pixels, face);
  const openness = opennessOf(face);
  return {
    head,
    corners: cornersOf(head, face),
    openness,
    usual: openness,
    lately: openness,
    known: 0,
    middles: null,
    content: null,
    contentAge: Infinity,
    age: 0,
    unread: 0,
    bias: [0, 0],
    gain: [0, 0],
  };
}

/** 0 when a lid is closed, 1 when both are open. @param {Pick<Memory, "openness" | "usual">} memory */
export function uncovered({ openness, usual }) {
  const closed = Math.max(LIDS_CLOSED, CLOSED_SHARE * usual);
  const wide = Math.max(LIDS_OPEN, OPEN_SHARE * usual);
  return smoothstep((openness - closed) / (wide - closed));
}

/** 0 while the lids rest, rise or sink slowly, 1 when they fall as fast as in a blink. @param {Memory} memory */
export const closing = ({ lately, openness }) => smoothstep((lately - openness - LID_STEP) / LID_STEP);

/**
 * With the face as found in the next frame.
 * @param {Memory} memory
 * @param {Picture} pixels
 * @param {Face} face
 * @param {number} seconds
 * @returns {Memory}
 */
export function followMemory(memory, pixels, face, seconds) {
  const head = followHead(memory.head, pixels, face);
  const seen = cornersOf(head, face);
  const openness = clamp(memory.openness, opennessOf(face) - SLACK, opennessOf(face) + SLACK);
  return {
    ...memory,
    head,
    corners: memory.corners.map(([outer, inner], i) => [
      easeTarget(outer, seen[i][0], seconds, memory.known),
      easeTarget(inner, seen[i][1], seconds, memory.known),
    ]),
    openness,
    usual: openness > LIMITS.CLOSED_BELOW ? ease(memory.usual, openness, seconds, USUAL_TIME) : memory.usual,
    lately: ease(memory.lately, opennessOf(face), seconds, LID_TIME),
    known: memory.known + seconds,
    unread: memory.unread + seconds,
    contentAge: memory.contentAge + seconds,
  };
}

/**
 * Reads the eyes of a face that was followed: networks and landmarks say where they look, the memory where the lens is.
 * @param {Memory} memory
 * @param {GazeNetworks} networks
 * @param {Picture} pixels
 * @param {Face} face
 * @param {number} seconds
 * @returns {Promise<{memory: Memory, reading: FaceReading}>}
 */
export async function readMemory(memory, networks, pixels, face, seconds) {
  const eyes = face.eyes.map((eye, i) => steady(memory, eye, memory.corners[i]));
  const patches = eyes.map((eye) => cropEye(pixels, eye));
  const stale = memory.contentAge >= CONTENT_EVERY || !memory.content;
  const { content, seen, spread } = stale
    ? await networks.encode(patches)
    : { content: null, ...(await networks.locate(patches)) };
  const hidden = Math.max(...spread) >= WEIGHTS.hidden_spread;
  const camera = eyes.map((eye) => cameraOffset(face, eye));
  let now = memory;
  if (!hidden || !memory.middles) {
    const irises = eyes.map((eye, i) => eye.frame.toPicture(seen[i]));
    const middles = middlesOf(face, irises, camera).map((point) => memory.head.frame.toFrame(point));
    now = learn(memory, content && meanCode(content), middles, seconds);
  }
  const own = /** @type {Float32Array} */ (now.content);
  const middles = /** @type {readonly Point[]} */ (now.middles);
  const readings = eyes.map((eye, i) => {
    const middle = eye.frame.toFrame(now.head.frame.toPicture(middles[i]));
    const angle = product(add([1, 1], memory.gain), minus(seen[i], add(middle, camera[i])));
    return new EyeReading(eye, patches[i], own, seen[i], add(angle, toCanonical(memory.bias, eye.mirrored)));
  });
  return { memory: now, reading: new FaceReading(face, readings, hidden ? LIMITS.EYES_HIDDEN : null) };
}

/**
 * The gaze of a reading without what is made up for.
 * @param {Memory} memory
 * @param {Point} gaze
 * @returns {Point}
 */
export function asSeen({ bias, gain }, gaze) {
  const [x, y] = minus(gaze, bias);
  return [x / (1 + gain[0]), y / (1 + gain[1])];
}

/**
 * With what the eyes miss in the frame just drawn, by landmarks.
 * @param {Memory} memory
 * @param {Point} residual how far from the lens they look there
 * @param {Point} gaze angle code of the face as it was read
 * @param {Point} left the one that was aimed at
 * @param {number} seconds since the last look
 * @returns {Memory}
 */
export function lookBack(memory, residual, gaze, left, seconds) {
  const missed = minus(residualToAngleCode(residual), left);
  const bias = add(memory.bias, times(Math.min(1, seconds / BIAS_TIME), missed));
  const motion = asSeen(memory, gaze);
  const [x, y] = product(missed, motion);
  const share = /** @type {Point} */ ([x / (motion[0] ** 2 + SMALL_MOTION ** 2), y / (motion[1] ** 2 + SMALL_MOTION ** 2)]);
  const gain = add(memory.gain, times(Math.min(1, seconds / GAIN_TIME), share));
  return {
    ...memory,
    bias: within(bias, times(-1, BIAS_LIMIT), BIAS_LIMIT),
    gain: within(gain, [-GAIN_LIMIT, -GAIN_LIMIT], [GAIN_LIMIT, GAIN_LIMIT]),
  };
}

/**
 * @param {Memory} memory
 * @param {Float32Array | null} content as read now; null if it was not
 * @param {readonly Point[]} middles
 * @param {number} seconds
 * @returns {Memory}
 */
function learn(memory, content, middles, seconds) {
  const known = memory.content;
  if (content && known) {
    const share = shareMade(Math.min(memory.contentAge, 2 * CONTENT_EVERY), CONTENT_TIME);
    content = content.map((value, index) => known[index] + share * (value - known[index]));
  }
  const contentAge = content ? 0 : memory.contentAge;
  const now = { ...memory, content: content ?? known, contentAge, unread: 0 };
  if (!memory.middles || memory.unread > FORGET_AFTER) return { ...now, middles, age: 0, bias: [0, 0] };
  const eased = memory.middles.map((middle, i) => easeTarget(middle, middles[i], seconds, memory.age));
  return { ...now, middles: eased, age: memory.age + seconds };
}

/**
 * The eye, its corners where they are remembered.
 * @param {Memory} memory
 * @param {Eye} eye
 * @param {readonly Point[]} corners
 */
function steady(memory, eye, [outer, inner]) {
  return eye.withCorners(memory.head.frame.toPicture(outer), memory.head.frame.toPicture(inner));
}

/** @param {Face} face */
const opennessOf = (face) => Math.min(...face.eyes.map((eye) => eye.openness));

/** @param {import("./head.js").Head} head @param {Face} face @returns {[Point, Point][]} */
const cornersOf = (head, face) =>
  face.eyes.map((eye) => [head.frame.toFrame(eye.opening[0]), head.frame.toFrame(eye.opening[8])]);

/**
 * In the picture, from the irises by the network: it stays where it is in the head, wherever the eyes look.
 * @param {Face} face
 * @param {readonly Point[]} irises
 * @param {readonly Point[]} camera
 */
function middlesOf(face, irises, camera) {
  const seen = face.eyes.map((eye, i) => eye.frame.toFrame(irises[i]));
  const codes = angleCodes(face, seen);
  return face.eyes.map((eye, i) => eye.frame.toPicture(minus(minus(seen[i], codes[i]), camera[i])));
}
