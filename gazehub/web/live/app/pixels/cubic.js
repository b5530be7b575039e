/** Pictures between their pixels, bicubic. */

import { clamp, roundEven } from "../numbers.js";

/** @typedef {import("./resample.js").Picture} Picture */

const SLOPE = 0.75; // of OpenCV's cubic at a pixel, per difference of its neighbours
const WEIGHTS = Array.from({ length: 32 }, (_, index) => cubicWeights(index / 32));

/** OpenCV's cubic. @param {number} x */
function cubicWeights(x) {
  const a = -0.75;
  const first = ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a;
  const second = ((a + 2) * x - (a + 3)) * x * x + 1;
  const third = ((a + 2) * (1 - x) - (a + 3)) * (1 - x) * (1 - x) + 1;
  return Float64Array.of(first, second, third, 1 - first - second - third);
}

/**
 * A picture at a point; past the border the edge repeats. Points are rounded to 1/32 of a pixel, as OpenCV does, and the
 * slope makes up for what was cut off.
 * @param {Picture} picture
 * @param {number} x
 * @param {number} y
 * @param {Float64Array} color RGB, is written
 */
export function readCubic({ width, height, data }, x, y, color) {
  const placeX = roundEven(x * 32);
  const placeY = roundEven(y * 32);
  const left = (placeX >> 5) - 1;
  const top = (placeY >> 5) - 1;
  const after = placeX & 31;
  const before = 32 - after;
  const below = placeY & 31;
  const weightsX = WEIGHTS[after];
  const weightsY = WEIGHTS[below];
  const restX = (SLOPE / 1024) * (x - placeX / 32);
  const restY = (SLOPE / 1024) * (y - placeY / 32);
  const first = 4 * clamp(left, 0, width - 1);
  const second = 4 * clamp(left + 1, 0, width - 1);
  const third = 4 * clamp(left + 2, 0, width - 1);
  const fourth = 4 * clamp(left + 3, 0, width - 1);
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let j = 0; j < 4; j++) {
    const line = 4 * width * clamp(top + j, 0, height - 1);
    // The slope along x is read in the two middle rows, the slope along y from all four.
    const slopeX = j === 1 ? restX * (32 - below) : j === 2 ? restX * below : 0;
    const slopeY = restY * (j & 1 ? below : 32 - below) * (j < 2 ? -1 : 1);
    const down = weightsY[j];
    const a = down * weightsX[0] - slopeX * before;
    const b = down * weightsX[1] - slopeX * after + slopeY * before;
    const c = down * weightsX[2] + slopeX * before + slopeY * after;
    const d = down * weightsX[3] + slopeX * after;
    const p = line + first;
    const q = line + second;
    const r = line + third;
    const s = line + fourth;
    red += a * data[p] + b * data[q] + c * data[r] + d * data[s];
    green += a * data[p + 1] + b * data[q + 1] + c * data[r + 1] + d * data[s + 1];
    blue += a * data[p + 2] + b * data[q + 2] + c * data[r + 2] + d * data[s + 2];
  }
  color[0] = red;
  color[1] = green;
  color[2] = blue;
}
