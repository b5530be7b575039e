/** The canonical eye frame, as `gazehub/eye_frame.py`: geometry between a picture and one eye. */

import { EYE_FRAME } from "./constants.js";
import { clamp, smoothstep } from "./numbers.js";
import { shrunkPart, warpFloats } from "./pixels/resample.js";

/** @typedef {import("./numbers.js").Point} Point */
/** @typedef {import("./pixels/resample.js").Picture} Picture */
/** @typedef {[number, number, number, number]} Matrix  two rows of two */

const { PATCH_WIDTH, PATCH_HEIGHT, PATCH_SCALE } = EYE_FRAME;
const { MASK_HALF_WIDTH, MASK_HALF_HEIGHT, MASK_CENTER_Y, MASK_RAMP } = EYE_FRAME;

/** From frame to picture coordinates: `p = center + matrix q`. */
export class EyeFrame {
  /**
   * @param {Point} center
   * @param {Matrix} matrix
   */
  constructor(center, matrix) {
    this.center = center;
    this.matrix = matrix;
  }

  /**
   * The frame of an eye by its corners.
   * @param {Point} outer
   * @param {Point} inner
   * @param {boolean} mirrored
   */
  static fromCorners(outer, inner, mirrored) {
    const x = inner[0] - outer[0];
    const y = inner[1] - outer[1];
    const sign = mirrored ? -1 : 1;
    return new EyeFrame([(outer[0] + inner[0]) / 2, (outer[1] + inner[1]) / 2], [x, -y * sign, y, x * sign]);
  }

  /** Eye width in pixels of the picture. */
  get width() {
    return Math.hypot(this.matrix[0], this.matrix[2]);
  }

  /** @returns {Matrix} */
  get inverse() {
    const [a, b, c, d] = this.matrix;
    const determinant = a * d - b * c;
    return [d / determinant, -b / determinant, -c / determinant, a / determinant];
  }

  /** @param {Readonly<Point>} point @returns {Point} */
  toPicture(point) {
    const [a, b, c, d] = this.matrix;
    return [a * point[0] + b * point[1] + this.center[0], c * point[0] + d * point[1] + this.center[1]];
  }

  /** @param {Readonly<Point>} point @returns {Point} */
  toFrame(point) {
    const [a, b, c, d] = this.inverse;
    const x = point[0] - this.center[0];
    const y = point[1] - this.center[1];
    return [a * x + b * y, c * x + d * y];
  }
}

/** @param {number} x @param {number} y @returns {Point} */
export function patchToFrame(x, y) {
  return [(x - (PATCH_WIDTH - 1) / 2) / PATCH_SCALE, (y - (PATCH_HEIGHT - 1) / 2) / PATCH_SCALE];
}

/** @param {Readonly<Point>} point @returns {Point} */
export function frameToPatch(point) {
  return [point[0] * PATCH_SCALE + (PATCH_WIDTH - 1) / 2, point[1] * PATCH_SCALE + (PATCH_HEIGHT - 1) / 2];
}

/**
 * Resamples one eye into its frame. A large eye is first averaged over whole blocks.
 * @param {Picture} picture
 * @param {EyeFrame} frame
 * @returns {Float32Array} PATCH_HEIGHT rows of PATCH_WIDTH RGB pixels, 0..255.
 */
export function crop(picture, frame) {
  const first = frame.toPicture(patchToFrame(0, 0));
  const across = frame.toPicture(patchToFrame(PATCH_WIDTH - 1, 0));
  const down = frame.toPicture(patchToFrame(0, PATCH_HEIGHT - 1));
  const last = [across[0] + down[0] - first[0], across[1] + down[1] - first[1]];
  const reduction = Math.max(1, Math.trunc(frame.width / PATCH_SCALE + 0.25));
  const [low, high] = [Math.min, Math.max].map((of) => [0, 1].map((i) => of(first[i], across[i], down[i], last[i])));
  const left = Math.floor(low[0]) - 2 * reduction;
  const top = Math.floor(low[1]) - 2 * reduction;
  const columns = Math.floor((Math.ceil(high[0]) + 2 * reduction - left) / reduction) + 1;
  const rows = Math.floor((Math.ceil(high[1]) + 2 * reduction - top) / reduction) + 1;
  const part = shrunkPart(picture, left, top, columns, rows, reduction);
  const corners = [first, across, down].map(([x, y]) => [
    Math.fround((x - left - (reduction - 1) / 2) / reduction),
    Math.fround((y - top - (reduction - 1) / 2) / reduction),
  ]);
  const row = [0, 1].map((i) => [
    (corners[1][i] - corners[0][i]) / (PATCH_WIDTH - 1),
    (corners[2][i] - corners[0][i]) / (PATCH_HEIGHT - 1),
    corners[0][i],
  ]);
  return warpFloats(part, columns, rows, 3, [...row[0], ...row[1]], PATCH_WIDTH, PATCH_HEIGHT);
}

/**
 * Left, top, right and bottom of the pixels that the erased region can reach.
 * @param {EyeFrame} frame
 */
export function eyeBox(frame) {
  const corners = [-1, 1].flatMap((x) =>
    [-1, 1].map((y) => frame.toPicture([x * MASK_HALF_WIDTH, y * MASK_HALF_HEIGHT + MASK_CENTER_Y])),
  );
  const [xs, ys] = [corners.map((corner) => corner[0]), corners.map((corner) => corner[1])];
  return {
    left: Math.floor(Math.min(...xs)),
    top: Math.floor(Math.min(...ys)),
    right: Math.ceil(Math.max(...xs)) + 1,
    bottom: Math.ceil(Math.max(...ys)) + 1,
  };
}

/**
 * The erased region: 1 inside a superellipse, a smooth fall, exactly 0 outside.
 * @param {number} x frame coordinates
 * @param {number} y
 */
export function softMask(x, y) {
  const a = (x / MASK_HALF_WIDTH) ** 2;
  const b = ((y - MASK_CENTER_Y) / MASK_HALF_HEIGHT) ** 2;
  const radius = Math.sqrt(Math.sqrt(a * a + b * b));
  return smoothstep(clamp((1 - radius) / MASK_RAMP, 0, 1));
}
