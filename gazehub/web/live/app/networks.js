/** The networks, run by onnxruntime-web; as `gazehub/onnx.py` and `gazehub/model/onnx_networks.py`. */

import { EYE_FRAME } from "./constants.js";

/** @typedef {{values: Float32Array, shape: number[]}} Numbers */
/** @typedef {(name: string) => Promise<Network>} Open  opens a network by the name of its file, once */

/** A network: float32 arrays in, float32 arrays out. */
export class Network {
  /**
   * @param {typeof import("onnxruntime-common")} runtime
   * @param {import("onnxruntime-common").InferenceSession} session
   */
  constructor(runtime, session) {
    this.runtime = runtime;
    this.session = session;
  }

  /**
   * @param {Numbers[]} inputs in the network's order
   * @returns {Promise<Float32Array[]>} in the network's order
   */
  async run(inputs) {
    const { inputNames, outputNames } = this.session;
    const feeds = Object.fromEntries(
      inputs.map(({ values, shape }, index) => [inputNames[index], new this.runtime.Tensor("float32", values, shape)]),
    );
    const outputs = await this.session.run(feeds);
    return outputNames.map((name) => /** @type {Float32Array} */ (outputs[name].data));
  }
}

/** @typedef {import("./numbers.js").Point} Point */
/** @typedef {{patch: Float32Array, content: Float32Array, seen: Point, lens: Point}} Seen  of one eye */
/**
 * Of one eye, at the coarse size.
 * @typedef {{patch: Float32Array, coarse: Float32Array, before: Point, after: Point}} Inpainting  before, after: gaze offsets
 */

/** What reads and draws eyes. Patches are (3, PATCH_HEIGHT, PATCH_WIDTH) RGB in 0..1. */
export class GazeNetworks {
  /**
   * @param {Open} open
   * @param {Record<string, string>} instead names of networks to open instead of others, by those
   */
  constructor(open, instead = {}) {
    this.open = (/** @type {string} */ name) => open(instead[name] ?? name);
  }

  /**
   * Content codes, gaze offsets and their spread.
   * @param {readonly Float32Array[]} patches
   */
  async encode(patches) {
    const input = patchInput(patches);
    const [content] = await (await this.open("pam.onnx")).run([input]);
    return { content: split(content, patches.length), ...(await this.locate(patches)) };
  }

  /**
   * Gaze offsets and their spread alone.
   * @param {readonly Float32Array[]} patches
   */
  async locate(patches) {
    const [offsets, spread] = await (await this.open("angle.onnx")).run([patchInput(patches)]);
    return { seen: points(offsets), spread: [...spread] };
  }

  /**
   * In-paintings of eyes that look into the lens, one for each.
   * @param {readonly Seen[]} eyes
   */
  correct(eyes) {
    return this.inpaint(
      "gcm.onnx",
      eyes,
      eyes.map((eye) => eye.lens),
    );
  }

  /**
   * The same of eyes at angle codes, eye widths from the lens.
   * @param {readonly Seen[]} eyes
   * @param {readonly Point[]} angles
   */
  animate(eyes, angles) {
    return this.inpaint(
      "gam.onnx",
      eyes,
      eyes.map(({ lens }, index) => {
        const [x, y] = [0, 1].map((i) => Math.fround(lens[i]) + Math.fround(angles[index][i]));
        return [x, y];
      }),
    );
  }

  /**
   * @param {string} stage
   * @param {readonly Seen[]} eyes
   * @param {readonly Point[]} after gaze offsets to draw
   * @returns {Promise<Inpainting[]>}
   */
  async inpaint(stage, eyes, after) {
    const patches = patchInput(eyes.map((eye) => eye.patch));
    const content = stack(eyes.map((eye) => eye.content));
    const [coarse] = await (await this.open(stage)).run([patches, content, stack(after)]);
    return split(coarse, eyes.length).map((values, i) => {
      return { patch: eyes[i].patch, coarse: values, before: eyes[i].seen, after: after[i] };
    });
  }

  /**
   * Fields that carry what was in-painted into the picture, one array of planes for each.
   * @param {readonly Inpainting[]} eyes
   */
  async refine(eyes) {
    const patches = patchInput(eyes.map((eye) => eye.patch));
    const { values } = stack(eyes.map((eye) => eye.coarse));
    // The in-painting's own size, whatever it is: width to height as a patch has them.
    const rows = Math.sqrt((values.length / (3 * eyes.length)) * (EYE_FRAME.PATCH_HEIGHT / EYE_FRAME.PATCH_WIDTH));
    const shape = [eyes.length, 3, rows, (rows * EYE_FRAME.PATCH_WIDTH) / EYE_FRAME.PATCH_HEIGHT];
    const inpainted = { values, shape: shape.map(Math.round) };
    const [before, after] = [stack(eyes.map((eye) => eye.before)), stack(eyes.map((eye) => eye.after))];
    const [fields] = await (await this.open("cfm.onnx")).run([patches, inpainted, before, after]);
    return split(fields, eyes.length);
  }
}

/** @param {readonly Float32Array[]} patches @returns {Numbers} */
function patchInput(patches) {
  const { values } = stack(patches);
  return { values, shape: [patches.length, 3, EYE_FRAME.PATCH_HEIGHT, EYE_FRAME.PATCH_WIDTH] };
}

/** @param {readonly (Float32Array | readonly number[])[]} rows @returns {Numbers} */
function stack(rows) {
  const width = rows[0].length;
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, index) => values.set(row, index * width));
  return { values, shape: [rows.length, width] };
}

/** @param {Float32Array} values @param {number} parts */
function split(values, parts) {
  const size = values.length / parts;
  return Array.from({ length: parts }, (_, index) => values.subarray(index * size, (index + 1) * size));
}

/** @param {Float32Array} offsets @returns {Point[]} */
function points(offsets) {
  return Array.from({ length: offsets.length / 2 }, (_, index) => [offsets[2 * index], offsets[2 * index + 1]]);
}
