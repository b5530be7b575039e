/** Where faces are: MediaPipe's BlazeFace detectors, as `gazehub/faces/detector.py`. */

import { FACES_DETECTOR } from "../constants.js";
import { cutRegion } from "../pixels/resample.js";

/** @typedef {import("../numbers.js").Point} Point */
/** @typedef {import("./face.js").Box} Box */
/** @typedef {import("../pixels/resample.js").Picture} Picture */
/** @typedef {{box: Box, eyes: [Point, Point], score: number}} Detection  in pixels, counted from the corner */
/** @typedef {{points: Point[], score: number}} Candidate  two corners of a box, then six points of the face */
/**
 * @typedef {object} DetectorKind
 * @property {string} network
 * @property {number} side
 * @property {{cells: number, boxes: number}[]} grids
 * @property {number} threshold
 */

const fround = Math.fround;

export class FaceDetector {
  /**
   * @param {DetectorKind} kind
   * @param {import("../networks.js").Network} network
   */
  constructor(kind, network) {
    this.kind = kind;
    this.network = network;
    this.anchors = kind.grids.flatMap(centers);
  }

  /**
   * @param {Picture} picture
   * @returns {Promise<Detection[]>} the surest first
   */
  async find(picture) {
    const { side, threshold } = this.kind;
    /** @type {Point} */
    const center = [picture.width / 2, picture.height / 2];
    const region = { center, side: Math.max(picture.width, picture.height), angle: 0 };
    const square = cutRegion(picture, region, side, false);
    const [boxes, scores] = await this.network.run([imageInput(square, 2 / 255, -1)]);
    const likely = [...scores.keys()].filter((index) => scores[index] >= threshold);
    likely.sort((a, b) => scores[b] - scores[a] || a - b);
    const candidates = likely.map((index) => ({
      points: decode(boxes.subarray(16 * index, 16 * index + 16), this.anchors[index], side),
      score: scores[index],
    }));
    return mergeBoxes(candidates).map(({ points, score }) => {
      const [low, high, left, right] = points.map((point) => {
        const [x, y] = point.map((value, axis) => fround(fround(value - 0.5) * region.side) + center[axis]);
        return /** @type {Point} */ ([x, y]);
      });
      return { box: [low[0], low[1], high[0], high[1]], eyes: [left, right], score };
    });
  }
}

/**
 * A picture as a network takes it: (1, height, width, 3).
 * @param {Picture} picture
 * @param {number} scale
 * @param {number} shift
 * @returns {import("../networks.js").Numbers}
 */
export function imageInput({ width, height, data }, scale, shift) {
  const values = new Float32Array(3 * width * height);
  const factor = Math.fround(scale);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    values[to] = Math.fround(data[from] * factor) + shift;
    values[to + 1] = Math.fround(data[from + 1] * factor) + shift;
    values[to + 2] = Math.fround(data[from + 2] * factor) + shift;
  }
  return { values, shape: [1, height, width, 3] };
}

/** Where boxes start from, in sides of the picture. @param {{cells: number, boxes: number}} grid @returns {Point[]} */
function centers({ cells, boxes }) {
  const line = Array.from({ length: cells }, (_, index) => (index + 0.5) / cells);
  return line.flatMap((y) => line.flatMap((x) => Array.from({ length: boxes }, () => /** @type {Point} */ ([x, y]))));
}

/**
 * In float32, as numpy computes it.
 * @param {Float32Array} box 16 numbers: centre, size, six points
 * @param {Point} anchor
 * @param {number} side
 * @returns {Point[]} in sides of the square
 */
function decode(box, anchor, side) {
  const values = box.map((value) => value / side);
  const from = (/** @type {number} */ i) => fround(values[i] + anchor[i % 2]);
  const [x, y, halfWidth, halfHeight] = [from(0), from(1), values[2] / 2, values[3] / 2];
  /** @type {Point[]} */
  const points = [
    [fround(x - halfWidth), fround(y - halfHeight)],
    [fround(x + halfWidth), fround(y + halfHeight)],
  ];
  for (let i = 4; i < 16; i += 2) points.push([from(i), from(i + 1)]);
  return points;
}

/**
 * Boxes that overlap the surest one are averaged with it by their scores, then the next.
 * @param {Candidate[]} candidates the surest first
 * @returns {Candidate[]}
 */
export function mergeBoxes(candidates) {
  const merged = [];
  for (let left = candidates; left.length; ) {
    const first = left[0];
    const near = left.filter(
      (other) => other === first || sharedPart(other.points, first.points) > FACES_DETECTOR.SAME_FACE,
    );
    const sum = near.reduce((total, { score }) => fround(total + score), 0);
    const points = first.points.map((_, index) => {
      /** @type {Point} */
      const point = [0, 0];
      for (const { points: own, score } of near) {
        const weight = fround(score / sum);
        point[0] = fround(point[0] + fround(weight * own[index][0]));
        point[1] = fround(point[1] + fround(weight * own[index][1]));
      }
      return point;
    });
    merged.push({ points, score: first.score });
    left = left.filter((other) => !near.includes(other));
  }
  return merged;
}

/** Intersection over union of two boxes. @param {Point[]} a @param {Point[]} b */
function sharedPart([lowA, highA], [lowB, highB]) {
  const size = (/** @type {number} */ i) => Math.max(0, Math.min(highA[i], highB[i]) - Math.max(lowA[i], lowB[i]));
  const common = size(0) * size(1);
  const areas = [
    [lowA, highA],
    [lowB, highB],
  ].map(([low, high]) => (high[0] - low[0]) * (high[1] - low[1]));
  return common / (areas[0] + areas[1] - common);
}
