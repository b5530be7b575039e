/** What is drawn of a frame of a film, and how it came out. */

import { finish } from "../draw.js";
import { faceResidual } from "../gaze.js";
import { keepLids } from "./lids.js";

/** @typedef {import("../numbers.js").Point} Point */
/** @typedef {import("../pixels/resample.js").Picture} Picture */
/** @typedef {import("./stream.js").Look} Look */
/**
 * Where eyes look as they were drawn, by landmarks; the rest as in the look that was asked for.
 * @typedef {{identity: number, residual: Point, gaze: Point, left: Point, since: number}} Found
 */

/**
 * @param {import("../networks.js").GazeNetworks} networks
 * @param {Picture} picture
 * @param {readonly import("../draw.js").Sketch[]} sketches
 * @param {readonly import("./lids.js").Lids[]} lids that close
 * @returns {Promise<Picture>} a copy, or the picture itself if nothing is drawn
 */
export async function finishFrame(networks, picture, sketches, lids) {
  if (!sketches.length) return picture;
  const drawn = await finish(networks, picture, sketches);
  for (const each of lids) keepLids(picture, drawn, each);
  return drawn;
}

/**
 * @param {import("../faces/faces.js").FaceLandmarker} landmarker
 * @param {Picture} drawn
 * @param {Look} look
 * @returns {Promise<Found[]>} one for each face that is found again
 */
export async function lookAt(landmarker, drawn, { faces, since }) {
  const all = [];
  for (const { identity, box, mesh, gaze, left } of faces) {
    const found = await landmarker.follow(drawn, { box, mesh });
    if (found) all.push({ identity, residual: faceResidual(found), gaze, left, since });
  }
  return all;
}
