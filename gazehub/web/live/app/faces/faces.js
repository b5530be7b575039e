/** Finding and following faces, as `gazehub/faces/`: boxes in the whole picture, then a mesh around each. */

import { DETECTORS, FACES_SEARCH } from "../constants.js";
import { FaceDetector } from "./detector.js";
import { area, faceFromMesh, meanFace, sideOf } from "./face.js";
import { AttentionMesh, regionOfDetection, regionOfMesh } from "./mesh.js";
import { roundEven } from "../numbers.js";
import { mirror, part, resizeArea, resizeLinear, shrink } from "../pixels/resize.js";
import { squareAround } from "./square.js";

/** @typedef {import("../numbers.js").Point} Point */
/** @typedef {import("./face.js").Box} Box */
/** @typedef {import("./face.js").Face} Face */
/** @typedef {import("../pixels/resample.js").Picture} Picture */

const { PICTURE_SIDE, TILE, STEP, MOST_TILED, PROMINENT, SAME_BOX, SAME_FACE } = FACES_SEARCH;
export const MESH_NETWORK = "face_landmark_with_attention.onnx";

export class FaceLandmarker {
  /** @param {(name: string) => Promise<import("../networks.js").Network>} open */
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
   * Every face, largest first. Where none is prominent, small ones are looked for as well, which takes longer.
   * @param {Picture} picture
   * @returns {Promise<Face[]>}
   */
  async find(picture) {
    const near = await this.near(picture);
    if (near.length && sideOf(near[0]) > PROMINENT * Math.max(picture.width, picture.height)) return near;
    const known = near.map((face) => face.box);
    const boxes = distinctBoxes(await this.boxesInTiles(picture), known);
    return distinctFaces([...near, ...(await this.faces(picture, boxes))]);
  }

  /**
   * The same without the small ones, always quickly.
   * @param {Picture} picture
   * @param {readonly Box[]} known of faces that are not looked for
   */
  async near(picture, known = []) {
    const small = smallPicture(picture);
    if (!small) return [];
    const pixel = [small.pixel[0], small.pixel[1], small.pixel[0], small.pixel[1]];
    const boxes = (await this.boxes(small.picture)).map((box) => scaled(box, pixel, [0, 0]));
    return distinctFaces(await this.faces(picture, distinctBoxes(boxes, known)));
  }

  /**
   * The same face in the next picture of a film, without a detector.
   * @param {Picture} picture
   * @param {Pick<Face, "box" | "mesh">} face as found in the picture before
   * @returns {Promise<Face | null>} null if it is no longer near where it was
   */
  async follow(picture, face) {
    const square = squareAround(picture, face.box);
    if (!square) return null;
    const found = await (await this.mesh()).find(square.pixels, regionOfMesh(square.fromPicture(face.mesh)));
    return found && faceFromMesh(square.toPicture(found));
  }

  /**
   * The mean of a face and what its mirror image shows: landmarks tremble apart in the two.
   * @param {Picture} picture
   * @param {Face} face as found in this picture
   * @returns {Promise<Face | null>} null if no face is seen in the mirror image
   */
  async lookAgain(picture, face) {
    const square = squareAround(picture, face.box);
    if (!square) return null;
    const { width } = square.pixels;
    const region = regionOfMesh(square.fromPicture(face.mesh));
    const mirrored = { ...region, center: /** @type {Point} */ ([width - region.center[0], region.center[1]]) };
    const mesh = await (await this.mesh()).find(mirror(square.pixels), { ...mirrored, angle: -region.angle });
    if (!mesh) return null;
    for (let i = 0; i < mesh.length; i += 3) mesh[i] = width - mesh[i];
    return meanFace(face, square.toPicture(mesh));
  }

  /** What may be faces in a picture of at most 640 pixels. @param {Picture} picture */
  async boxes(picture) {
    const found = [];
    for (const range of /** @type {const} */ (["SHORT_RANGE", "FULL_RANGE"])) {
      found.push(...(await (await this.detector(range)).find(picture)));
    }
    return found.map(({ box }) => box);
  }

  /** The same in parts of a picture and of its half, quarter and so on. @param {Picture} picture */
  async boxesInTiles(picture) {
    const found = /** @type {Box[]} */ ([]);
    let level = picture;
    for (let times = 1; Math.max(level.width, level.height) > PICTURE_SIDE && smallerSide(level) >= 2; times *= 2) {
      for (const [left, top] of tilesOf(level)) {
        const tile = part(level, left, top, left + TILE, top + TILE);
        if (smallerSide(tile) <= TILE - STEP) continue; // all of it was seen in the tile before
        for (const box of await this.boxes(tile)) found.push(scaled(box, Array(4).fill(times), [left, top]));
      }
      level = shrink(level, 2);
    }
    return found;
  }

  /** @param {Picture} picture @param {readonly Box[]} boxes */
  async faces(picture, boxes) {
    const found = [];
    for (const box of boxes) {
      const face = await this.face(picture, box);
      if (face) found.push(face);
    }
    return found;
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

/** @param {Picture} picture */
const smallerSide = ({ width, height }) => Math.min(width, height);

/** Corners of the parts in which small faces are looked for. @param {Picture} level @returns {Point[]} */
function tilesOf({ width, height }) {
  if (width * height > MOST_TILED) return [];
  const along = (/** @type {number} */ size) => Array.from({ length: Math.ceil(size / STEP) }, (_, i) => STEP * i);
  return along(height).flatMap((top) => along(width).map((left) => /** @type {Point} */ ([left, top])));
}

/** @param {Box} box @param {number[]} pixel @param {Point} corner @returns {Box} */
function scaled(box, pixel, corner) {
  const [left, top, right, bottom] = box.map((value, index) => pixel[index] * (value + corner[index % 2]));
  return [left, top, right, bottom];
}

/** Those that are no other's. @param {readonly Box[]} boxes @param {readonly Box[]} known */
function distinctBoxes(boxes, known) {
  const seen = [...known];
  for (const box of boxes) if (!seen.some((other) => overlap(box, other) > SAME_BOX)) seen.push(box);
  return seen.slice(known.length);
}

/** Largest first. @param {readonly Face[]} found */
function distinctFaces(found) {
  const faces = /** @type {Face[]} */ ([]);
  for (const face of [...found].sort((a, b) => area(b) - area(a))) {
    if (!faces.some((other) => overlap(face.box, other.box) > SAME_FACE)) faces.push(face);
  }
  return faces;
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
