/** Works on pictures apart from the page, so that the page never waits. Messages are described in `eye_contact.js`. */

import { networkOpener } from "./loading.js";
import { Pipeline } from "./pipeline.js";
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

  /** @param {{bitmap: ImageBitmap}} job */
  async photo({ bitmap }) {
    const picture = pixelsOf(bitmap);
    const reading = await new Pipeline(await opened()).encode(picture);
    photo = { picture, reading };
    return reading.map(({ face, skipped }) => ({ box: face.box, skipped }));
  },

  /** Into the lens, or where yaw and pitch say. @param {{strength: number, turn?: [number, number]}} job */
  async draw({ strength, turn }) {
    if (!photo) throw new Error("Choose a photo first.");
    const pipeline = new Pipeline(await opened());
    const { picture, reading } = photo;
    const drawn = turn
      ? await pipeline.redirect(picture, reading, turn[0], turn[1])
      : await pipeline.correct(picture, reading, strength);
    return imageOf(drawn);
  },

  /** @param {{bitmap: ImageBitmap, seconds: number, strength: number, lookAway: number}} job */
  async frame({ bitmap, seconds, strength, lookAway }) {
    stream ??= new GazeStream(await opened());
    Object.assign(stream, { strength, lookAway });
    const began = performance.now();
    const { picture, faces } = await stream.next(pixelsOf(bitmap), seconds);
    context.putImageData(imageOf(picture), 0, 0);
    return { bitmap: canvas.transferToImageBitmap(), faces, milliseconds: performance.now() - began };
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
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}

/** @param {Picture} picture */
const imageOf = ({ width, height, data }) => new ImageData(new Uint8ClampedArray(data), width, height);

scope.addEventListener("message", async ({ data: { id, kind, ...job } }) => {
  try {
    const result = await jobs[/** @type {keyof typeof jobs} */ (kind)](job);
    const bitmap = result && "bitmap" in result ? [result.bitmap] : [];
    scope.postMessage({ id, result }, bitmap);
  } catch (error) {
    scope.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
