/** What is drawn of a frame of a film. */

import { finish } from "../draw.js";
import { keepLids } from "./lids.js";

/** @typedef {import("../resample.js").Picture} Picture */

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
