/**
 * Pictures at other sizes and angles, by OpenCV's arithmetic: points are rounded to 1/32 of a pixel, sums to bytes as
 * it rounds them, so that landmarks and patches come out as in Python.
 */

import { clamp, roundEven, solve } from "./numbers.js";

/**
 * RGBA bytes, row by row; ImageData is one.
 * @typedef {{width: number, height: number, data: Uint8ClampedArray | Uint8Array}} Picture
 */

const FRACTIONS = 32; // to a pixel
const fround = Math.fround;

/**
 * A part of a picture, each pixel the mean of a block; past the border the edge repeats.
 * @param {Picture} picture
 * @param {number} left
 * @param {number} top
 * @param {number} columns
 * @param {number} rows
 * @param {number} block side of a block
 * @returns {Float32Array} rows of columns of RGB
 */
export function shrunkPart(picture, left, top, columns, rows, block) {
  const { width, height, data } = picture;
  const part = new Float32Array(columns * rows * 3);
  const xs = Int32Array.from({ length: columns * block }, (_, i) => 4 * clamp(left + i, 0, width - 1));
  const scale = fround(1 / (block * block));
  for (let y = 0; y < rows * block; y++) {
    const line = 4 * width * clamp(top + y, 0, height - 1);
    let to = Math.floor(y / block) * columns * 3;
    for (let x = 0; x < xs.length; to += 3) {
      for (const stop = x + block; x < stop; x++) {
        const from = line + xs[x];
        part[to] += data[from];
        part[to + 1] += data[from + 1];
        part[to + 2] += data[from + 2];
      }
    }
  }
  if (block > 1) for (let i = 0; i < part.length; i++) part[i] *= scale;
  return part;
}

/**
 * @param {readonly number[]} matrix two rows of three
 * @returns {number[]} the inverse
 */
export function invertAffine([a, b, x, c, d, y]) {
  const scale = 1 / (a * d - b * c);
  const [p, q, r, s] = [d * scale, -b * scale, -c * scale, a * scale];
  return [p, q, -p * x - q * y, r, s, -r * x - s * y];
}

/**
 * Numbers at the pixels of another grid, between pixels by the four nearest; past the border the edge repeats.
 * @param {Float32Array} values
 * @param {number} width
 * @param {number} height
 * @param {number} channels
 * @param {readonly number[]} matrix two rows of three, from the new grid to the old
 * @param {number} newWidth
 * @param {number} newHeight
 * @returns {Float32Array}
 */
export function warpFloats(values, width, height, channels, matrix, newWidth, newHeight) {
  const warped = new Float32Array(newWidth * newHeight * channels);
  const [stepX, stepY] = steps(matrix, newWidth);
  for (let y = 0, to = 0; y < newHeight; y++) {
    const startX = roundEven((matrix[1] * y + matrix[2]) * 1024) + 16;
    const startY = roundEven((matrix[4] * y + matrix[5]) * 1024) + 16;
    for (let x = 0; x < newWidth; x++) {
      const placeX = (startX + stepX[x]) >> 5;
      const placeY = (startY + stepY[x]) >> 5;
      const left = channels * clamp(placeX >> 5, 0, width - 1);
      const right = channels * clamp((placeX >> 5) + 1, 0, width - 1);
      const upper = channels * width * clamp(placeY >> 5, 0, height - 1);
      const lower = channels * width * clamp((placeY >> 5) + 1, 0, height - 1);
      const across = (placeX & 31) / FRACTIONS;
      const down = (placeY & 31) / FRACTIONS;
      const a = (1 - across) * (1 - down);
      const b = across * (1 - down);
      const c = (1 - across) * down;
      const d = across * down;
      for (let channel = 0; channel < channels; channel++) {
        warped[to++] =
          values[upper + left + channel] * a +
          values[upper + right + channel] * b +
          values[lower + left + channel] * c +
          values[lower + right + channel] * d;
      }
    }
  }
  return warped;
}

/** @param {readonly number[]} matrix @param {number} width */
function steps(matrix, width) {
  return [matrix[0], matrix[3]].map((step) => Int32Array.from({ length: width }, (_, x) => roundEven(step * x * 1024)));
}

/**
 * A square of a picture, black beyond it.
 * @param {Picture} picture
 * @param {readonly number[]} matrix two rows of three, from the square to the picture
 * @param {number} side
 * @returns {Picture}
 */
export function warpBytes(picture, matrix, side) {
  const data = new Uint8ClampedArray(4 * side * side);
  const [stepX, stepY] = steps(matrix, side);
  for (let y = 0, to = 0; y < side; y++) {
    const startX = roundEven((matrix[1] * y + matrix[2]) * 1024) + 16;
    const startY = roundEven((matrix[4] * y + matrix[5]) * 1024) + 16;
    for (let x = 0; x < side; x++, to += 4) {
      readLinear(picture, (startX + stepX[x]) >> 5, (startY + stepY[x]) >> 5, false, data, to);
    }
  }
  return { width: side, height: side, data };
}

/**
 * One pixel between four.
 * @param {Picture} picture
 * @param {number} placeX in 1/32 pixels
 * @param {number} placeY
 * @param {boolean} repeats past the border the edge repeats; else it is black
 * @param {Uint8ClampedArray} data to write to
 * @param {number} to
 */
function readLinear(picture, placeX, placeY, repeats, data, to) {
  const { width, height, data: from } = picture;
  let left = placeX >> 5;
  let top = placeY >> 5;
  let right = left + 1;
  let bottom = top + 1;
  const across = placeX & 31;
  const down = placeY & 31;
  let a = (32 - across) * (32 - down);
  let b = across * (32 - down);
  let c = (32 - across) * down;
  let d = across * down;
  if (left < 0 || top < 0 || right >= width || bottom >= height) {
    if (!repeats) {
      if (left < 0 || left >= width) a = c = 0;
      if (right < 0 || right >= width) b = d = 0;
      if (top < 0 || top >= height) a = b = 0;
      if (bottom < 0 || bottom >= height) c = d = 0;
    }
    left = clamp(left, 0, width - 1);
    right = clamp(right, 0, width - 1);
    top = clamp(top, 0, height - 1);
    bottom = clamp(bottom, 0, height - 1);
  }
  const p = 4 * (top * width + left);
  const q = 4 * (top * width + right);
  const r = 4 * (bottom * width + left);
  const s = 4 * (bottom * width + right);
  data[to] = (from[p] * a + from[q] * b + from[r] * c + from[s] * d + 512) >> 10;
  data[to + 1] = (from[p + 1] * a + from[q + 1] * b + from[r + 1] * c + from[s + 1] * d + 512) >> 10;
  data[to + 2] = (from[p + 2] * a + from[q + 2] * b + from[r + 2] * c + from[s + 2] * d + 512) >> 10;
  data[to + 3] = 255;
}

/**
 * A turned square of a picture by way of its corners and a perspective warp, as MediaPipe cuts it.
 * @param {Picture} picture
 * @param {{center: [number, number], side: number, angle: number}} region
 * @param {number} side of the result
 * @param {boolean} repeats past the border the edge repeats; else it is black
 * @returns {Picture}
 */
export function cutRegion(picture, region, side, repeats) {
  const corners = boxPoints(region);
  const targets = [
    [0, side],
    [0, 0],
    [side, 0],
    [side, side],
  ];
  const [a, b, c, d, e, f, g, h] = perspective(targets, corners);
  const data = new Uint8ClampedArray(4 * side * side);
  for (let y = 0, to = 0; y < side; y++) {
    for (let x = 0; x < side; x++, to += 4) {
      const w = FRACTIONS / (g * x + h * y + 1);
      const placeX = roundEven((a * x + b * y + c) * w);
      const placeY = roundEven((d * x + e * y + f) * w);
      readLinear(picture, placeX, placeY, repeats, data, to);
    }
  }
  return { width: side, height: side, data };
}

/**
 * Bottom left, top left, top right, bottom right.
 * @param {{center: [number, number], side: number, angle: number}} region
 */
function boxPoints({ center, side, angle }) {
  const turn = (fround((angle * 180) / Math.PI) * Math.PI) / 180;
  const b = fround(fround(Math.cos(turn)) * 0.5);
  const a = fround(fround(Math.sin(turn)) * 0.5);
  const [x, y, s] = [fround(center[0]), fround(center[1]), fround(side)];
  const [as, bs] = [fround(a * s), fround(b * s)];
  const first = [fround(fround(x - as) - bs), fround(fround(y + bs) - as)];
  const second = [fround(fround(x + as) - bs), fround(fround(y - bs) - as)];
  const opposite = ([px, py] = first) => [fround(2 * x - px), fround(2 * y - py)];
  return [first, second, opposite(first), opposite(second)];
}

/**
 * The eight numbers of the perspective map from four points to four others.
 * @param {number[][]} from
 * @param {number[][]} to
 */
function perspective(from, to) {
  const rows = from.flatMap(([x, y], i) => [
    [x, y, 1, 0, 0, 0, -x * to[i][0], -y * to[i][0]],
    [0, 0, 0, x, y, 1, -x * to[i][1], -y * to[i][1]],
  ]);
  return solve(rows, to.flat());
}
