/** Read: where the eyes of a picture are, and where they look; as `gazehub/read.py`. */

import { EYE_FRAME, GAZE, LIMITS, READ, WEIGHTS } from "./constants.js";
import { crop } from "./eye_frame.js";
import {
  angleCodeToDegrees,
  angleCodeToResidual,
  cameraOffset,
  faceResidual,
  headDirection,
  residualSize,
  residualToAngleCode,
  toCanonical,
  toPictureGaze,
} from "./gaze.js";
import { reach, skipReason } from "./limits.js";
import { add, minus, smoothstep, times, within } from "./numbers.js";

/** @typedef {import("./numbers.js").Point} Point */
/** @typedef {import("./faces/face.js").Eye} Eye */
/** @typedef {import("./faces/face.js").Face} Face */
/** @typedef {import("./pixels/resample.js").Picture} Picture */
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
 * How far from the lens both eyes look, by landmarks and what the network has seen. Corrected eyes look at one point,
 * but for the part of their vergence that is the person's own.
 * @param {Face} face
 * @param {readonly Point[]} seen
 */
export function angleCodes(face, seen) {
  const { ENCODER_SHARE, OWN_AWAY, OWN_AT_CAMERA, OWN_AT_MOST } = READ;
  const residuals = face.eyes.map((eye, i) => {
    const measured = add(times(1 - ENCODER_SHARE, eye.offset), times(ENCODER_SHARE, seen[i]));
    return minus(measured, cameraOffset(face, eye));
  });
  const shared = toPictureGaze(residuals);
  const away = smoothstep(residualSize(shared) / GAZE.CAMERA_BAND - 1);
  const share = OWN_AT_CAMERA + away * (OWN_AWAY - OWN_AT_CAMERA);
  return face.eyes.map((eye, i) => {
    const own = times(share, minus(residuals[i], toCanonical(shared, eye.mirrored)));
    const wanted = minus(residuals[i], within(own, [-OWN_AT_MOST, -OWN_AT_MOST], [OWN_AT_MOST, OWN_AT_MOST]));
    return within(residualToAngleCode(wanted, headDirection(face, eye)[0]), LEAST, WIDEST);
  });
}

/**
 * What to make of the angle codes of one picture, in which somebody looks away: of a gaze up or down the less there is,
 * the more was misread.
 * @param {readonly Point[]} codes
 */
function likelyCodes(codes) {
  const [, vertical] = times(0.5, add(codes[0], codes[1]));
  const misread = (vertical * READ.VERTICAL_SCATTER ** 2) / (vertical ** 2 + READ.VERTICAL_SCATTER ** 2);
  return codes.map((code) => minus(code, [0, misread]));
}

/**
 * Whether a face that was read looks away from the lens, by the networks or by landmarks.
 * @param {FaceReading} face
 */
export function looksAway(face) {
  const sizes = [angleCodeToResidual(face.gaze), faceResidual(face.face)].map(residualSize);
  return Math.max(...sizes) > GAZE.CAMERA_BAND;
}

/**
 * A face that looks away, with its angle codes from better landmarks of the same picture.
 * @param {FaceReading} face
 * @param {Face} again
 */
export function readAgain(face, again) {
  const seen = face.eyes.map((eye) => eye.seen);
  const angles = likelyCodes(angleCodes(again, seen));
  const eyes = face.eyes.map((eye, i) => new EyeReading(eye.eye, eye.patch, eye.content, eye.seen, angles[i]));
  return new FaceReading(face.face, eyes);
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
