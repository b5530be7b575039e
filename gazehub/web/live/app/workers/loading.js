/** Fetches the runtime and the networks from the app's own folder, and opens them. */

import { Network } from "../networks.js";

/** @typedef {(bytes: number) => void} Progress  called with the bytes of each part that arrived */

/**
 * A file of the app. Large ones are kept compressed, as not every host compresses by itself.
 * @param {string} path
 * @param {Progress} progress
 */
export async function fetchPacked(path, progress = () => {}) {
  const address = new URL(`../${path}.gz`, import.meta.url);
  const answer = await fetch(address);
  if (!answer.ok || !answer.body) throw new Error(`${address.pathname} can't be loaded (${answer.status}).`);
  const counting = new TransformStream({
    transform(/** @type {Uint8Array} */ chunk, controller) {
      progress(chunk.length);
      controller.enqueue(chunk);
    },
  });
  const bytes = new Uint8Array(await new Response(answer.body.pipeThrough(counting)).arrayBuffer());
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b; // a host may have unpacked it
  if (!packed) return bytes;
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}

/**
 * A network. It comes with the first bytes of each four ahead of all second ones and so on.
 * @param {string} name
 * @param {Progress} progress
 */
async function fetchNetwork(name, progress = () => {}) {
  const planes = await fetchPacked(`networks/${name}`, progress);
  const bytes = planes.slice();
  const count = planes.length >> 2;
  for (let plane = 0, from = 0; plane < 4; plane++) {
    for (let to = plane; to < 4 * count; to += 4) bytes[to] = planes[from++];
  }
  return bytes;
}

/** The code that runs networks. @param {Progress} progress */
export const fetchRuntime = (progress = () => {}) => fetchPacked("runtime/ort-wasm-simd-threaded.wasm", progress);

/**
 * What opens networks by the names of their files, each once, when it is first needed.
 * @param {{threads?: number, runtime?: Uint8Array, progress?: Progress}} options runtime: see `fetchRuntime`
 * @returns {Promise<import("../networks.js").Open>}
 */
export async function networkOpener({ threads, runtime: code, progress } = {}) {
  const address = (/** @type {string} */ name) => new URL(`../runtime/${name}`, import.meta.url).href;
  /** @type {typeof import("onnxruntime-common")} */
  const runtime = await import(address("ort.wasm.min.mjs"));
  const { wasm } = runtime.env;
  wasm.wasmPaths = { mjs: address("ort-wasm-simd-threaded.mjs") };
  wasm.wasmBinary = (code ?? (await fetchRuntime(progress))).buffer;
  wasm.numThreads = globalThis.crossOriginIsolated ? (threads ?? usualThreads()) : 1;
  const options = {
    executionProviders: ["wasm"],
    // A thread that spins while it waits keeps the core from others: on a busy machine frames came to a stop.
    extra: { session: { intra_op: { allow_spinning: "0" }, inter_op: { allow_spinning: "0" } } },
  };
  const opened = /** @type {Map<string, Promise<Network>>} */ (new Map());
  return (name) => {
    const known = opened.get(name);
    if (known) return known;
    const opening = fetchNetwork(name, progress).then(
      async (bytes) => new Network(runtime, await runtime.InferenceSession.create(bytes, options)),
    );
    opened.set(name, opening);
    opening.catch(() => opened.delete(name));
    return opening;
  };
}

/** Two workers run networks at once. With fewer cores than threads, both together took twice as long. */
const usualThreads = () => Math.max(1, Math.min(3, (navigator.hardwareConcurrency || 1) >> 1));
