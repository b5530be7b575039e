/** What the drawing network says about one eye, plane by plane, read at the pixels of a picture. */

import { EYE_FRAME } from "./constants.js";
import { frameToPatch } from "./eye_frame.js";
import { clamp } from "./numbers.js";

const { PATCH_WIDTH, PATCH_HEIGHT, PATCH_SCALE } = EYE_FRAME;
const { MASK_HALF_WIDTH, MASK_HALF_HEIGHT, MASK_CENTER_Y } = EYE_FRAME;
const SIZE = PATCH_WIDTH * PATCH_HEIGHT;

export const LAYERS = 3; // the ball, the skin, and lamps reflected in the eye
export const WEIGHTS = 2 * LAYERS; // after the flows: those of the layers and of the fill
export const FILL = WEIGHTS + LAYERS + 1;
const PLANES = FILL + 3;
const LAMPS = 2; // this layer moves as one, so its planes are even

/** The part of a patch that is read: what the erased region can reach, and a pixel to interpolate with. */
const [LEFT, TOP] = frameToPatch([-MASK_HALF_WIDTH, MASK_CENTER_Y - MASK_HALF_HEIGHT]).map(Math.floor);
const [RIGHT, BOTTOM] = frameToPatch([MASK_HALF_WIDTH, MASK_CENTER_Y + MASK_HALF_HEIGHT]).map((at) => Math.ceil(at) + 1);

const MARGIN = 12; // as far as the fields of the smallest eyes are blurred
const WIDE = PATCH_WIDTH + 2 * MARGIN;
const [wide, rows] = [0, 1].map(() => new Float32Array(WIDE * (PATCH_HEIGHT + 2 * MARGIN))); // to work in

export class Fields {
  /**
   * @param {Float32Array} planes of PATCH_HEIGHT x PATCH_WIDTH: flows of the layers, weights, colours of the fill
   * @param {import("./eye_frame.js").EyeFrame} frame of the eye; a small one reads blurred fields
   */
  constructor(planes, frame) {
    this.planes = softened(planes, frame.width / PATCH_SCALE);
    this.at = 0; // the upper left of the four numbers that are read between
    this.shares = new Float64Array(4);
  }

  /** Goes to a place inside the erased region. @param {number} x in 1/32 of the patch's pixels @param {number} y */
  goTo(x, y) {
    const [across, down] = [(x & 31) / 32, (y & 31) / 32];
    this.at = (y >> 5) * PATCH_WIDTH + (x >> 5);
    this.shares[0] = (1 - across) * (1 - down);
    this.shares[1] = across * (1 - down);
    this.shares[2] = (1 - across) * down;
    this.shares[3] = across * down;
  }

  /** @param {number} plane */
  read(plane) {
    const { planes, shares } = this;
    const at = plane * SIZE + this.at;
    return (
      planes[at] * shares[0] +
      planes[at + 1] * shares[1] +
      planes[at + PATCH_WIDTH] * shares[2] +
      planes[at + PATCH_WIDTH + 1] * shares[3]
    );
  }
}

/**
 * Blurs fields before they are read at fewer pixels than they have.
 * @param {Float32Array} planes
 * @param {number} scale pixels of the picture to a pixel of the patch
 */
function softened(planes, scale) {
  const sigma = 0.5 * Math.sqrt(Math.max(1, 1 / scale) ** 2 - 1);
  const radius = Math.ceil(2 * sigma);
  if (radius === 0) return planes;
  const half = Array.from({ length: radius + 1 }, (_, k) => Math.exp(-(k ** 2) / (2 * sigma ** 2)));
  const sum = 2 * half.reduce((total, weight) => total + weight) - half[0];
  const weights = half.map((weight) => Math.fround(weight / sum));
  const soft = new Float32Array(planes.length);
  for (let plane = 0; plane < PLANES; plane++) {
    const from = planes.subarray(plane * SIZE, (plane + 1) * SIZE);
    const to = soft.subarray(plane * SIZE, (plane + 1) * SIZE);
    if (plane >> 1 === LAMPS) to.fill(from[0]);
    else blur(from, to, weights);
  }
  return soft;
}

/**
 * The part of one plane that is read.
 * @param {Float32Array} from
 * @param {Float32Array} to
 * @param {number[]} weights from the middle outwards
 */
function blur(from, to, weights) {
  const radius = Math.max(2, weights.length - 1);
  for (let y = TOP - radius, at = 0; y <= BOTTOM + radius; y++, at += WIDE) {
    const start = PATCH_WIDTH * clamp(y, 0, PATCH_HEIGHT - 1); // past the border the edge repeats
    wide.set(from.subarray(start, start + PATCH_WIDTH), at + MARGIN);
    wide.fill(from[start], at, at + MARGIN);
    wide.fill(from[start + PATCH_WIDTH - 1], at + MARGIN + PATCH_WIDTH, at + WIDE);
    addNeighbours(rows, at + MARGIN + LEFT, wide, at + MARGIN + LEFT, 1, weights);
  }
  for (let y = TOP, at = radius * WIDE + MARGIN + LEFT; y <= BOTTOM; y++, at += WIDE) {
    addNeighbours(to, y * PATCH_WIDTH + LEFT, rows, at, WIDE, weights);
  }
}

/**
 * One line of what is read, each number with its neighbours before and after it.
 * @param {Float32Array} to
 * @param {number} start
 * @param {Float32Array} from
 * @param {number} first
 * @param {number} step from one neighbour to the next
 * @param {number[]} weights from the middle outwards
 */
function addNeighbours(to, start, from, first, step, weights) {
  const a = weights[0];
  const b = weights[1];
  const c = weights.length > 2 ? weights[2] : 0;
  const two = 2 * step;
  const stop = first + RIGHT - LEFT;
  for (let at = first, i = start; at <= stop; at++, i++) {
    to[i] = a * from[at] + b * (from[at - step] + from[at + step]) + c * (from[at - two] + from[at + two]);
  }
  for (let k = 3; k < weights.length; k++) {
    const [weight, away] = [weights[k], k * step];
    for (let i = 0, at = first; i <= RIGHT - LEFT; i++, at++) {
      to[start + i] += weight * (from[at - away] + from[at + away]);
    }
  }
}
