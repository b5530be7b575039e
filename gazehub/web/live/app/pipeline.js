/** A photo in, a photo out: `picture -> faces -> read -> aim -> draw`, as `gazehub/pipeline_gaze.py`. */

import * as aim from "./aim.js";
import { draw } from "./draw.js";
import { FaceLandmarker } from "./faces/faces.js";
import { GazeNetworks } from "./networks.js";
import { looksAway, read, readAgain, withinReach } from "./read.js";

/** @typedef {import("./pixels/resample.js").Picture} Picture */
/** @typedef {import("./read.js").Reading} Reading */

export class Pipeline {
  /** @param {import("./networks.js").Open} open */
  constructor(open) {
    this.networks = new GazeNetworks(open);
    this.landmarker = new FaceLandmarker(open);
  }

  /**
   * Finds the faces and reads their eyes, once for any number of changes. Empty where no face was found.
   * @param {Picture} picture
   * @returns {Promise<Reading>}
   */
  async encode(picture) {
    const reading = await read(this.networks, picture, await this.landmarker.find(picture));
    return withinReach(await Promise.all(reading.map((face) => this.secondLook(picture, face))));
  }

  /**
   * @param {Picture} picture
   * @param {Reading} reading of it
   * @param {number} strength
   */
  correct(picture, reading, strength = 1) {
    return draw(this.networks, picture, aim.correct(reading, strength));
  }

  /**
   * @param {Picture} picture
   * @param {Reading} reading of it
   * @param {number} yaw
   * @param {number} pitch
   * @param {number} strength
   */
  redirect(picture, reading, yaw, pitch, strength = 1) {
    return draw(this.networks, picture, aim.redirect(reading, yaw, pitch, strength));
  }

  /**
   * One who looks away, read from the mirror image too.
   * @param {Picture} picture
   * @param {import("./read.js").FaceReading} face
   */
  async secondLook(picture, face) {
    if (!face.eyes.length || !looksAway(face)) return face;
    const again = await this.landmarker.lookAgain(picture, face.face);
    return again ? readAgain(face, again) : face;
  }
}
