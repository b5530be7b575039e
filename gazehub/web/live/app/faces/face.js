/** A face and its eyes in a picture, as `gazehub/faces/face.py`. */

import { FACES_FACE } from "../constants.js";
import { EyeFrame } from "../eye_frame.js";
import { degrees, mean } from "../numbers.js";

/** @typedef {import("../numbers.js").Point} Point */
/** @typedef {Float64Array} Mesh  478 points x, y, z */
/** @typedef {[number, number, number, number]} Box  left, top, right, bottom */

const { OPENINGS, IRISES, FOREHEAD, CHIN, LEFT_TEMPLE, RIGHT_TEMPLE } = FACES_FACE;
const FACE_POINTS = 468; // the others are irises

/** @param {Mesh} mesh @param {number} index @returns {Point} */
export const pointOf = (mesh, index) => [mesh[3 * index], mesh[3 * index + 1]];

export class Eye {
  /**
   * @param {readonly Point[]} opening 16 points: outer corner, lower lid, inner corner, upper lid.
   * @param {Point} iris
   * @param {number} irisRadius
   * @param {boolean} mirrored the image-right eye
   */
  constructor(opening, iris, irisRadius, mirrored) {
    this.opening = opening;
    this.iris = iris;
    this.irisRadius = irisRadius;
    this.mirrored = mirrored;
    this.frame = EyeFrame.fromCorners(opening[0], opening[8], mirrored);
  }

  /** Iris centre minus the midpoint of the corners, eye widths. */
  get offset() {
    return this.frame.toFrame(this.iris);
  }

  /** Mean height of the opening over its middle half, eye widths. */
  get openness() {
    const contour = this.opening.map((point) => this.frame.toFrame(point)[1]);
    return (contour[3] + contour[4] + contour[5] - contour[13] - contour[12] - contour[11]) / 3;
  }

  /**
   * The same eye with its corners elsewhere.
   * @param {Point} outer
   * @param {Point} inner
   */
  withCorners(outer, inner) {
    const opening = this.opening.map((point, index) => (index === 0 ? outer : index === 8 ? inner : point));
    return new Eye(opening, this.iris, this.irisRadius, this.mirrored);
  }
}

/**
 * @typedef {object} Face
 * @property {Box} box
 * @property {readonly [Eye, Eye]} eyes the image-left and the image-right one
 * @property {number} yaw degrees, + to the picture's right
 * @property {number} pitch + up
 * @property {number} roll + clockwise
 * @property {Mesh} mesh
 */

/** @param {Face} face */
export const area = ({ box }) => (box[2] - box[0]) * (box[3] - box[1]);

/** The longer side of the box. @param {Face} face */
export const sideOf = ({ box }) => Math.max(box[2] - box[0], box[3] - box[1]);

/**
 * @param {Mesh} mesh in pixels of the picture
 * @returns {Face}
 */
export function faceFromMesh(mesh) {
  const [left, right] = OPENINGS.map((contour, index) => eyeFromMesh(mesh, contour, IRISES[index], index === 1));
  return { box: boxOf(mesh, FACE_POINTS), eyes: [left, right], ...headPose(mesh, LEFT_TEMPLE, RIGHT_TEMPLE), mesh };
}

/**
 * The mean of a face and what its mirror image shows.
 * @param {Face} face
 * @param {Mesh} mirrored mesh of the mirror image, its points brought back: what the network took for a left eye is a
 *   right one
 * @returns {Face}
 */
export function meanFace(face, mirrored) {
  const [left, right] = face.eyes.map((eye, index) => {
    const other = eyeFromMesh(mirrored, OPENINGS[1 - index], IRISES[1 - index], index === 1);
    const opening = eye.opening.map((point, i) => mean([point, other.opening[i]]));
    return new Eye(opening, mean([eye.iris, other.iris]), (eye.irisRadius + other.irisRadius) / 2, eye.mirrored);
  });
  const pose = headPose(mirrored, RIGHT_TEMPLE, LEFT_TEMPLE);
  return {
    box: face.box,
    eyes: [left, right],
    yaw: (face.yaw + pose.yaw) / 2,
    pitch: (face.pitch + pose.pitch) / 2,
    roll: (face.roll + pose.roll) / 2,
    mesh: face.mesh,
  };
}

/** @param {Mesh} mesh @param {readonly number[]} contour @param {readonly number[]} iris @param {boolean} mirrored */
function eyeFromMesh(mesh, contour, iris, mirrored) {
  const center = pointOf(mesh, iris[0]);
  const distances = iris.slice(1).map((index) => {
    const [x, y] = pointOf(mesh, index);
    return Math.hypot(x - center[0], y - center[1]);
  });
  const radius = distances.reduce((sum, distance) => sum + distance) / distances.length;
  return new Eye(
    contour.map((index) => pointOf(mesh, index)),
    center,
    radius,
    mirrored,
  );
}

/**
 * @param {Mesh} mesh
 * @param {number} points how many of it count
 * @returns {Box}
 */
export function boxOf(mesh, points) {
  const box = /** @type {Box} */ ([Infinity, Infinity, -Infinity, -Infinity]);
  for (let i = 0; i < 3 * points; i += 3) {
    box[0] = Math.min(box[0], mesh[i]);
    box[1] = Math.min(box[1], mesh[i + 1]);
    box[2] = Math.max(box[2], mesh[i]);
    box[3] = Math.max(box[3], mesh[i + 1]);
  }
  return box;
}

/** @param {Mesh} mesh @param {number} left temple @param {number} right */
function headPose(mesh, left, right) {
  const between = (/** @type {number} */ to, /** @type {number} */ from) =>
    [0, 1, 2].map((axis) => mesh[3 * to + axis] - mesh[3 * from + axis]);
  const a = between(CHIN, FOREHEAD);
  const b = between(right, left);
  const forward = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const size = Math.hypot(...forward);
  return {
    yaw: degrees(Math.asin(forward[0] / size)),
    pitch: degrees(Math.asin(-forward[1] / size)),
    roll: degrees(Math.atan2(b[1], b[0])),
  };
}
