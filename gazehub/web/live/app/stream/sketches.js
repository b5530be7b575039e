/**
 * Sketches of the eyes in a film. An in-painting sees only what surrounds an eye and where the eye shall look, so where
 * neither changed much it holds for two frames: an eye is sketched in every second one, its fellow in the others.
 */

import { EYE_FRAME } from "../constants.js";
import { sketch } from "../draw.js";
import { patchToFrame, softMask } from "../eye_frame.js";
import { add, length, minus } from "../numbers.js";

/** @typedef {import("../draw.js").Sketch} Sketch */
/** @typedef {import("../aim.js").EyeAim} EyeAim */
/** @typedef {{coarse: Float32Array, small: Float32Array, after: import("../numbers.js").Point, intoLens: boolean}} Kept */
/** @typedef {{eye: EyeAim, name: string, intoLens: boolean, small: Float32Array}} Asked  small: the patch at the coarse size */

const REDUCTION = 3; // patch pixels to a coarse pixel, each way
const SMALL_MOTION = 0.004; // eye widths: larger ones, drawn in every second frame, make an eye tremble
const SMALL_CHANGE = 0.012; // of what surrounds an eye, on average, where 1 is from black to white

const { PATCH_WIDTH, PATCH_HEIGHT } = EYE_FRAME;
const [WIDTH, HEIGHT] = [PATCH_WIDTH / REDUCTION, PATCH_HEIGHT / REDUCTION];
const SIZE = WIDTH * HEIGHT;
const MASK = Float32Array.from({ length: SIZE }, (_, i) =>
  softMask(...patchToFrame(REDUCTION * (i % WIDTH) + 1, REDUCTION * Math.floor(i / WIDTH) + 1)),
);
const AROUND = MASK.reduce((count, value) => count + (value === 0 ? 1 : 0), 0);

export class Sketcher {
  /** @param {import("../networks.js").GazeNetworks} networks */
  constructor(networks) {
    this.networks = networks;
    this.last = /** @type {Map<string, Kept>} */ (new Map()); // what was sketched in the last frame
  }

  /**
   * @param {readonly import("./stream.js").Aimed[]} faces
   * @returns {Promise<Sketch[]>}
   */
  async sketch(faces) {
    const [sketches, fresh] = [/** @type {Sketch[]} */ ([]), /** @type {Asked[]} */ ([])];
    for (const { eyes, intoLens, track } of faces) {
      const asked = eyes.map((eye, i) => {
        return { eye, intoLens, name: `${track.identity} ${i}`, small: shrunk(eye.reading.patch) };
      });
      const again = asked.findIndex((each) => this.holds(each));
      asked.forEach((each, i) => (i === again ? sketches.push(this.again(each)) : fresh.push(each)));
    }
    const last = new Map();
    for (const intoLens of [true, false]) {
      const asked = fresh.filter((each) => each.intoLens === intoLens);
      const drawn = await sketch(this.networks, { eyes: asked.map(({ eye }) => eye), intoLens });
      drawn.forEach(({ coarse, after }, i) => last.set(asked[i].name, { coarse, after, intoLens, small: asked[i].small }));
      sketches.push(...drawn);
    }
    this.last = last;
    return sketches;
  }

  /** Whether what was sketched of an eye in the last frame still holds. @param {Asked} asked */
  holds({ eye, name, intoLens, small }) {
    const before = this.last.get(name);
    if (!before || before.intoLens !== intoLens || length(minus(wanted(eye), before.after)) > SMALL_MOTION) return false;
    let change = 0;
    for (let i = 0; i < small.length; i++) if (MASK[i % SIZE] === 0) change += Math.abs(small[i] - before.small[i]);
    return change < SMALL_CHANGE * 3 * AROUND;
  }

  /** The eye in-painted as it was, in its surroundings as they are. @param {Asked} asked @returns {Sketch} */
  again({ eye, name, small }) {
    const before = /** @type {Kept} */ (this.last.get(name));
    const { patch, seen, eye: { frame } } = eye.reading;
    const coarse = before.coarse.map((value, i) => value + (1 - MASK[i % SIZE]) * (small[i] - before.small[i]));
    return { patch, coarse, before: seen, after: wanted(eye), frame, amount: eye.amount };
  }
}

/** The gaze offset to draw. @param {EyeAim} eye */
const wanted = ({ reading, angle }) => add(reading.lens, angle);

/** A patch at the size of in-paintings. @param {Float32Array} patch */
function shrunk(patch) {
  const small = new Float32Array(3 * SIZE);
  for (let from = 0, row = 0; from < patch.length; row++) {
    const to = WIDTH * Math.floor(row / REDUCTION);
    for (let x = 0; x < PATCH_WIDTH; x++, from++) small[to + Math.floor(x / REDUCTION)] += patch[from] / REDUCTION ** 2;
  }
  return small;
}
