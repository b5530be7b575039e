/** Lids that close keep their own pixels: what is drawn then shows between them alone; as `gazehub/stream/lids.py`. */

import { STREAM_LIDS } from "../constants.js";
import { eyeBox } from "../eye_frame.js";
import { clamp, roundEven } from "../numbers.js";

/** @typedef {import("../numbers.js").Point} Point */
/** @typedef {import("../pixels/resample.js").Picture} Picture */
/**
 * Of one eye as found in a frame.
 * @typedef {object} Lids
 * @property {readonly Point[]} opening
 * @property {import("../eye_frame.js").EyeFrame} frame
 * @property {number} share of their own pixels that is put back, 0..1
 */

/**
 * Puts the pixels outside the lids of an eye back.
 * @param {Picture} before
 * @param {Picture} drawn is changed
 * @param {Lids} lids
 */
export function keepLids(before, drawn, { opening, frame, share }) {
  const box = eyeBox(frame);
  const [left, top] = [Math.max(box.left, 0), Math.max(box.top, 0)];
  const width = Math.min(box.right, drawn.width) - left;
  const height = Math.min(box.bottom, drawn.height) - top;
  if (width <= 0 || height <= 0) return;
  const outline = opening.map(([x, y]) => /** @type {Point} */ ([x - left, y - top]));
  const inside = blurred(filled(outline, width, height), width, height, Math.max(STREAM_LIDS.SOFT * frame.width, 0.5));
  for (let y = 0, i = 0; y < height; y++) {
    let at = 4 * ((top + y) * drawn.width + left);
    for (let x = 0; x < width; x++, i++, at += 4) {
      const back = share * (1 - inside[i]);
      for (let c = at; c < at + 3; c++) {
        drawn.data[c] = roundEven(drawn.data[c] + back * (before.data[c] - drawn.data[c]));
      }
    }
  }
}

/**
 * 1 at the pixels of a polygon and of its outline.
 * @param {readonly Point[]} outline
 * @param {number} width
 * @param {number} height
 */
function filled(outline, width, height) {
  const inside = new Float32Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) if (covers(outline, x, y)) inside[at] = 1;
  }
  return inside;
}

/** @param {readonly Point[]} outline @param {number} x @param {number} y */
function covers(outline, x, y) {
  let isInside = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    const [[ax, ay], [bx, by]] = [outline[i], outline[j]];
    const [dx, dy] = [bx - ax, by - ay];
    if (ay > y !== by > y && x < ax + (dx * (y - ay)) / dy) isInside = !isInside;
    const along = clamp(((x - ax) * dx + (y - ay) * dy) / Math.max(dx * dx + dy * dy, 1e-9), 0, 1);
    if (Math.hypot(ax + along * dx - x, ay + along * dy - y) <= 0.5) return true;
  }
  return isInside;
}

/** By a Gaussian. @param {Float32Array} values @param {number} width @param {number} height @param {number} sigma */
function blurred(values, width, height, sigma) {
  const radius = Math.round(8 * sigma + 1) >> 1;
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)));
  const sum = kernel.reduce((total, weight) => total + weight);
  let [from, to] = [values, new Float32Array(values.length)];
  for (const [step, length, stride, lines] of [
    [1, width, width, height],
    [width, height, 1, width],
  ]) {
    for (let line = 0; line < lines; line++) {
      for (let i = 0; i < length; i++) {
        let total = 0;
        for (let k = -radius; k <= radius; k++) {
          total += kernel[k + radius] * from[line * stride + clamp(i + k, 0, length - 1) * step];
        }
        to[line * stride + i * step] = total / sum;
      }
    }
    [from, to] = [to, new Float32Array(values.length)];
  }
  return from;
}
