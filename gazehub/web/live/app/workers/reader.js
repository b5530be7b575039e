/** The worker that reads pictures and sketches eyes that look elsewhere. Messages are described in `eye_contact.js`. */

import * as aim from "../aim.js";
import { answerJobs, page } from "./answer.js";
import { sketch } from "../draw.js";
import { needOfCorrection } from "../limits.js";
import { light } from "../pixels/light.js";
import { networkOpener } from "./loading.js";
import { GazeNetworks } from "../networks.js";
import { packed } from "./order.js";
import { Pipeline } from "../pipeline.js";
import { GazeStream } from "../stream/stream.js";

/** @typedef {import("../pixels/resample.js").Picture} Picture */

const canvas = new OffscreenCanvas(1, 1);
const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
  canvas.getContext("2d", { willReadFrequently: true, alpha: false })
);

/** @type {import("../networks.js").Open} */
let open;
/** @type {MessagePort} */
let drawer;
/** @type {import("../read.js").Reading | undefined} */
let photo;
/** @type {GazeStream | undefined} */
let stream;

answerJobs(page, {
  /** Fetches what is needed for the first picture. @param {import("../eye_contact.js").Load} job */
  async load({ threads, runtime, names, port }) {
    open = await networkOpener({ threads, runtime, progress: (bytes) => page.postMessage({ progress: bytes }) });
    drawer = port;
    /** @param {{found: import("../stream/finish_frame.js").Found[]}} job */
    const learn = async ({ found }) => stream?.learn(found);
    answerJobs(drawer, { learn });
    drawer.start();
    await Promise.all(names.map(open));
    return null;
  },

  /** @param {{id: number, picture: Picture}} job */
  async photo({ id, picture }) {
    photo = await new Pipeline(open).encode(picture);
    const places = photo.flatMap(({ eyes }) => eyes.map(({ eye: { frame } }) => packed({ frame })));
    drawer.postMessage({ id, kind: "photo", picture, places }, [picture.data.buffer]);
    return photo.map((reading) => {
      const { face, skipped } = reading;
      return { box: face.box, skipped, atLens: !skipped && needOfCorrection(reading.gaze) === 0 };
    });
  },

  /** @param {{id: number, strength: number, turn: [number, number]}} job */
  async draw({ id, strength, turn: [yaw, pitch] }) {
    if (!photo) throw new Error("Choose a photo first.");
    const wanted = yaw || pitch ? aim.redirect(photo, yaw, pitch, strength) : aim.correct(photo, strength);
    const sketches = await sketch(new GazeNetworks(open), wanted);
    drawer.postMessage({ id, kind: "draw", sketches: sketches.map(packed) });
  },

  /** @param {{id: number, bitmap: ImageBitmap, seconds: number} & import("../eye_contact.js").Wishes} job */
  async frame({ id, bitmap, seconds, strength, lookAway, sideBySide }) {
    stream ??= new GazeStream(open, strength);
    Object.assign(stream, { strength, lookAway });
    const began = performance.now();
    const picture = pixelsOf(bitmap);
    const { sketches, lids, faces, look } = await stream.read(picture, seconds);
    const order = { sketches: sketches.map(packed), lids: lids.map(packed), sideBySide, look };
    const seen = { faces, light: light(picture), reading: performance.now() - began };
    const patches = sketches.map(({ patch }) => patch.buffer); // of this frame alone, so they need not be copied
    drawer.postMessage({ id, kind: "frame", picture, order, seen }, [picture.data.buffer, ...patches]);
    page.postMessage({ id, isRead: true });
  },

  /** What comes next is another film. */
  async forget() {
    stream = undefined;
    return null;
  },
});

/** @param {ImageBitmap} bitmap is closed @returns {Picture} */
function pixelsOf(bitmap) {
  const { width, height } = bitmap;
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, data };
}
