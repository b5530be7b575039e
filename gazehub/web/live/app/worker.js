/** Works on pictures apart from the page, so that the page never waits. Messages are described in `eye_contact.js`. */

import { eyeBox } from "./eye_frame.js";
import { light } from "./light.js";
import { networkOpener } from "./loading.js";
import { Pipeline } from "./pipeline.js";
import { part } from "./resize.js";
import { GazeStream } from "./stream/stream.js";

/** @typedef {import("./resample.js").Picture} Picture */

const scope = /** @type {Pick<Worker, "postMessage" | "addEventListener">} */ (/** @type {unknown} */ (globalThis));
const canvas = new OffscreenCanvas(1, 1);
const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
  canvas.getContext("2d", { willReadFrequently: true, alpha: false })
);

/** @type {Promise<import("./networks.js").Open> | undefined} */
let opening;
/** @type {{picture: Picture, reading: import("./read.js").Reading} | undefined} */
let photo;
/** @type {GazeStream | undefined} */
let stream;

const jobs = {
  /** Fetches what is needed for the first picture. @param {{threads?: number, names: string[]}} job */
  async load({ threads, names }) {
    opening ??= networkOpener({ threads, progress: (bytes) => scope.postMessage({ progress: bytes }) });
    const open = await opening;
    await Promise.all(names.map(open));
  },

  /** @param {{picture: Picture}} job */
  async photo({ picture }) {
    const reading = await new Pipeline(await opened()).encode(picture);
    photo = { picture, reading };
    return reading.map(({ face, skipped }) => ({ box: face.box, skipped }));
  },

  /** @param {{strength: number, turn: [number, number]}} job */
  async draw({ strength, turn }) {
    if (!photo) throw new Error("Choose a photo first.");
    const pipeline = new Pipeline(await opened());
    const { picture, reading } = photo;
    const [yaw, pitch] = turn;
    const drawn =
      yaw || pitch
        ? await pipeline.redirect(picture, reading, yaw, pitch, strength)
        : await pipeline.correct(picture, reading, strength);
    return reading.flatMap(({ eyes }) => eyes.flatMap(({ eye }) => eyePart(drawn, eye.frame)));
  },

  /** @param {{bitmap: ImageBitmap, seconds: number} & import("./eye_contact.js").Wishes} job */
  async frame({ bitmap, seconds, strength, lookAway, sideBySide }) {
    stream ??= new GazeStream(await opened(), strength);
    Object.assign(stream, { strength, lookAway });
    const began = performance.now();
    const frame = pixelsOf(bitmap);
    const { picture, faces } = await stream.next(frame, seconds);
    const images = sideBySide ? [frame, imageOf(picture)] : [imageOf(picture)];
    show(images);
    return {
      bitmap: canvas.transferToImageBitmap(),
      faces,
      light: light(frame),
      milliseconds: performance.now() - began,
    };
  },

  /** What comes next is another film. */
  async forget() {
    stream = undefined;
  },
};

function opened() {
  if (!opening) throw new Error("Call load first.");
  return opening;
}

/** @param {ImageBitmap} bitmap is closed @returns {ImageData} */
function pixelsOf(bitmap) {
  const { width, height } = bitmap;
  resize(width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}

/** Side by side. @param {ImageData[]} images of one size */
function show(images) {
  const [{ width, height }] = images;
  resize(images.length * width, height);
  images.forEach((image, index) => context.putImageData(image, index * width, 0));
}

/** @param {number} width @param {number} height */
function resize(width, height) {
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
}

/** The part of a picture in which an eye is drawn. @param {Picture} picture @param {import("./eye_frame.js").EyeFrame} frame */
function eyePart(picture, frame) {
  const { left, top, right, bottom } = eyeBox(frame);
  const [from, above] = [Math.max(left, 0), Math.max(top, 0)];
  const cut = part(picture, from, above, right, bottom);
  return cut.width && cut.height ? [{ left: from, top: above, image: imageOf(cut) }] : [];
}

/** @param {Picture} picture */
const imageOf = ({ width, height, data }) => new ImageData(new Uint8ClampedArray(data), width, height);

let last = Promise.resolve();
scope.addEventListener("message", ({ data }) => (last = last.then(() => answer(data)))); // a network does one at a time

/** @param {{id: number, kind: string} & Record<string, any>} message */
async function answer({ id, kind, ...job }) {
  try {
    const result = await jobs[/** @type {keyof typeof jobs} */ (kind)](/** @type {any} */ (job));
    const bitmap = result && "bitmap" in result ? [result.bitmap] : [];
    scope.postMessage({ id, result }, bitmap);
  } catch (error) {
    scope.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
}
