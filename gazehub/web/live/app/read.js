/** Read: where the eyes of a picture are, and where they look; as `gazehub/read.py`. */

import { EYE_FRAME, GAZE, LIMITS, READ, WEIGHTS } from "./constants.js";
import { crop } from "./eye_frame.js";
import {
  angleCodeToDegrees,
  angleCodeToResidual,
  cameraOffset,
  faceResidual,
  residualSize,
  residualToAngleCode,
  toCanonical,
  toPictureGaze,
} from "./gaze.js";
import { reach, skipReason } from "./limits.js";
import { add, length, mean, minus, times, within } from "./numbers.js";

/** @typedef {import("./numbers.js").Point} Point */
/** @typedef {import("./face.js").Eye} Eye */
/** @typedef {import("./face.js").Face} Face */
/** @typedef {import("./resample.js").Picture} Picture */
/** @typedef {import("./networks.js").GazeNetworks} GazeNetworks */

const WIDEST = /** @type {Point} */ (READ.WIDEST);
const LEAST = times(-1, WIDEST);

/** One eye as the networks read it, in its canonical frame. */
export class EyeReading {
  /**
   * @param {Eye} eye
   * @param {Float32Array} patch
   * @param {Float32Array} content code, the mean of both eyes
   * @param {Point} seen gaze offset, eye widths
   * @param {Point} angle how far from the lens it looks, eye widths
   */
  constructor(eye, patch, content, seen, angle) {
    this.eye = eye;
    this.patch = patch;
    this.content = content;
    this.seen = seen;
    this.angle = angle;
  }

  /** Where in its frame the eye looks into the lens. */
  get lens() {
    return minus(this.seen, this.angle);
  }
}

/** One face; it has no eyes if it is left alone. */
export class FaceReading {
  /**
   * @param {Face} face
   * @param {readonly EyeReading[]} eyes
   * @param {string | null} skipped why it is left alone
   */
  constructor(face, eyes, skipped = null) {
    this.face = face;
    this.eyes = eyes;
    this.skipped = skipped;
  }

  /** Angle code of the face, + to the picture's right and down. */
  get gaze() {
    return toPictureGaze(this.eyes.map((eye) => eye.angle));
  }

  /** The share of a motion that its eyes make. */
  get reach() {
    return reach(this.face.yaw, angleCodeToDegrees(this.gaze));
  }
}

/** @typedef {readonly FaceReading[]} Reading  largest face first */

/** @param {Reading} reading */
export const usable = (reading) => reading.filter((face) => face.eyes.length);

/**
 * @param {GazeNetworks} networks
 * @param {Picture} picture
 * @param {readonly Face[]} faces
 * @returns {Promise<Reading>}
 */
export async function read(networks, picture, faces) {
  const reasons = faces.map(skipReason);
  const open = faces.filter((_, index) => reasons[index] === null);
  const patches = open.flatMap((face) => face.eyes.map((eye) => cropEye(picture, eye)));
  const codes = patches.length ? await networks.encode(patches) : { content: [], seen: [], spread: [] };
  return faces.map((face, index) => {
    if (reasons[index]) return new FaceReading(face, [], reasons[index]);
    const at = 2 * open.indexOf(face);
    const both = (/** @type {any[]} */ all) => all.slice(at, at + 2);
    return readFace(face, both(patches), both(codes.content), both(codes.seen), both(codes.spread));
  });
}

/**
 * A patch of (3, PATCH_HEIGHT, PATCH_WIDTH) in 0..1.
 * @param {Picture} picture
 * @param {Eye} eye
 */
export function cropEye(picture, eye) {
  const pixels = crop(picture, eye.frame);
  const size = EYE_FRAME.PATCH_WIDTH * EYE_FRAME.PATCH_HEIGHT;
  const patch = new Float32Array(3 * size);
  for (let i = 0; i < size; i++) for (let c = 0; c < 3; c++) patch[c * size + i] = pixels[3 * i + c] / 255;
  return patch;
}

/**
 * @param {Face} face
 * @param {Float32Array[]} patches
 * @param {Float32Array[]} content
 * @param {Point[]} seen
 * @param {number[]} spread
 */
function readFace(face, patches, content, seen, spread) {
  if (Math.max(...spread) >= WEIGHTS.hidden_spread) return new FaceReading(face, [], LIMITS.EYES_HIDDEN);
  const shared = meanCode(content);
  const angles = angleCodes(face, seen);
  return new FaceReading(
    face,
    face.eyes.map((eye, i) => new EyeReading(eye, patches[i], shared, seen[i], angles[i])),
  );
}

/** @param {readonly Float32Array[]} codes the codes of both eyes */
export const meanCode = ([left, right]) => left.map((value, index) => Math.fround(value + right[index]) / 2);

/**
 * How far from the lens both eyes look: the mean of landmarks and network, and one motion for both eyes, so that they
 * keep their own vergence as far as it is natural.
 * @param {Face} face
 * @param {readonly Point[]} seen
 */
export function angleCodes(face, seen) {
  const residuals = face.eyes.map((eye, i) => minus(mean([seen[i], eye.offset]), cameraOffset(face, eye)));
  const shared = toPictureGaze(residuals);
  return face.eyes.map((eye, i) => {
    const common = toCanonical(shared, eye.mirrored);
    const own = minus(residuals[i], common);
    const unnatural = minus(own, within(own, [-READ.VERGENCE, -READ.VERGENCE], [READ.VERGENCE, READ.VERGENCE]));
    return within(residualToAngleCode(add(common, unnatural)), LEAST, WIDEST);
  });
}

/**
 * Those who look away, by the networks or by landmarks: they deserve a second look.
 * @param {Reading} reading
 * @returns {Reading}
 */
export function doubtful(reading) {
  return usable(reading).filter((face) => {
    const sizes = [angleCodeToResidual(face.gaze), faceResidual(face.face)].map(residualSize);
    return Math.max(...sizes) > GAZE.CAMERA_BAND;
  });
}

/**
 * A reading, refined by what a first correction shows.
 * @param {Reading} reading
 * @param {Reading} doubted the faces that were corrected
 * @param {readonly Face[]} found in the corrected picture
 * @returns {Reading}
 */
export const lookAgain = (reading, doubted, found) =>
  reading.map((face) => (doubted.includes(face) ? refined(face, found) : face));

/** @param {FaceReading} face @param {readonly Face[]} found */
function refined(face, found) {
  const again = found.find((other) => isSameFace(other, face.face));
  if (!again) return face;
  const left = residualToAngleCode(faceResidual(again));
  const share = face.reach;
  const eyes = face.eyes.map((eye) => {
    const missed = minus(toCanonical(left, eye.eye.mirrored), times(1 - share, eye.angle));
    const angle = within(add(eye.angle, times(READ.SECOND_LOOK, missed)), LEAST, WIDEST);
    return new EyeReading(eye.eye, eye.patch, eye.content, eye.seen, angle);
  });
  return new FaceReading(face.face, eyes);
}

/** @param {Face} one @param {Face} other */
function isSameFace(one, other) {
  const distances = one.eyes.map((eye, i) => length(minus(eye.frame.center, other.eyes[i].frame.center)));
  return Math.max(...distances) < 0.5 * other.eyes[0].frame.width;
}

/**
 * The reading, with those left alone whose eyes would not move.
 * @param {Reading} reading
 * @returns {Reading}
 */
export const withinReach = (reading) =>
  reading.map((face) =>
    face.eyes.length && face.reach === 0 ? new FaceReading(face.face, [], LIMITS.TURNED_AWAY) : face,
  );
