/** What the app needs of a browser. */

const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
const HAVE = "Chrome or Edge 91, Firefox 132, Safari 16.4 and later have it";

/** What a browser lacks to correct photos, in a sentence; null if it can. */
export function lacking() {
  const needs = {
    "WebAssembly with SIMD": () => WebAssembly.validate(new Uint8Array(SIMD)),
    OffscreenCanvas: () => typeof OffscreenCanvas === "function",
    createImageBitmap: () => typeof createImageBitmap === "function",
    DecompressionStream: () => typeof DecompressionStream === "function",
  };
  return sentence(needs);
}

/** The same to correct a camera. */
export function lackingForCamera() {
  return sentence({
    requestVideoFrameCallback: () => "requestVideoFrameCallback" in HTMLVideoElement.prototype,
    "captureStream of a canvas": () => "captureStream" in HTMLCanvasElement.prototype,
  });
}

/** @param {Record<string, () => boolean>} needs */
function sentence(needs) {
  for (const [name, has] of Object.entries(needs)) {
    if (!has()) return `This browser is too old: it lacks ${name}; ${HAVE}.`;
  }
  return null;
}
