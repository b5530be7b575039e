/** A film, frame by frame, as `gazehub/stream/stream.py`. */

import { LIGHT, LIMITS, STREAM_STREAM } from "../constants.js";
import { FaceLandmarker } from "../faces/faces.js";
import { angleCodeToDegrees, toCanonical } from "../gaze.js";
import { reach, skipReason } from "../limits.js";
import { GazeNetworks } from "../networks.js";
import { add, length, minus, times } from "../numbers.js";
import { FaceReading } from "../read.js";
import { easeShare } from "./easing.js";
import { finishFrame, lookAt } from "./finish_frame.js";
import { asSeen, closing, firstMemory, followMemory, lookBack, readMemory, uncovered } from "./memory.js";
import { Sketcher } from "./sketches.js";
import { track } from "./tracking.js";
import { askedWish, firstWish, followWish } from "./wish.js";

/** @typedef {import("../numbers.js").Point} Point */
/** @typedef {import("../pixels/resample.js").Picture} Picture */
/** @typedef {import("../aim.js").EyeAim} EyeAim */
/** @typedef {{memory: import("./memory.js").Memory, wish: import("./wish.js").Wish | null}} Person */
/**
 * A face of this frame, and what is drawn of it.
 * @typedef {object} Aimed
 * @property {import("./tracking.js").Track} track
 * @property {Person} person
 * @property {FaceReading} reading
 * @property {readonly EyeAim[]} eyes
 * @property {boolean} intoLens
 */
/** @typedef {{identity: number, amount: number, skipped: string | null, gaze: Point | null}} StreamFace */
/** @typedef {{picture: Picture, faces: StreamFace[]}} Frame  the picture is the one given where nothing was drawn */
/**
 * Where what was drawn is to be looked at: around these meshes, of eyes that were read and aimed at these angle codes.
 * @typedef {{faces: {identity: number, box: import("../faces/face.js").Box, mesh: import("../faces/face.js").Mesh, gaze: Point, left: Point}[], since: number}} Look
 */
/**
 * What is to be drawn in a frame.
 * @typedef {object} FramePlan
 * @property {import("../draw.js").Sketch[]} sketches
 * @property {import("./lids.js").Lids[]} lids
 * @property {StreamFace[]} faces
 * @property {Look | null} look null where nothing is to be looked at this time
 */

const { LOOK_EVERY, NEARLY_WHOLE, STRENGTH_TIME } = STREAM_STREAM;
const FRAMES_TO_A_LOOK = 1.5; // however far apart they are: no two frames running are looked at twice

export class GazeStream {
  /** @param {import("../networks.js").Open} open @param {number} strength may be set between two frames */
  constructor(open, strength = 1) {
    this.networks = new GazeNetworks(open, LIGHT);
    this.landmarker = new FaceLandmarker(open);
    this.sketcher = new Sketcher(this.networks);
    this.strength = strength;
    this.reached = strength; // in the last frame
    this.lookAway = 0;
    this.scene = /** @type {import("./tracking.js").Scene | null} */ (null);
    this.people = /** @type {Map<number, Person>} */ (new Map());
    this.looked = 0;
  }

  /**
   * @param {Picture} picture
   * @param {number} seconds its time in the film
   * @returns {Promise<Frame>}
   */
  async next(picture, seconds) {
    const { sketches, lids, faces, look } = await this.read(picture, seconds);
    const drawn = await finishFrame(this.networks, picture, sketches, lids);
    if (look) this.learn(await lookAt(this.landmarker, drawn, look));
    return { picture: drawn, faces };
  }

  /**
   * All but the second half of the drawing, which may be done elsewhere while the next frame is read.
   * @param {Picture} picture
   * @param {number} seconds its time in the film
   * @returns {Promise<FramePlan>}
   */
  async read(picture, seconds) {
    const before = this.scene;
    const scene = await track(this.landmarker, picture, seconds, before);
    this.scene = scene;
    const passed = scene.fresh || !before ? 0 : seconds - before.seconds;
    this.reached = easeShare(this.reached, this.strength, passed, STRENGTH_TIME);
    const faces = /** @type {Aimed[]} */ ([]);
    for (const each of scene.tracks) faces.push(await this.aim(picture, each, passed, scene.fresh));
    this.remember(scene, faces);
    const sketches = await this.sketcher.sketch(faces);
    const lids = faces.flatMap(({ eyes, person, track: own }) => {
      const share = eyes.length ? closing(person.memory) : 0;
      return share ? own.face.eyes.map(({ opening, frame }) => ({ opening, frame, share })) : [];
    });
    return { sketches, lids, faces: faces.map(reported), look: this.nextLook(faces, seconds, passed) };
  }

  /** @param {Aimed[]} faces @param {number} seconds @param {number} passed @returns {Look | null} */
  nextLook(faces, seconds, passed) {
    const since = seconds - this.looked;
    if (since >= 0 && since < Math.max(LOOK_EVERY, FRAMES_TO_A_LOOK * passed)) return null;
    this.looked = seconds;
    const whole = faces.filter((face) => amountOf(face) > NEARLY_WHOLE && face.person.wish);
    if (!whole.length) return null;
    return {
      since: Math.min(since, 2 * LOOK_EVERY),
      faces: whole.map(({ track: { identity, face }, person, reading: { gaze } }) => {
        const wish = /** @type {import("./wish.js").Wish} */ (person.wish);
        const left = add(gaze, times(this.reached * wish.reach, minus(wish.glances.shown, gaze)));
        return { identity, box: face.box, mesh: face.mesh, gaze, left };
      }),
    };
  }

  /** From what was drawn, of this frame or one before. @param {readonly import("./finish_frame.js").Found[]} found */
  learn(found) {
    for (const { identity, residual, gaze, left, since } of found) {
      const person = this.people.get(identity);
      if (!person) continue;
      this.people.set(identity, { ...person, memory: lookBack(person.memory, residual, gaze, left, since) });
    }
  }

  /**
   * @param {Picture} picture
   * @param {import("./tracking.js").Track} own
   * @param {number} passed
   * @param {boolean} fresh
   * @returns {Promise<Aimed>}
   */
  async aim(picture, own, passed, fresh) {
    const { face } = own;
    const person = fresh ? undefined : this.people.get(own.identity);
    const reason = skipReason(face);
    let memory = person ? followMemory(person.memory, picture, face, passed) : firstMemory(picture, face);
    let wish = person ? person.wish : null;
    const alone = (/** @type {string | null} */ why, kept = wish) => ({
      track: own,
      person: { memory, wish: kept },
      reading: new FaceReading(face, [], why),
      eyes: [],
      intoLens: false,
    });
    if (uncovered(memory) === 0) return alone(LIMITS.EYES_CLOSED);
    const shutOut = reason !== null && reason !== LIMITS.EYES_CLOSED;
    if (shutOut && (!wish || wish.presence === 0)) return alone(reason, null);
    const read = await readMemory(memory, this.networks, picture, face, passed);
    memory = read.memory;
    const { reading } = read;
    const usable = !shutOut && reading.skipped === null;
    const { gaze } = reading;
    const seen = asSeen(memory, gaze);
    const within = reach(face.yaw, angleCodeToDegrees(seen));
    wish = wish
      ? followWish(wish, gaze, within, usable, passed, this.lookAway)
      : firstWish(gaze, within, usable, fresh);
    const shown = wish.glances.shown;
    const share = this.reached * wish.reach;
    wish = askedWish(wish, times(wish.reach, minus(shown, seen)), passed);
    const amount = wish.presence * wish.need * uncovered(memory);
    const result = { track: own, person: { memory, wish }, reading, intoLens: share === 1 && length(shown) === 0 };
    if (amount === 0 || this.reached === 0) return { ...result, eyes: [], intoLens: false };
    const eyes = reading.eyes.map((eye) => {
      const wanted = toCanonical(shown, eye.eye.mirrored);
      return { reading: eye, angle: add(eye.angle, times(share, minus(wanted, eye.angle))), amount };
    });
    return { ...result, eyes };
  }

  /** @param {import("./tracking.js").Scene} scene @param {Aimed[]} faces */
  remember(scene, faces) {
    const people = new Map();
    for (const { identity } of scene.lost) {
      if (this.people.has(identity)) people.set(identity, this.people.get(identity));
    }
    for (const { track: own, person } of faces) people.set(own.identity, person);
    this.people = people;
  }
}

/** @param {Aimed} face */
const amountOf = (face) => Math.max(0, ...face.eyes.map((eye) => eye.amount));

/** @param {Aimed} face @returns {StreamFace} */
const reported = (face) => ({
  identity: face.track.identity,
  amount: amountOf(face),
  skipped: face.reading.skipped,
  gaze: face.reading.eyes.length ? face.reading.gaze : null,
});
