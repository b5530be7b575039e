/** A square part of a picture, resampled to one size, as `gazehub/faces/square.py`. */

import { FACES_SQUARE } from "../constants.js";
import { invertAffine, upright } from "../pixels/resample.js";
import { part, resizeArea, shrink } from "../pixels/resize.js";

/** @typedef {import("../numbers.js").Point} Point */
/** @typedef {import("./face.js").Mesh} Mesh */
/** @typedef {import("../pixels/resample.js").Picture} Picture */

const { SQUARE_SIDE, SMALLEST } = FACES_SQUARE;

export class Square {
  /**
   * @param {Picture} pixels
   * @param {Point} center in pixels of the picture
   * @param {number} scale pixels of the square to a pixel of the picture
   */
  constructor(pixels, center, scale) {
    this.pixels = pixels;
    this.center = center;
    this.scale = scale;
  }

  // MediaPipe's pixel coordinates count from a corner, those of a face from the centre of the first pixel.

  /** @param {Mesh} mesh */
  toPicture(mesh) {
    return mesh.map((value, index) =>
      index % 3 === 2 ? value / this.scale : (value - SQUARE_SIDE / 2) / this.scale + this.center[index % 3] - 0.5,
    );
  }

  /** @param {Mesh} mesh */
  fromPicture(mesh) {
    return mesh.map((value, index) =>
      index % 3 === 2 ? value * this.scale : (value + 0.5 - this.center[index % 3]) * this.scale + SQUARE_SIDE / 2,
    );
  }
}

/**
 * A square about twice as wide as a face.
 * @param {Picture} picture
 * @param {import("./face.js").Box} box of the face; may reach beyond the picture
 * @returns {Square | null} null if the face is too small, or lies outside
 */
export function squareAround(picture, box) {
  /** @type {Point} */
  const center = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  const side = 2 * Math.max(box[2] - box[0], box[3] - box[1]);
  if (side < SMALLEST) return null;
  const scale = SQUARE_SIDE / side;
  const reduction = Math.max(1, Math.trunc(1 / scale));
  const [left, top] = center.map((middle) => Math.max(Math.floor(middle - side / 2), 0));
  const [right, bottom] = center.map((middle) => Math.ceil(middle + side / 2));
  if (Math.min(right, picture.width) <= left || Math.min(bottom, picture.height) <= top) return null;
  if (reduction === 1) return new Square(cut(picture, center, scale, [1, 1]), center, scale);
  const { smaller, pixel } = shrunk(part(picture, left, top, right, bottom), reduction);
  return new Square(cut(smaller, [center[0] - left, center[1] - top], scale, pixel), center, scale);
}

/**
 * @param {Picture} picture
 * @param {Point} center of the square
 * @param {number} scale
 * @param {number[]} pixel how wide and high one of the picture's is, where it was made smaller
 */
function cut(picture, center, scale, pixel) {
  const matrix = [
    ...[scale * pixel[0], 0, SQUARE_SIDE / 2 - scale * center[0]],
    ...[0, scale * pixel[1], SQUARE_SIDE / 2 - scale * center[1]],
  ];
  return upright(picture, invertAffine(matrix), SQUARE_SIDE);
}

/**
 * Smaller; from 4 times on by halving, and up to twice as large as asked.
 * @param {Picture} picture
 * @param {number} reduction
 */
function shrunk(picture, reduction) {
  if (reduction < 4) {
    const width = Math.max(1, Math.floor(picture.width / reduction));
    const height = Math.max(1, Math.floor(picture.height / reduction));
    const pixel = [picture.width / width, picture.height / height];
    return { smaller: resizeArea(picture, width, height, pixel[0], pixel[1]), pixel };
  }
  let times = 1;
  while (reduction >= 2 * times && Math.min(picture.width, picture.height) >= 2) {
    picture = shrink(picture, 2);
    times *= 2;
  }
  return { smaller: picture, pixel: [times, times] };
}
