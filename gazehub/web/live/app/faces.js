/** Finding and following faces, as `gazehub/faces/`: boxes in the whole picture, then a mesh around each. */

import { DETECTORS, FACES_SEARCH } from "./constants.js";
import { FaceDetector } from "./detector.js";
import { area, faceFromMesh } from "./face.js";
import { AttentionMesh, regionOfDetection, regionOfMesh } from "./mesh.js";
import { roundEven } from "./numbers.js";
import { resizeArea, resizeLinear, shrink } from "./resize.js";
import { squareAround } from "./square.js";

/** @typedef {import("./face.js").Box} Box */
/** @typedef {import("./face.js").Face} Face */
/** @typedef {import("./resample.js").Picture} Picture */

const { PICTURE_SIDE, SAME_BOX, SAME_FACE } = FACES_SEARCH;
export const MESH_NETWORK = "face_landmark_with_attention.onnx";

export class FaceLandmarker {
  /** @param {(name: string) => Promise<import("./networks.js").Network>} open */
  constructor(open) {
    this.open = open;
  }

  /** @param {"SHORT_RANGE" | "FULL_RANGE"} range */
  async detector(range) {
    return new FaceDetector(DETECTORS[range], await this.open(DETECTORS[range].network));
  }

  async mesh() {
    return new AttentionMesh(await this.open(MESH_NETWORK));
  }

  /**
   * Every face, largest first.
   * @param {Picture} picture
   * @returns {Promise<Face[]>}
   */
  async find(picture) {
    const found = [];
    for (const box of await this.distinctBoxes(picture)) {
      const face = await this.face(picture, box);
      if (face) found.push(face);
    }
    found.sort((a, b) => area(b) - area(a));
    const faces = /** @type {Face[]} */ ([]);
    for (const face of found) {
      if (!faces.some((other) => overlap(face.box, other.box) > SAME_FACE)) faces.push(face);
    }
    return faces;
  }

  /**
   * The same face in the next picture of a film, without a detector.
   * @param {Picture} picture
   * @param {Face} face as found in the picture before
   * @returns {Promise<Face | null>} null if it is no longer near where it was
   */
  async follow(picture, face) {
    const square = squareAround(picture, face.box);
    if (!square) return null;
    const found = await (await this.mesh()).find(square.pixels, regionOfMesh(square.fromPicture(face.mesh)));
    return found && faceFromMesh(square.toPicture(found));
  }

  /** @param {Picture} picture @returns {Promise<Box[]>} */
  async distinctBoxes(picture) {
    const small = smallPicture(picture);
    if (!small) return [];
    const pixel = [small.pixel[0], small.pixel[1], small.pixel[0], small.pixel[1]];
    const boxes = /** @type {Box[]} */ ([]);
    for (const range of /** @type {const} */ (["SHORT_RANGE", "FULL_RANGE"])) {
      for (const found of await (await this.detector(range)).find(small.picture)) {
        const box = /** @type {Box} */ (found.box.map((value, index) => value * pixel[index]));
        if (!boxes.some((other) => overlap(box, other) > SAME_BOX)) boxes.push(box);
      }
    }
    return boxes;
  }

  /** @param {Picture} picture @param {Box} box */
  async face(picture, box) {
    const square = squareAround(picture, box);
    if (!square) return null;
    // A detector of its own says where exactly, and how the head is rolled.
    const found = await (await this.detector("SHORT_RANGE")).find(square.pixels);
    if (!found.length) return null;
    const mesh = await (await this.mesh()).find(square.pixels, regionOfDetection(found[0]));
    return mesh && faceFromMesh(square.toPicture(mesh));
  }
}

/**
 * The picture as the detectors see it, and how many pixels one of its pixels is wide and high; null if it is too thin.
 * @param {Picture} picture
 */
export function smallPicture(picture) {
  let halved = picture;
  let times = 1;
  while (Math.max(halved.width, halved.height) >= 2 * PICTURE_SIDE && Math.min(halved.width, halved.height) >= 2) {
    halved = shrink(halved, 2);
    times *= 2;
  }
  const scale = Math.min(1, PICTURE_SIDE / Math.max(halved.width, halved.height));
  const [width, height] = [roundEven(halved.width * scale), roundEven(halved.height * scale)];
  if (Math.min(width, height) < 1) return null;
  const resize = times === 1 ? resizeArea : resizeLinear;
  const small = scale < 1 ? resize(halved, width, height, 1 / scale, 1 / scale) : halved;
  return { picture: small, pixel: [(times * halved.width) / small.width, (times * halved.height) / small.height] };
}

/** Intersection over the smaller of two boxes. @param {Box} a @param {Box} b */
export function overlap(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  const smaller = Math.min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]));
  return (Math.max(width, 0) * Math.max(height, 0)) / Math.max(smaller, 1e-6);
}
