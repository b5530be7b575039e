/** How a head moves from frame to frame, to a hundredth of a pixel, as `gazehub/stream/head.py`. */

import { STREAM_HEAD } from "../constants.js";
import { EyeFrame } from "../eye_frame.js";
import { clamp, mean, solve } from "../numbers.js";
import { warpFloats } from "../pixels/resample.js";

/** @typedef {import("../numbers.js").Point} Point */
/** @typedef {import("../faces/face.js").Face} Face */
/** @typedef {import("../pixels/resample.js").Picture} Picture */
/** @typedef {{frame: EyeFrame, landmarks: EyeFrame, picture: Float32Array}} Head  landmarks: by these alone */

const { SCALE, WIDTH, HEIGHT, LEFT, TOP, EYE_CENTER, EYE_REACH, ITERATIONS, LEAST_LIKENESS, FARTHEST } = STREAM_HEAD;
const BLUR_RADIUS = 3;
const BLUR = gaussian(BLUR_RADIUS, 0.8);
const NEARBY = Array.from(BLUR, (_, i) => i - BLUR_RADIUS);
const BOX_RADIUS = 5;
const SETTLED = 5e-4; // eye widths; a round that moves less is the last

// To work in.
const [smooth, wide, across] = [0, 1, 2].map(() => new Float64Array(WIDTH * HEIGHT));
const [line, sums] = [new Float64Array(WIDTH + 2 * BLUR_RADIUS), new Float64Array(WIDTH)];

/** The pixels that count, and where they lie: neither the eyes themselves nor the border. */
const SKIN = Int32Array.from({ length: WIDTH * HEIGHT }, (_, index) => index).filter((index) => {
  const [column, row] = [index % WIDTH, Math.floor(index / WIDTH)];
  const inner = Math.abs(row - (HEIGHT - 1) / 2) < HEIGHT / 2 - 4 && Math.abs(column - (WIDTH - 1) / 2) < WIDTH / 2 - 4;
  const across = (Math.abs(LEFT + column / SCALE) - EYE_CENTER[0]) / EYE_REACH[0];
  return inner && across ** 2 + ((TOP + row / SCALE - EYE_CENTER[1]) / EYE_REACH[1]) ** 2 > 1;
});

/**
 * Between the eyes, +x to the picture's right, the unit about an eye width.
 * @param {Face} face
 */
export function landmarkFrame({ eyes }) {
  const [left, right] = eyes.map((eye) => [eye.opening[0], eye.opening[8]]);
  const [x, y] = [0, 1].map((i) => (right[0][i] - left[0][i]) / 3); // from outer to outer corner are three eye widths
  return new EyeFrame(mean([...left, ...right]), [x, -y, y, x]);
}

/** @param {Picture} pixels @param {Face} face @returns {Head} */
export function firstHead(pixels, face) {
  const frame = landmarkFrame(face);
  return { frame, landmarks: frame, picture: cutPicture(grayAround(pixels, frame), frame) };
}

/**
 * The head in the next frame, where it has this face.
 * @param {Head} head
 * @param {Picture} pixels
 * @param {Face} face
 * @returns {Head}
 */
export function followHead(head, pixels, face) {
  const landmarks = landmarkFrame(face);
  const guess = compose(landmarks, compose(inverse(head.landmarks), head.frame));
  return { landmarks, ...laidOver(head.picture, grayAround(pixels, guess), guess) };
}

/** @typedef {{pixels: Float32Array, width: number, height: number, block: number, left: number, top: number}} Gray */

/**
 * The part of a picture around a head, in gray, at about the size of a head's picture or larger.
 * @param {Picture} picture
 * @param {EyeFrame} frame
 * @returns {Gray}
 */
function grayAround(picture, frame) {
  const corners = [-2.6, 2.6].flatMap((x) => [-1.8, 2.4].map((y) => frame.toPicture([x, y])));
  const range = (/** @type {0 | 1} */ axis, /** @type {number} */ size) => {
    const values = corners.map((corner) => corner[axis]);
    const low = clamp(Math.floor(Math.min(...values)), 0, size - 1);
    return [low, clamp(Math.ceil(Math.max(...values)) + 1, low + 1, size)];
  };
  const [[left, right], [top, bottom]] = [range(0, picture.width), range(1, picture.height)];
  const block = Math.max(1, Math.min(Math.floor(frame.width / SCALE), right - left, bottom - top));
  const [width, height] = [Math.floor((right - left) / block), Math.floor((bottom - top) / block)];
  const pixels = new Float32Array(width * height);
  const { data } = picture;
  for (let y = 0; y < height * block; y++) {
    let from = 4 * ((top + y) * picture.width + left);
    const line = Math.floor(y / block) * width;
    for (let to = line; to < line + width; to++) {
      let sum = 0;
      for (const stop = from + 4 * block; from < stop; from += 4) {
        sum += (data[from] * 9798 + data[from + 1] * 19235 + data[from + 2] * 3735 + 16384) >> 15;
      }
      pixels[to] += sum;
    }
  }
  if (block > 1) for (let i = 0; i < pixels.length; i++) pixels[i] = Math.round(pixels[i] / (block * block));
  return { pixels, width, height, block, left, top };
}

/**
 * As a head's frame sees it. Only what is smaller than a third of an eye is kept: light changes, features stay.
 * @param {Gray} gray
 * @param {EyeFrame} frame
 */
function cutPicture(gray, frame) {
  const origin = frame.toPicture([LEFT, TOP]);
  const [a, b, c, d] = frame.matrix.map((value) => value / SCALE / gray.block);
  const x = (origin[0] - gray.left + 0.5) / gray.block - 0.5;
  const y = (origin[1] - gray.top + 0.5) / gray.block - 0.5;
  const cut = warpFloats(gray.pixels, gray.width, gray.height, 1, [a, b, x, c, d, y], WIDTH, HEIGHT);
  filter(cut, BLUR, smooth);
  boxBlur(smooth, wide);
  for (let i = 0; i < cut.length; i++) cut[i] = smooth[i] - wide[i];
  return cut;
}

/**
 * The frame near a guess in which the head looks as before: Gauss-Newton over size, turn and shift.
 * @param {Float32Array} before
 * @param {Gray} gray
 * @param {EyeFrame} guess
 * @returns {{frame: EyeFrame, picture: Float32Array}}
 */
function laidOver(before, gray, guess) {
  const slopes = slopesOf(before);
  let frame = guess;
  for (let round = 0; round < ITERATIONS; round++) {
    const picture = cutPicture(gray, frame);
    const { matrix, right } = equations(slopes, picture, before);
    const [size, turn, x, y] = solve(matrix, right);
    frame = compose(frame, inverse(new EyeFrame([x, y], [1 + size, -turn, turn, 1 + size])));
    if (Math.max(...[size, turn, x, y].map(Math.abs)) < SETTLED) break;
  }
  const change = compose(inverse(guess), frame);
  const shift = inverse(guess).toPicture(frame.center);
  const turned = change.matrix.map((value, index) => Math.abs(value - (index % 3 === 0 ? 1 : 0)));
  const moved = Math.max(...shift.map(Math.abs)) + Math.max(...turned);
  const picture = cutPicture(gray, frame);
  if (moved < FARTHEST && likeness(picture, before) > LEAST_LIKENESS) return { frame, picture };
  return { frame: guess, picture: cutPicture(gray, guess) };
}

/**
 * The normal equations for size, turn and shift, in sums of one number each: this loop is the longest of a frame.
 * @param {Float64Array} slopes
 * @param {Float32Array} picture
 * @param {Float32Array} before
 */
function equations(slopes, picture, before) {
  let total = 0;
  for (let i = 0; i < SKIN.length; i++) total += Math.abs(picture[SKIN[i]] - before[SKIN[i]]);
  const usual = (2 * total) / SKIN.length + 1e-3;
  let [aa, bb, cc, dd] = [1e-3, 1e-3, 1e-3, 1e-3];
  let [ab, ac, ad, bc, bd, cd] = [0, 0, 0, 0, 0, 0];
  let [ae, be, ce, de] = [0, 0, 0, 0];
  for (let i = 0, at = 0; i < SKIN.length; i++, at += 4) {
    const error = picture[SKIN[i]] - before[SKIN[i]];
    const share = error / usual;
    const weight = 1 / (1 + share * share); // brows and lips move on their own
    const [a, b, c, d] = [slopes[at], slopes[at + 1], slopes[at + 2], slopes[at + 3]];
    const [wa, wb, wc, wd] = [weight * a, weight * b, weight * c, weight * d];
    aa += wa * a;
    ab += wa * b;
    ac += wa * c;
    ad += wa * d;
    bb += wb * b;
    bc += wb * c;
    bd += wb * d;
    cc += wc * c;
    cd += wc * d;
    dd += wd * d;
    ae += wa * error;
    be += wb * error;
    ce += wc * error;
    de += wd * error;
  }
  const matrix = [
    [aa, ab, ac, ad],
    [ab, bb, bc, bd],
    [ac, bc, cc, cd],
    [ad, bd, cd, dd],
  ];
  return { matrix, right: [ae, be, ce, de] };
}

/**
 * How each pixel of the skin changes with size, turn and shift.
 * @param {Float32Array} picture
 */
function slopesOf(picture) {
  const slopes = new Float64Array(4 * SKIN.length);
  const scale = SCALE / 8;
  for (let i = 0, to = 0; i < SKIN.length; i++, to += 4) {
    const at = SKIN[i];
    const x = LEFT + (at % WIDTH) / SCALE;
    const y = TOP + Math.floor(at / WIDTH) / SCALE;
    const diagonal = picture[at + 1 + WIDTH] - picture[at - 1 - WIDTH];
    const other = picture[at + 1 - WIDTH] - picture[at - 1 + WIDTH];
    const across = scale * (diagonal + other + 2 * (picture[at + 1] - picture[at - 1]));
    const down = scale * (diagonal - other + 2 * (picture[at + WIDTH] - picture[at - WIDTH]));
    slopes[to] = across * x + down * y;
    slopes[to + 1] = down * x - across * y;
    slopes[to + 2] = across;
    slopes[to + 3] = down;
  }
  return slopes;
}

/** Correlation over the skin. @param {Float32Array} one @param {Float32Array} other */
function likeness(one, other) {
  let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0];
  for (const index of SKIN) {
    const [x, y] = [one[index], other[index]];
    a += x;
    b += y;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  const n = SKIN.length;
  return (ab - (a * b) / n) / Math.sqrt((aa - (a * a) / n) * (bb - (b * b) / n));
}

/** @param {EyeFrame} outer @param {EyeFrame} inner */
export function compose(outer, inner) {
  const [a, b, c, d] = outer.matrix;
  const [p, q, r, s] = inner.matrix;
  return new EyeFrame(outer.toPicture(inner.center), [a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s]);
}

/** @param {EyeFrame} frame */
export function inverse(frame) {
  const [a, b, c, d] = frame.inverse;
  const [x, y] = frame.center;
  return new EyeFrame([-a * x - b * y, -c * x - d * y], [a, b, c, d]);
}

/** @param {number} radius @param {number} sigma */
function gaussian(radius, sigma) {
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)));
  const sum = weights.reduce((total, weight) => total + weight);
  return weights.map((weight) => weight / sum);
}

/** A place counted past a border, as far before it; the border itself is not repeated. @param {number} at @param {number} size */
const mirrored = (at, size) => (at < 0 ? -at : at >= size ? 2 * size - 2 - at : at);

/**
 * By seven weights across and down, symmetric.
 * @param {Float32Array} picture
 * @param {number[]} weights
 * @param {Float64Array} result
 */
function filter(picture, [d, c, b, a], result) {
  for (let y = 0; y < HEIGHT; y++) {
    const start = y * WIDTH;
    for (let i = -BLUR_RADIUS; i < WIDTH + BLUR_RADIUS; i++) line[BLUR_RADIUS + i] = picture[start + mirrored(i, WIDTH)];
    for (let x = 0, at = BLUR_RADIUS; x < WIDTH; x++, at++) {
      across[start + x] =
        a * line[at] +
        b * (line[at - 1] + line[at + 1]) +
        c * (line[at - 2] + line[at + 2]) +
        d * (line[at - 3] + line[at + 3]);
    }
  }
  for (let y = 0; y < HEIGHT; y++) {
    const [p, q, r, s, t, u, v] = NEARBY.map((away) => WIDTH * mirrored(y + away, HEIGHT));
    for (let x = 0, to = y * WIDTH; x < WIDTH; x++, to++) {
      result[to] =
        a * across[s + x] +
        b * (across[r + x] + across[t + x]) +
        c * (across[q + x] + across[u + x]) +
        d * (across[p + x] + across[v + x]);
    }
  }
}

/** The mean of 11 x 11, by running sums. @param {Float64Array} picture @param {Float64Array} mean */
function boxBlur(picture, mean) {
  for (let y = 0; y < HEIGHT; y++) {
    const start = y * WIDTH;
    let sum = 0;
    for (let i = -BOX_RADIUS; i < BOX_RADIUS; i++) sum += picture[start + mirrored(i, WIDTH)];
    for (let x = 0; x < WIDTH; x++) {
      sum += picture[start + mirrored(x + BOX_RADIUS, WIDTH)];
      across[start + x] = sum;
      sum -= picture[start + mirrored(x - BOX_RADIUS, WIDTH)];
    }
  }
  const area = (2 * BOX_RADIUS + 1) ** 2;
  sums.fill(0);
  for (let i = -BOX_RADIUS; i < BOX_RADIUS; i++) addRow(WIDTH * mirrored(i, HEIGHT), 1);
  for (let y = 0; y < HEIGHT; y++) {
    addRow(WIDTH * mirrored(y + BOX_RADIUS, HEIGHT), 1);
    for (let x = 0, to = y * WIDTH; x < WIDTH; x++, to++) mean[to] = sums[x] / area;
    addRow(WIDTH * mirrored(y - BOX_RADIUS, HEIGHT), -1);
  }
}

/** @param {number} start @param {number} sign */
function addRow(start, sign) {
  for (let x = 0; x < WIDTH; x++) sums[x] += sign * across[start + x];
}
