/**
 * Pictures at other sizes and angles, by OpenCV's arithmetic: points are rounded to 1/32 of a pixel, sums to bytes as
 * it rounds them, so that landmarks and patches come out as in Python.
 */

import { clamp, roundEven, solve } from "../numbers.js";

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
  const { row, stepX, stepY } = placesAlong(matrix, newWidth);
  for (let y = 0, to = 0; y < newHeight; y++) {
    const start = row(y);
    for (let x = 0; x < newWidth; x++) {
      const placeX = (start.x + stepX[x]) >> 5;
      const placeY = (start.y + stepY[x]) >> 5;
      const column = clamp(placeX >> 5, 0, width - 1);
      const line = clamp(placeY >> 5, 0, height - 1);
      const p = channels * (line * width + column);
      const toRight = channels * (clamp((placeX >> 5) + 1, 0, width - 1) - column);
      const toNext = channels * width * (clamp((placeY >> 5) + 1, 0, height - 1) - line);
      const across = (placeX & 31) / FRACTIONS;
      const down = (placeY & 31) / FRACTIONS;
      const a = (1 - across) * (1 - down);
      const b = across * (1 - down);
      const c = (1 - across) * down;
      const d = across * down;
      for (let at = p; at < p + channels; at++) {
        warped[to++] =
          values[at] * a + values[at + toRight] * b + values[at + toNext] * c + values[at + toNext + toRight] * d;
      }
    }
  }
  return warped;
}

/**
 * Where the pixels of a grid lie in another, in 1/1024 pixels: the start of a row, and from it the steps along it.
 * Shifted right by 5 they are 1/32 pixels, as all of OpenCV's warps round them.
 * @param {readonly number[]} matrix two rows of three, from this grid to the other
 * @param {number} width
 */
export function placesAlong([a, b, c, d, e, f], width) {
  const [stepX, stepY] = [a, d].map((step) => Int32Array.from({ length: width }, (_, x) => roundEven(step * x * 1024)));
  const row = (/** @type {number} */ y) => ({
    x: roundEven((b * y + c) * 1024) + 16,
    y: roundEven((e * y + f) * 1024) + 16,
  });
  return { stepX, stepY, row };
}

/**
 * Writes the mean of four pixels p, q, r, s, each with its share of 1024.
 * @param {Uint8ClampedArray} data
 * @param {number} to
 * @param {Uint8ClampedArray | Uint8Array} from
 * @param {number} p
 * @param {number} q
 * @param {number} r
 * @param {number} s
 * @param {number} a
 * @param {number} b
 * @param {number} c
 * @param {number} d
 */
function mix(data, to, from, p, q, r, s, a, b, c, d) {
  data[to] = (from[p] * a + from[q] * b + from[r] * c + from[s] * d + 512) >> 10;
  data[to + 1] = (from[p + 1] * a + from[q + 1] * b + from[r + 1] * c + from[s + 1] * d + 512) >> 10;
  data[to + 2] = (from[p + 2] * a + from[q + 2] * b + from[r + 2] * c + from[s + 2] * d + 512) >> 10;
}

/**
 * A square of a picture, black beyond it.
 * @param {Picture} picture
 * @param {readonly number[]} matrix two rows of three, from the square to the picture; it turns nothing
 * @param {number} side
 * @returns {Picture}
 */
export function upright(picture, matrix, side) {
  const { width, height, data: from } = picture;
  const data = new Uint8ClampedArray(4 * side * side).fill(255);
  const { row, stepX } = placesAlong(matrix, side);
  const columns = between(Int32Array.from(stepX, (step) => (row(0).x + step) >> 5), width);
  const rows = between(Int32Array.from(stepX, (_, y) => row(y).y >> 5), height);
  for (let y = 0, to = 0; y < side; y++) {
    const upper = 4 * width * rows.first[y];
    const lower = 4 * width * rows.second[y];
    const above = rows.firstShare[y];
    const below = rows.secondShare[y];
    for (let x = 0; x < side; x++, to += 4) {
      const left = 4 * columns.first[x];
      const right = 4 * columns.second[x];
      const p = upper + left;
      const q = upper + right;
      const r = lower + left;
      const s = lower + right;
      const before = columns.firstShare[x];
      const after = columns.secondShare[x];
      mix(data, to, from, p, q, r, s, before * above, after * above, before * below, after * below);
    }
  }
  return { width: side, height: side, data };
}

/**
 * The two pixels of a line between which each place lies, and their shares of 32; none beyond the border.
 * @param {Int32Array} places in 1/32 pixels
 * @param {number} size
 */
function between(places, size) {
  const [first, second, firstShare, secondShare] = Array.from({ length: 4 }, () => new Int32Array(places.length));
  places.forEach((place, i) => {
    const at = place >> 5;
    first[i] = clamp(at, 0, size - 1);
    second[i] = clamp(at + 1, 0, size - 1);
    firstShare[i] = at === first[i] ? 32 - (place & 31) : 0;
    secondShare[i] = at + 1 === second[i] ? place & 31 : 0;
  });
  return { first, second, firstShare, secondShare };
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
  const targets = [
    [0, side],
    [0, 0],
    [side, 0],
    [side, side],
  ];
  const [a, b, c, d, e, f, g, h] = perspective(targets, boxPoints(region));
  const { width, height, data: from } = picture;
  const data = new Uint8ClampedArray(4 * side * side).fill(255);
  for (let y = 0, to = 0; y < side; y++) {
    for (let x = 0; x < side; x++, to += 4) {
      const w = FRACTIONS / (g * x + h * y + 1);
      const placeX = roundEven((a * x + b * y + c) * w);
      const placeY = roundEven((d * x + e * y + f) * w);
      const left = placeX >> 5;
      const top = placeY >> 5;
      let after = placeX & 31;
      let below = placeY & 31;
      let before = 32 - after;
      let above = 32 - below;
      let p = 4 * (top * width + left);
      let toRight = 4;
      let toNext = 4 * width;
      if (left < 0 || top < 0 || left + 1 >= width || top + 1 >= height) {
        if (!repeats) {
          if (left < 0 || left >= width) before = 0;
          if (left < -1 || left + 1 >= width) after = 0;
          if (top < 0 || top >= height) above = 0;
          if (top < -1 || top + 1 >= height) below = 0;
        }
        const column = clamp(left, 0, width - 1);
        const row = clamp(top, 0, height - 1);
        p = 4 * (row * width + column);
        toRight = 4 * (clamp(left + 1, 0, width - 1) - column);
        toNext = 4 * width * (clamp(top + 1, 0, height - 1) - row);
      }
      const q = p + toRight;
      const r = p + toNext;
      const s = r + toRight;
      mix(data, to, from, p, q, r, s, before * above, after * above, before * below, after * below);
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
