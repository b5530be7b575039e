/** Pictures made smaller, and parts of them; bytes are rounded as OpenCV rounds them. */

import { roundEven } from "../numbers.js";

/** @typedef {import("./resample.js").Picture} Picture */

const fround = Math.fround;

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

/** @param {Picture} picture @returns {Picture} its mirror image */
export function mirror({ width, height, data }) {
  const from = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const to = new Uint32Array(from.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) to[y * width + x] = from[y * width + width - 1 - x];
  }
  return { width, height, data: new Uint8ClampedArray(to.buffer) };
}
