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
 * @param {Picture} picture
 * @param {number} block
 * @returns {Picture} each pixel the mean of block x block; what is left over at the right and the bottom is left out.
 */
export function shrink(picture, block) {
  const width = Math.floor(picture.width / block);
  const height = Math.floor(picture.height / block);
  const data = new Uint8ClampedArray(width * height * 4);
  const from = picture.data;
  const row = 4 * picture.width;
  if (block === 2) {
    for (let y = 0, to = 0; y < height; y++) {
      for (let x = 0, at = 2 * y * row; x < width; x++, at += 8, to += 4) {
        for (let c = 0; c < 3; c++) {
          data[to + c] = (from[at + c] + from[at + 4 + c] + from[at + row + c] + from[at + row + 4 + c] + 2) >> 2;
        }
        data[to + 3] = 255;
      }
    }
    return { width, height, data };
  }
  const scale = fround(1 / (block * block));
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 4) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let j = 0; j < block; j++) {
          const line = (block * y + j) * row + 4 * block * x + c;
          for (let i = 0; i < 4 * block; i += 4) sum += from[line + i];
        }
        data[to + c] = roundEven(fround(sum * scale));
      }
      data[to + 3] = 255;
    }
  }
  return { width, height, data };
}

/**
 * @param {Picture} picture
 * @param {number} left
 * @param {number} top
 * @param {number} right
 * @param {number} bottom
 * @returns {Picture} what lies within, and within the picture
 */
export function part(picture, left, top, right, bottom) {
  const [x, y] = [Math.min(left, picture.width), Math.min(top, picture.height)];
  const width = Math.max(Math.min(right, picture.width) - x, 0);
  const height = Math.max(Math.min(bottom, picture.height) - y, 0);
  const data = new Uint8ClampedArray(4 * width * height);
  for (let row = 0; row < height; row++) {
    const from = 4 * ((y + row) * picture.width + x);
    data.set(picture.data.subarray(from, from + 4 * width), 4 * row * width);
  }
  return { width, height, data };
}

/**
 * Where the pixels of a smaller line come from: pairs of a place and a weight for each.
 * @param {number} size
 * @param {number} smaller
 * @param {number} scale pixels to a pixel of the smaller line
 */
function areaShares(size, smaller, scale) {
  return Array.from({ length: smaller }, (_, index) => {
    const start = index * scale;
    const stop = start + scale;
    const cell = Math.min(scale, size - start);
    const last = Math.min(Math.floor(stop), size - 1);
    const first = Math.min(Math.ceil(start), last);
    const shares = /** @type {[number, number][]} */ ([]);
    if (first - start > 1e-3) shares.push([first - 1, fround((first - start) / cell)]);
    for (let at = first; at < last; at++) shares.push([at, fround(1 / cell)]);
    if (stop - last > 1e-3) shares.push([last, fround(Math.min(stop - last, 1, cell) / cell)]);
    return shares;
  });
}

/**
 * Smaller by any factor: the mean over the area of each pixel.
 * @param {Picture} picture
 * @param {number} width
 * @param {number} height
 * @param {number} scaleX pixels to a pixel of the result
 * @param {number} scaleY
 * @returns {Picture}
 */
export function resizeArea(picture, width, height, scaleX, scaleY) {
  if (scaleX === scaleY && Number.isInteger(scaleX)) return shrink(picture, scaleX);
  const columns = areaShares(picture.width, width, scaleX);
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  const line = new Float32Array(3 * width);
  const sum = new Float32Array(3 * width);
  areaShares(picture.height, height, scaleY).forEach((rows, y) => {
    rows.forEach(([row, weight], index) => {
      line.fill(0);
      columns.forEach((shares, x) => {
        for (const [column, share] of shares) {
          const from = 4 * (row * picture.width + column);
          for (let c = 0; c < 3; c++) line[3 * x + c] += fround(picture.data[from + c] * share);
        }
      });
      for (let i = 0; i < sum.length; i++) sum[i] = fround(weight * line[i]) + (index ? sum[i] : 0);
    });
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) data[4 * (y * width + x) + c] = roundEven(sum[3 * x + c]);
    }
  });
  return { width, height, data };
}

/**
 * Places and weights (of 2048) of a line that is read between its pixels.
 * @param {number} size
 * @param {number} wanted
 * @param {number} scale
 */
function linearShares(size, wanted, scale) {
  return Array.from({ length: wanted }, (_, index) => {
    let place = fround((index + 0.5) * scale - 0.5);
    let left = Math.floor(place);
    place = fround(place - left);
    if (left < 0) [left, place] = [0, 0];
    if (left >= size - 1) [left, place] = [size - 1, 0];
    const second = roundEven(place * 2048);
    return { left, right: Math.min(left + 1, size - 1), weights: [roundEven(fround(1 - place) * 2048), second] };
  });
}

/**
 * By the four nearest pixels.
 * @param {Picture} picture
 * @param {number} width
 * @param {number} height
 * @param {number} scaleX pixels to a pixel of the result
 * @param {number} scaleY
 * @returns {Picture}
 */
export function resizeLinear(picture, width, height, scaleX, scaleY) {
  const columns = linearShares(picture.width, width, scaleX);
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  const from = picture.data;
  linearShares(picture.height, height, scaleY).forEach((row, y) => {
    const [upper, lower] = [4 * row.left * picture.width, 4 * row.right * picture.width];
    columns.forEach(({ left, right, weights }, x) => {
      for (let c = 0; c < 3; c++) {
        const above = from[upper + 4 * left + c] * weights[0] + from[upper + 4 * right + c] * weights[1];
        const below = from[lower + 4 * left + c] * weights[0] + from[lower + 4 * right + c] * weights[1];
        const sum = ((row.weights[0] * (above >> 4)) >> 16) + ((row.weights[1] * (below >> 4)) >> 16);
        data[4 * (y * width + x) + c] = (sum + 2) >> 2;
      }
    });
  });
  return { width, height, data };
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
