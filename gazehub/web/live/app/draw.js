/** Draw: new pixels where eyes were aimed at something else, and nowhere else; as `gazehub/draw.py`. */

import { DRAW } from "./constants.js";
import { readCubic } from "./pixels/cubic.js";
import { EyeFrame, eyeBox, frameToPatch, softMask } from "./eye_frame.js";
import { Fields, FILL, LAYERS, WEIGHTS } from "./fields.js";
import { clamp, roundEven } from "./numbers.js";
import { placesAlong } from "./pixels/resample.js";
import { part } from "./pixels/resize.js";

/** @typedef {import("./pixels/resample.js").Picture} Picture */
/** @typedef {import("./aim.js").Aim} Aim */

/** @typedef {import("./networks.js").Inpainting & {frame: EyeFrame, amount: number}} Sketch  of an eye in a picture */

/**
 * Redraws the aimed eyes.
 * @param {import("./networks.js").GazeNetworks} networks
 * @param {Picture} picture
 * @param {Aim} aim
 * @returns {Promise<Picture>} a copy
 */
export const draw = async (networks, picture, aim) => finish(networks, picture, await sketch(networks, aim));

/**
 * The first half of the drawing, which needs no picture.
 * @param {import("./networks.js").GazeNetworks} networks
 * @param {Aim} aim
 * @returns {Promise<Sketch[]>}
 */
export async function sketch(networks, { eyes, intoLens }) {
  if (!eyes.length) return [];
  const seen = eyes.map((eye) => eye.reading);
  const angles = eyes.map((eye) => eye.angle);
  const inpaintings = await (intoLens ? networks.correct(seen) : networks.animate(seen, angles));
  return inpaintings.map((each, i) => ({ ...each, frame: seen[i].eye.frame, amount: eyes[i].amount }));
}

/**
 * The second half.
 * @param {import("./networks.js").GazeNetworks} networks
 * @param {Picture} picture
 * @param {readonly Sketch[]} sketches
 * @returns {Promise<Picture>} a copy
 */
export async function finish(networks, picture, sketches) {
  const drawn = { width: picture.width, height: picture.height, data: picture.data.slice() };
  if (!sketches.length) return drawn;
  const fields = await networks.refine(sketches);
  sketches.forEach(({ frame, amount }, index) => paste(drawn, frame, fields[index], amount));
  return drawn;
}

/**
 * Applies the fields of one eye to the picture itself. Pixels outside the mask are not touched.
 * @param {Picture} picture
 * @param {EyeFrame} frame
 * @param {Float32Array} planes as `Fields` takes them
 * @param {number} amount
 */
export function paste(picture, frame, planes, amount) {
  const box = eyeBox(frame);
  const [left, top] = [Math.max(box.left, 0), Math.max(box.top, 0)];
  const [right, bottom] = [Math.min(box.right, picture.width), Math.min(box.bottom, picture.height)];
  if (left >= right || top >= bottom) return;
  const [width, height] = [right - left, bottom - top];
  const own = new EyeFrame([frame.center[0] - left, frame.center[1] - top], frame.matrix);
  const fields = new Fields(planes, frame);
  const places = placesAlong(patchMatrix(own), width);
  const margin = Math.ceil(DRAW.TEXTURE_REACH * frame.width) + 2;
  const [blockLeft, blockTop] = [Math.max(left - margin, 0), Math.max(top - margin, 0)];
  const block = part(picture, blockLeft, blockTop, right + margin, bottom + margin);
  const [startX, startY] = [left - blockLeft, top - blockTop];
  const [a, b, c, d] = frame.matrix.map(Math.fround);
  const inverse = frame.inverse;
  const color = new Float64Array(3);
  const { data } = picture;
  for (let y = 0; y < height; y++) {
    const row = places.row(y);
    for (let x = 0; x < width; x++) {
      const across = x - own.center[0];
      const down = y - own.center[1];
      const mask = amount * softMask(inverse[0] * across + inverse[1] * down, inverse[2] * across + inverse[3] * down);
      if (mask === 0) continue;
      fields.goTo((row.x + places.stepX[x]) >> 5, (row.y + places.stepY[x]) >> 5);
      const fillWeight = 255 * fields.read(WEIGHTS + LAYERS);
      let red = fields.read(FILL) * fillWeight;
      let green = fields.read(FILL + 1) * fillWeight;
      let blue = fields.read(FILL + 2) * fillWeight;
      for (let layer = 0; layer < LAYERS; layer++) {
        const weight = fields.read(WEIGHTS + layer);
        if (weight <= DRAW.UNSEEN) continue;
        const flowX = fields.read(2 * layer);
        const flowY = fields.read(2 * layer + 1);
        readCubic(block, startX + x + a * flowX + b * flowY, startY + y + c * flowX + d * flowY, color);
        red += clamp(color[0], 0, 255) * weight;
        green += clamp(color[1], 0, 255) * weight;
        blue += clamp(color[2], 0, 255) * weight;
      }
      const to = 4 * ((top + y) * picture.width + left + x);
      data[to] = roundEven(data[to] + mask * (red - data[to]));
      data[to + 1] = roundEven(data[to + 1] + mask * (green - data[to + 1]));
      data[to + 2] = roundEven(data[to + 2] + mask * (blue - data[to + 2]));
    }
  }
}

/** From a region to the patch of an eye, two rows of three. @param {EyeFrame} frame as the region sees it */
function patchMatrix(frame) {
  const origin = frameToPatch(frame.toFrame([0, 0]));
  const across = frameToPatch(frame.toFrame([1, 0]));
  const down = frameToPatch(frame.toFrame([0, 1]));
  return [0, 1].flatMap((i) => [across[i] - origin[i], down[i] - origin[i], origin[i]]);
}
