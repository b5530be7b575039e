/** Gaze in numbers, as `gazehub/gaze.py`: offsets, the camera regression, degrees. */

import { GAZE, WEIGHTS } from "./constants.js";
import { clamp, degrees, mean, minus, radians, within } from "./numbers.js";

/** @typedef {import("./numbers.js").Point} Point */
/** @typedef {import("./faces/face.js").Face} Face */
/** @typedef {import("./faces/face.js").Eye} Eye */

const { EYEBALL, VERTICAL_WEIGHT, FAR_EYE_GAIN, FARTHEST_TURN } = GAZE;
const [LANDMARK_GAIN, RESIDUAL_GAIN] = [GAZE.LANDMARK_GAIN, GAZE.RESIDUAL_GAIN];

/**
 * Where the head points as the corner frame of an eye sees it: sines of the turn to the inner corner (positive for the
 * nearer eye of a turned head) and of the turn up.
 * @param {Face} face
 * @param {Eye} eye
 * @returns {Point}
 */
export function headDirection(face, eye) {
  const [x, y] = [Math.sin(radians(face.yaw)), Math.sin(radians(-face.pitch))];
  const [a, b, c, d] = eye.frame.inverse.map((value) => value * eye.frame.width);
  return [a * x + b * y, -(c * x + d * y)];
}

/**
 * Where an eye looks into the lens at this head pose.
 * @param {Face} face
 * @param {Eye} eye
 * @returns {Point}
 */
export function cameraOffset(face, eye) {
  const farthest = /** @type {Point} */ ([FARTHEST_TURN, FARTHEST_TURN]);
  const [s, p] = within(headDirection(face, eye), [-FARTHEST_TURN, -FARTHEST_TURN], farthest);
  const features = [1, s, s * s, p];
  const along = (/** @type {readonly number[]} */ row) => row.reduce((sum, value, i) => sum + value * features[i], 0);
  return [along(WEIGHTS.camera_coefficients[0]), along(WEIGHTS.camera_coefficients[1])];
}

/**
 * What the eyes of a face share, + to the picture's right and down, from their own frames.
 * @param {readonly Point[]} residuals
 */
export const toPictureGaze = ([left, right]) => mean([left, [-right[0], right[1]]]);

/**
 * A shared motion as one eye's frame sees it.
 * @param {Point} shared
 * @param {boolean} mirrored
 * @returns {Point}
 */
export const toCanonical = ([x, y], mirrored) => [mirrored ? -x : x, y];

/** How far the gaze of a face is from the lens, by landmarks. @param {Face} face */
export const faceResidual = (face) =>
  toPictureGaze(face.eyes.map((eye) => minus(eye.offset, cameraOffset(face, eye))));

/** @param {Point} residual */
export const residualSize = ([x, y]) => Math.hypot(x, VERTICAL_WEIGHT * y);

/**
 * How far the iris must move in the eye's present frame to look into the lens.
 * @param {Point} residual
 * @param {number} turn sine of the head's turn to the inner corner; below 0 for the farther eye
 * @returns {Point}
 */
export const residualToAngleCode = ([x, y], turn = 0) => [
  x * (LANDMARK_GAIN[0] / (RESIDUAL_GAIN[0] + FAR_EYE_GAIN * clamp(turn, -FARTHEST_TURN, 0))),
  y * (LANDMARK_GAIN[1] / RESIDUAL_GAIN[1]),
];

/** @param {Point} code @returns {Point} */
export const angleCodeToResidual = ([x, y]) => [
  x * (RESIDUAL_GAIN[0] / LANDMARK_GAIN[0]),
  y * (RESIDUAL_GAIN[1] / LANDMARK_GAIN[1]),
];

/** Yaw and pitch, + to the picture's right and up. @param {Point} code @returns {Point} */
export const angleCodeToDegrees = ([x, y]) => [
  degrees(Math.asin(clamp(x / (EYEBALL * LANDMARK_GAIN[0]), -1, 1))),
  -degrees(Math.asin(clamp(y / (EYEBALL * LANDMARK_GAIN[1]), -1, 1))),
];

/** @param {number} yaw @param {number} pitch @returns {Point} */
export const degreesToAngleCode = (yaw, pitch) => [
  EYEBALL * LANDMARK_GAIN[0] * Math.sin(radians(yaw)),
  EYEBALL * LANDMARK_GAIN[1] * Math.sin(radians(-pitch)),
];
