/** The worker that brings sketches into their pictures. Answers go to the page. */

import { answerJobs, page } from "./answer.js";
import { LIGHT } from "../constants.js";
import { finish } from "../draw.js";
import { eyeBox } from "../eye_frame.js";
import { FaceLandmarker } from "../faces/faces.js";
import { networkOpener } from "./loading.js";
import { GazeNetworks } from "../networks.js";
import { unpacked } from "./order.js";
import { part } from "../pixels/resize.js";
import { finishFrame, lookAt } from "../stream/finish_frame.js";

/** @typedef {import("../pixels/resample.js").Picture} Picture */
/** @typedef {import("./order.js").PlainFrame} PlainFrame */
/** @typedef {Omit<import("../draw.js").Sketch, "frame"> & {frame: PlainFrame}} Sketch */
/** @typedef {Omit<import("../stream/lids.js").Lids, "frame"> & {frame: PlainFrame}} Lids */
/** @typedef {import("../stream/stream.js").Look} Look */
/** @typedef {{sketches: Sketch[], lids: Lids[], sideBySide: boolean, look: Look | null}} FrameOrder */

const canvas = new OffscreenCanvas(1, 1);
const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));

/** For photos. @type {GazeNetworks} */
let networks;
/** @type {GazeNetworks} */
let filmNetworks;
/** @type {FaceLandmarker} */
let landmarker;
/** @type {{picture: Picture, places: {frame: PlainFrame}[]}} */
let photo;

answerJobs(page, {
  /** @param {import("../eye_contact.js").Load} job */
  async load({ threads, runtime, names, port }) {
    const open = await networkOpener({ threads, runtime, progress: (bytes) => page.postMessage({ progress: bytes }) });
    networks = new GazeNetworks(open);
    filmNetworks = new GazeNetworks(open, LIGHT);
    landmarker = new FaceLandmarker(open);
    answerJobs(port, {
      /** @param {{picture: Picture, places: {frame: PlainFrame}[]}} job */
      async photo({ picture, places }) {
        photo = { picture, places };
      },

      /** @param {{sketches: Sketch[]}} job */
      async draw({ sketches }) {
        const drawn = await finish(networks, photo.picture, sketches.map(unpacked));
        return photo.places.flatMap((place) => eyePart(drawn, unpacked(place).frame));
      },

      /** What came out is shown before it is looked at. @param {{id: number, picture: Picture, order: FrameOrder, seen: object}} job */
      async frame({ id, picture, order, seen }) {
        const began = performance.now();
        const { sideBySide, look } = order;
        const drawn = await finishFrame(filmNetworks, picture, order.sketches.map(unpacked), order.lids.map(unpacked));
        show(sideBySide ? [picture, drawn] : [drawn]);
        const bitmap = canvas.transferToImageBitmap();
        page.postMessage({ id, result: { ...seen, bitmap, drawing: performance.now() - began } }, [bitmap]);
        if (look) port.postMessage({ kind: "learn", found: await lookAt(landmarker, drawn, look) });
      },
    });
    port.start();
    await Promise.all(names.map(open));
    return null;
  },
});

/** Side by side. @param {Picture[]} pictures of one size */
function show(pictures) {
  const [{ width, height }] = pictures;
  const wide = pictures.length * width;
  if (canvas.width !== wide || canvas.height !== height) [canvas.width, canvas.height] = [wide, height];
  pictures.forEach((picture, index) => context.putImageData(imageOf(picture), index * width, 0));
}

/** The part of a picture in which an eye is drawn. @param {Picture} picture @param {import("../eye_frame.js").EyeFrame} frame */
function eyePart(picture, frame) {
  const { left, top, right, bottom } = eyeBox(frame);
  const [from, above] = [Math.max(left, 0), Math.max(top, 0)];
  const cut = part(picture, from, above, right, bottom);
  return cut.width && cut.height ? [{ left: from, top: above, image: imageOf(cut) }] : [];
}

/** @param {Picture} picture */
const imageOf = ({ width, height, data }) =>
  new ImageData(new Uint8ClampedArray(/** @type {ArrayBuffer} */ (data.buffer)), width, height);
