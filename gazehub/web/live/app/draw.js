/** Draw: new pixels where eyes were aimed at something else, and nowhere else; as `gazehub/draw.py`. */

import { DRAW, EYE_FRAME } from "./constants.js";
import { EyeFrame, eyeBox, frameToPatch, softMask } from "./eye_frame.js";
import { clamp, roundEven } from "./numbers.js";
import { warpFloats } from "./resample.js";
import { part } from "./resize.js";

/** @typedef {import("./resample.js").Picture} Picture */
/** @typedef {import("./aim.js").Aim} Aim */

const { PATCH_WIDTH, PATCH_HEIGHT, PATCH_SCALE } = EYE_FRAME;
const LAYERS = 3; // the ball, the skin, and lamps reflected in the eye
const WEIGHTS = 2 * LAYERS; // after the flows: those of the layers and of the fill
const FILL = WEIGHTS + LAYERS + 1;
const CHANNELS = FILL + 3;
const CUBIC_SLOPE = 0.75; // of OpenCV's cubic at a pixel, per difference of its neighbours
const CUBIC = Array.from({ length: 32 }, (_, index) => cubicWeights(index / 32));

/**
 * Redraws the aimed eyes.
 * @param {import("./networks.js").GazeNetworks} networks
 * @param {Picture} picture
 * @param {Aim} aim
 * @returns {Promise<Picture>} a copy
 */
export async function draw(networks, picture, aim) {
  const drawn = { width: picture.width, height: picture.height, data: picture.data.slice() };
  if (aim.eyes.length) {
    const seen = aim.eyes.map((eye) => eye.reading);
    const fields = aim.intoLens
      ? await networks.correct(seen)
      : await networks.animate(
          seen,
          aim.eyes.map((eye) => eye.angle),
        );
    aim.eyes.forEach((eye, index) => paste(drawn, eye.reading.eye.frame, fields[index], eye.amount));
  }
  return drawn;
}

/**
 * Applies the fields of one eye to the picture itself. Pixels outside the mask are not touched.
 * @param {Picture} picture
 * @param {EyeFrame} frame
 * @param {Float32Array} fields CHANNELS planes of PATCH_HEIGHT x PATCH_WIDTH
 * @param {number} amount
 */
export function paste(picture, frame, fields, amount) {
  const box = eyeBox(frame);
  const [left, top] = [Math.max(box.left, 0), Math.max(box.top, 0)];
  const [right, bottom] = [Math.min(box.right, picture.width), Math.min(box.bottom, picture.height)];
  if (left >= right || top >= bottom) return;
  const [width, height] = [right - left, bottom - top];
  const own = new EyeFrame([frame.center[0] - left, frame.center[1] - top], frame.matrix);
  const layers = fieldsAtPixels(fields, own, width, height);
  const margin = Math.ceil(DRAW.TEXTURE_REACH * frame.width) + 2;
  const [blockLeft, blockTop] = [Math.max(left - margin, 0), Math.max(top - margin, 0)];
  const block = part(picture, blockLeft, blockTop, right + margin, bottom + margin);
  const [startX, startY] = [left - blockLeft, top - blockTop];
  const [a, b, c, d] = frame.matrix.map(Math.fround);
  const inverse = frame.inverse;
  const color = new Float64Array(3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += CHANNELS) {
      const across = x - own.center[0];
      const down = y - own.center[1];
      const mask = amount * softMask(inverse[0] * across + inverse[1] * down, inverse[2] * across + inverse[3] * down);
      if (mask === 0) continue;
      const to = 4 * ((top + y) * picture.width + left + x);
      const fillWeight = 255 * layers[at + WEIGHTS + LAYERS];
      let red = layers[at + FILL] * fillWeight;
      let green = layers[at + FILL + 1] * fillWeight;
      let blue = layers[at + FILL + 2] * fillWeight;
      for (let layer = 0; layer < LAYERS; layer++) {
        const weight = layers[at + WEIGHTS + layer];
        if (weight <= DRAW.UNSEEN) continue;
        const flowX = layers[at + 2 * layer];
        const flowY = layers[at + 2 * layer + 1];
        readCubic(block, startX + x + a * flowX + b * flowY, startY + y + c * flowX + d * flowY, color);
        red += clamp(color[0], 0, 255) * weight;
        green += clamp(color[1], 0, 255) * weight;
        blue += clamp(color[2], 0, 255) * weight;
      }
      const { data } = picture;
      data[to] = roundEven(data[to] + mask * (red - data[to]));
      data[to + 1] = roundEven(data[to + 1] + mask * (green - data[to + 1]));
      data[to + 2] = roundEven(data[to + 2] + mask * (blue - data[to + 2]));
    }
  }
}

/**
 * The fields at the pixels of a region.
 * @param {Float32Array} fields
 * @param {EyeFrame} frame of the eye, as the region sees it
 * @param {number} width
 * @param {number} height
 */
function fieldsAtPixels(fields, frame, width, height) {
  const origin = frameToPatch(frame.toFrame([0, 0]));
  const across = frameToPatch(frame.toFrame([1, 0]));
  const down = frameToPatch(frame.toFrame([0, 1]));
  const rows = [0, 1].map((i) => [across[i] - origin[i], down[i] - origin[i], origin[i]]);
  const soft = soften(interleaved(fields), frame.width / PATCH_SCALE);
  return warpFloats(soft, PATCH_WIDTH, PATCH_HEIGHT, CHANNELS, rows.flat(), width, height);
}

/** Planes as rows of pixels. @param {Float32Array} fields */
function interleaved(fields) {
  const size = PATCH_WIDTH * PATCH_HEIGHT;
  const pixels = new Float32Array(fields.length);
  for (let c = 0; c < CHANNELS; c++) for (let i = 0; i < size; i++) pixels[CHANNELS * i + c] = fields[c * size + i];
  return pixels;
}

/**
 * Blurs fields before they are read at fewer pixels than they have.
 * @param {Float32Array} pixels
 * @param {number} scale pixels of the picture to a pixel of the patch
 */
function soften(pixels, scale) {
  const sigma = 0.5 * Math.sqrt(Math.max(1, 1 / scale) ** 2 - 1);
  const radius = Math.ceil(2 * sigma);
  if (radius === 0) return pixels;
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)));
  const sum = kernel.reduce((total, weight) => total + weight);
  const weights = Float32Array.from(kernel, (weight) => weight / sum);
  const rows = blurred(pixels, weights, radius, PATCH_WIDTH, PATCH_HEIGHT, CHANNELS, CHANNELS * PATCH_WIDTH);
  return blurred(rows, weights, radius, PATCH_HEIGHT, PATCH_WIDTH, CHANNELS * PATCH_WIDTH, CHANNELS);
}

/**
 * @param {Float32Array} pixels
 * @param {Float32Array} weights
 * @param {number} radius
 * @param {number} length of a line
 * @param {number} lines
 * @param {number} step from pixel to pixel of a line
 * @param {number} stride from line to line
 */
function blurred(pixels, weights, radius, length, lines, step, stride) {
  const result = new Float32Array(pixels.length);
  for (let line = 0; line < lines; line++) {
    for (let at = 0; at < length; at++) {
      const to = line * stride + at * step;
      for (let k = -radius; k <= radius; k++) {
        const from = line * stride + clamp(at + k, 0, length - 1) * step;
        const weight = weights[k + radius];
        for (let c = 0; c < CHANNELS; c++) result[to + c] += weight * pixels[from + c];
      }
    }
  }
  return result;
}

/** OpenCV's cubic. @param {number} x */
function cubicWeights(x) {
  const a = -0.75;
  const first = ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a;
  const second = ((a + 2) * x - (a + 3)) * x * x + 1;
  const third = ((a + 2) * (1 - x) - (a + 3)) * (1 - x) * (1 - x) + 1;
  return [first, second, third, 1 - first - second - third];
}

/**
 * A picture at a point, bicubic; past the border the edge repeats. Points are rounded to 1/32 of a pixel, as OpenCV
 * does, and the slope makes up for what was cut off.
 * @param {Picture} picture
 * @param {number} x
 * @param {number} y
 * @param {Float64Array} color RGB, is written
 */
function readCubic({ width, height, data }, x, y, color) {
  const placeX = roundEven(x * 32);
  const placeY = roundEven(y * 32);
  const left = placeX >> 5;
  const top = placeY >> 5;
  const across = placeX & 31;
  const down = placeY & 31;
  const weightsX = CUBIC[across];
  const weightsY = CUBIC[down];
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let j = 0; j < 4; j++) {
    const line = 4 * width * clamp(top - 1 + j, 0, height - 1);
    for (let i = 0; i < 4; i++) {
      const from = line + 4 * clamp(left - 1 + i, 0, width - 1);
      const weight = weightsY[j] * weightsX[i];
      red += weight * data[from];
      green += weight * data[from + 1];
      blue += weight * data[from + 2];
    }
  }
  const restX = (CUBIC_SLOPE / 1024) * (x - placeX / 32);
  const restY = (CUBIC_SLOPE / 1024) * (y - placeY / 32);
  for (let j = 0; j < 2; j++) {
    const row = clamp(top + j, 0, height - 1);
    const line = 4 * width * row;
    const above = 4 * width * Math.max(row - 1, 0);
    const below = 4 * width * Math.min(row + 1, height - 1);
    for (let i = 0; i < 2; i++) {
      const column = clamp(left + i, 0, width - 1);
      const weight = (j ? down : 32 - down) * (i ? across : 32 - across);
      const before = line + 4 * Math.max(column - 1, 0);
      const after = line + 4 * Math.min(column + 1, width - 1);
      const [up, low] = [above + 4 * column, below + 4 * column];
      const [shareX, shareY] = [weight * restX, weight * restY];
      red += shareX * (data[after] - data[before]) + shareY * (data[low] - data[up]);
      green += shareX * (data[after + 1] - data[before + 1]) + shareY * (data[low + 1] - data[up + 1]);
      blue += shareX * (data[after + 2] - data[before + 2]) + shareY * (data[low + 2] - data[up + 2]);
    }
  }
  color[0] = red;
  color[1] = green;
  color[2] = blue;
}
