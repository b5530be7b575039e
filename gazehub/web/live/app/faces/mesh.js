/** What a face looks like closely: MediaPipe's attention mesh, as `gazehub/faces/mesh.py`. */

import { FACES_MESH } from "../constants.js";
import { imageInput } from "./detector.js";
import { boxOf, pointOf } from "./face.js";
import { cutRegion } from "../pixels/resample.js";

/** @typedef {import("../numbers.js").Point} Point */
/** @typedef {import("./face.js").Mesh} Mesh */
/** @typedef {import("../pixels/resample.js").Picture} Picture */
/** @typedef {{center: Point, side: number, angle: number}} Region  pixels counted from the corner; radians */

const { SIDE, REGION_SCALE, MESH_REGION_SCALE, MIN_PRESENCE, LEFT_OUTER_CORNER, RIGHT_OUTER_CORNER } = FACES_MESH;
const POINTS = 478;

/** @param {import("./detector.js").Detection} detection @returns {Region} */
export const regionOfDetection = ({ box, eyes }) => region(box, eyes[0], eyes[1], REGION_SCALE);

/**
 * Where a face with this mesh is to be looked for in the next picture.
 * @param {Mesh} mesh
 */
export function regionOfMesh(mesh) {
  const corners = [LEFT_OUTER_CORNER, RIGHT_OUTER_CORNER].map((index) => pointOf(mesh, index));
  return region(boxOf(mesh, POINTS), corners[0], corners[1], MESH_REGION_SCALE);
}

/**
 * The square around a box, turned as the line between two eyes is.
 * @param {import("./face.js").Box} box
 * @param {Point} left
 * @param {Point} right
 * @param {number} scale
 * @returns {Region}
 */
function region(box, left, right, scale) {
  return {
    center: [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2],
    side: scale * Math.max(box[2] - box[0], box[3] - box[1]),
    angle: Math.atan2(right[1] - left[1], right[0] - left[0]),
  };
}

export class AttentionMesh {
  /** @param {import("../networks.js").Network} network */
  constructor(network) {
    this.network = network;
  }

  /**
   * @param {Picture} picture
   * @param {Region} where
   * @returns {Promise<Mesh | null>} pixels of the picture, counted from its corner; null if there is no face
   */
  async find(picture, where) {
    const square = cutRegion(picture, where, SIDE, true);
    const [mesh, presence] = await this.network.run([imageInput(square, 1 / 255, 0)]);
    if (presence[0] < MIN_PRESENCE) return null;
    const pixel = where.side / SIDE;
    const [cosine, sine] = [Math.cos(where.angle), Math.sin(where.angle)];
    const points = new Float64Array(3 * POINTS);
    for (let i = 0; i < 3 * POINTS; i += 3) {
      const [x, y] = [(mesh[i] - SIDE / 2) * pixel, (mesh[i + 1] - SIDE / 2) * pixel];
      points[i] = cosine * x - sine * y + where.center[0];
      points[i + 1] = sine * x + cosine * y + where.center[1];
      points[i + 2] = mesh[i + 2] * pixel;
    }
    return points;
  }
}
