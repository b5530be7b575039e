/**
 * Eye contact for a page, in five lines:
 *
 *     import { EyeContact } from "./eye_contact.js";
 *     const eyes = await EyeContact.load();
 *     const camera = await navigator.mediaDevices.getUserMedia({ video: true });
 *     const corrected = eyes.correct(camera);
 *     document.querySelector("video").srcObject = corrected.stream;
 */

import { DETECTORS, LIGHT } from "./constants.js";
import { MESH_NETWORK } from "./faces/faces.js";
import { fetchRuntime } from "./workers/loading.js";

/**
 * @typedef {{box: [number, number, number, number], skipped: string | null, atLens: boolean}} PhotoFace  skipped: why it
 *   is left alone, whatever is asked for; atLens: it looks there already, so a correction changes nothing
 */
/** @typedef {import("./stream/stream.js").StreamFace} StreamFace */
/** @typedef {{left: number, top: number, image: ImageData}} Part  of a photo */
/** @typedef {{strength: number, lookAway: number, sideBySide: boolean}} Wishes  numbers are 0..1 */
/** @typedef {{faces: StreamFace[], light: number}} Seen  light: of the whole frame, 0..1 */
/** @typedef {{threads?: number, progress?: (bytes: number) => void}} Options  progress: bytes that arrived so far */

/** @typedef {{threads?: number, runtime: Uint8Array, names: string[], port: MessagePort}} Load  names: of networks */

const DETECTOR_NETWORKS = [DETECTORS.SHORT_RANGE.network, DETECTORS.FULL_RANGE.network];
const light = /** @type {Record<string, string>} */ (LIGHT);
const both = (/** @type {string[]} */ names) => [...names, ...names.flatMap((name) => light[name] ?? [])];
const READING = both([...DETECTOR_NETWORKS, MESH_NETWORK, "pam.onnx", "angle.onnx", "gcm.onnx", "gam.onnx"]);
const DRAWING = both(["cfm.onnx"]); // and later what the reader has fetched, to look at what was drawn

/** Two workers of about the same load: one reads and sketches while the other finishes what was sketched before. */
export class EyeContact {
  constructor() {
    this.reader = new Worker(new URL("./workers/reader.js", import.meta.url), { type: "module" });
    this.drawer = new Worker(new URL("./workers/drawer.js", import.meta.url), { type: "module" });
    this.waiting = /** @type {Map<number, {resolve: Function, reject: Function, isRead?: () => void}>} */ (new Map());
    this.asked = 0;
    /** @type {(bytes: number) => void} */
    this.progress = () => {};
    for (const worker of [this.reader, this.drawer]) worker.addEventListener("message", ({ data }) => this.hear(data));
  }

  /** Fetches the networks, once. @param {Options} options */
  static async load({ threads, progress } = {}) {
    const eyes = new EyeContact();
    let sum = 0;
    eyes.progress = (bytes) => progress?.((sum += bytes));
    const runtime = await fetchRuntime(eyes.progress);
    const { port1, port2 } = new MessageChannel();
    await Promise.all([
      eyes.ask("load", { threads, runtime, names: READING, port: port1 }, { transfer: [port1] }),
      eyes.ask("load", { threads, runtime, names: DRAWING, port: port2 }, { transfer: [port2], worker: eyes.drawer }),
    ]);
    return eyes;
  }

  /**
   * A photo to work on.
   * @param {Blob | ImageData} photo the data of pixels goes to the worker, and is gone here
   * @returns {Promise<PhotoFace[]>} largest first
   */
  async open(photo) {
    const { width, height, data } = photo instanceof ImageData ? photo : await photoPixels(photo);
    return this.ask("photo", { picture: { width, height, data } }, { transfer: [data.buffer] });
  }

  /**
   * The eyes of the opened photo in the lens, or turned away from it.
   * @param {number} strength 0..1, how much of the way they go
   * @param {readonly [number, number]} turn yaw and pitch in degrees, + to the picture's right and up
   * @returns {Promise<Part[]>} what has to be laid over the photo; outside of it nothing changes
   */
  draw(strength = 1, turn = [0, 0]) {
    return this.ask("draw", { strength, turn });
  }

  /** A camera's stream with the eyes in the lens. @param {MediaStream} camera @param {Partial<Wishes>} wishes */
  correct(camera, wishes = {}) {
    return new CorrectedStream(this, camera, { strength: 1, lookAway: 0, sideBySide: false, ...wishes });
  }

  close() {
    this.reader.terminate();
    this.drawer.terminate();
  }

  /**
   * @param {string} kind
   * @param {object} job
   * @param {{transfer?: Transferable[], worker?: Worker, isRead?: () => void}} way isRead: the reading worker is free again
   * @returns {Promise<any>}
   */
  ask(kind, job, { transfer = [], worker = this.reader, isRead } = {}) {
    const id = this.asked++;
    worker.postMessage({ id, kind, ...job }, transfer);
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject, isRead }));
  }

  /** @param {{id: number, progress?: number, isRead?: true, error?: string, result?: any}} message of a worker */
  hear({ id, progress, isRead, error, result }) {
    if (progress) return this.progress(progress);
    const waiting = this.waiting.get(id);
    if (isRead) return waiting?.isRead?.();
    this.waiting.delete(id);
    if (error) waiting?.reject(new Error(error));
    else waiting?.resolve(result);
  }
}

/** Frames that come while others are worked on are dropped, never queued. */
export class CorrectedStream {
  /**
   * @param {EyeContact} eyes
   * @param {MediaStream} camera
   * @param {Wishes} wishes may be changed at any time
   */
  constructor(eyes, camera, wishes) {
    this.eyes = eyes;
    this.wishes = wishes;
    this.canvas = document.createElement("canvas");
    this.context = /** @type {ImageBitmapRenderingContext} */ (this.canvas.getContext("bitmaprenderer"));
    /** The corrected picture, and the camera's sound. */
    this.stream = this.canvas.captureStream();
    for (const sound of camera.getAudioTracks()) this.stream.addTrack(sound);
    this.times = /** @type {{frame: number, delay: number}[]} */ ([]);
    this.seen = /** @type {Seen | null} */ (null);
    /** Is told what went wrong with a frame. @type {(error: unknown) => void} */
    this.onerror = (error) => console.error(error);
    this.stopped = false;
    this.newest = /** @type {number | null} */ (null); // when the camera's last frame came, if it was not taken yet
    this.isReading = false;
    this.underway = 0;
    this.video = document.createElement("video");
    this.video.muted = true;
    this.video.playsInline = true;
    this.video.srcObject = camera;
    this.video.play().then(() => this.video.requestVideoFrameCallback((now) => this.see(now)));
  }

  /** Frames a second over the last second. */
  get rate() {
    const now = performance.now();
    return this.times.filter(({ frame }) => now - frame < 1000).length;
  }

  /** Milliseconds from a frame of the camera to the corrected one, over the last second. */
  get delay() {
    const lately = this.times.slice(-Math.max(1, this.rate));
    return lately.reduce((sum, { delay }) => sum + delay, 0) / Math.max(1, lately.length);
  }

  stop() {
    this.stopped = true;
    this.video.srcObject = null;
    this.stream.getVideoTracks().forEach((track) => track.stop());
    return this.eyes.ask("forget", {});
  }

  /** @param {number} now */
  see(now) {
    if (this.stopped) return;
    this.video.requestVideoFrameCallback((next) => this.see(next));
    this.newest = now;
    this.take();
  }

  /** One frame is read while another is drawn. */
  async take() {
    if (this.stopped || this.newest === null || this.isReading || this.underway > 1) return;
    const came = this.newest;
    this.newest = null;
    this.isReading = true;
    this.underway += 1;
    try {
      const bitmap = await createImageBitmap(this.video);
      const job = { bitmap, seconds: came / 1000, ...this.wishes };
      this.show(await this.eyes.ask("frame", job, { transfer: [bitmap], isRead: () => this.read() }), came);
    } catch (error) {
      if (!this.stopped) this.onerror(error);
    } finally {
      this.underway -= 1;
      if (!this.underway) this.isReading = false; // where reading failed
      this.take();
    }
  }

  read() {
    this.isReading = false;
    this.take();
  }

  /** @param {Seen & {bitmap: ImageBitmap}} frame @param {number} came */
  show({ bitmap, faces, light }, came) {
    if (this.canvas.width !== bitmap.width) this.canvas.width = bitmap.width;
    if (this.canvas.height !== bitmap.height) this.canvas.height = bitmap.height;
    this.context.transferFromImageBitmap(bitmap);
    this.seen = { faces, light };
    const shown = performance.now();
    this.times = [...this.times.slice(-99), { frame: shown, delay: shown - came }];
  }
}

/**
 * A photo as it stands upright, in sRGB; what is transparent becomes white.
 * @param {Blob} photo
 * @param {number} most pixels
 * @returns {Promise<ImageData>}
 */
export async function photoPixels(photo, most = Infinity) {
  const bitmap = await createImageBitmap(photo, { imageOrientation: "from-image" });
  const { width, height } = bitmap;
  if (width * height > most) throw new RangeError(`The photo has more than ${most} pixels.`);
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true, alpha: false })
  );
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}
