/**
 * Eye contact for a page, in five lines:
 *
 *     import { EyeContact } from "./eye_contact.js";
 *     const eyes = await EyeContact.load();
 *     const camera = await navigator.mediaDevices.getUserMedia({ video: true });
 *     const corrected = eyes.correct(camera);
 *     document.querySelector("video").srcObject = corrected.stream;
 */

import { DETECTORS } from "./constants.js";
import { MESH_NETWORK } from "./faces.js";

/** @typedef {{box: [number, number, number, number], skipped: string | null}} PhotoFace */
/** @typedef {import("./stream/stream.js").StreamFace} StreamFace */
/** @typedef {{left: number, top: number, image: ImageData}} Part  of a photo */
/** @typedef {{strength: number, lookAway: number, sideBySide: boolean}} Wishes  numbers are 0..1 */
/** @typedef {{faces: StreamFace[], light: number}} Seen  light: of the whole frame, 0..1 */
/** @typedef {{threads?: number, progress?: (bytes: number) => void}} Options  progress: bytes that arrived so far */

const FIRST_NETWORKS = [DETECTORS.SHORT_RANGE.network, DETECTORS.FULL_RANGE.network, MESH_NETWORK];
const NETWORKS = [...FIRST_NETWORKS, "pam.onnx", "angle.onnx", "gcm.onnx", "gam.onnx", "cfm.onnx"];

export class EyeContact {
  /** @param {Options} options */
  constructor({ progress }) {
    this.worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    this.waiting = /** @type {Map<number, {resolve: Function, reject: Function}>} */ (new Map());
    this.asked = 0;
    let bytes = 0;
    this.worker.addEventListener("message", ({ data }) => {
      if (data.progress) return progress?.((bytes += data.progress));
      const { resolve, reject } = /** @type {{resolve: Function, reject: Function}} */ (this.waiting.get(data.id));
      this.waiting.delete(data.id);
      if (data.error) reject(new Error(data.error));
      else resolve(data.result);
    });
  }

  /** Fetches the networks, once. @param {Options} options */
  static async load(options = {}) {
    const eyes = new EyeContact(options);
    await eyes.ask("load", { threads: options.threads, names: NETWORKS });
    return eyes;
  }

  /**
   * A photo to work on.
   * @param {Blob | ImageData} photo the data of pixels goes to the worker, and is gone here
   * @returns {Promise<PhotoFace[]>} largest first
   */
  async open(photo) {
    const { width, height, data } = photo instanceof ImageData ? photo : await photoPixels(photo);
    return this.ask("photo", { picture: { width, height, data } }, [data.buffer]);
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
    this.worker.terminate();
  }

  /**
   * @param {string} kind
   * @param {object} job
   * @param {Transferable[]} transfer
   * @returns {Promise<any>}
   */
  ask(kind, job, transfer = []) {
    const id = this.asked++;
    this.worker.postMessage({ id, kind, ...job }, transfer);
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }
}

/** Frames that come while one is worked on are dropped, never queued. */
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
    this.busy = false;
    this.video = document.createElement("video");
    this.video.muted = true;
    this.video.playsInline = true;
    this.video.srcObject = camera;
    this.video.play().then(() => this.video.requestVideoFrameCallback((now) => this.take(now)));
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
  async take(now) {
    if (this.stopped) return;
    this.video.requestVideoFrameCallback((next) => this.take(next));
    if (this.busy) return;
    this.busy = true;
    try {
      const bitmap = await createImageBitmap(this.video);
      const frame = await this.eyes.ask("frame", { bitmap, seconds: now / 1000, ...this.wishes }, [bitmap]);
      if (this.canvas.width !== frame.bitmap.width) this.canvas.width = frame.bitmap.width;
      if (this.canvas.height !== frame.bitmap.height) this.canvas.height = frame.bitmap.height;
      this.context.transferFromImageBitmap(frame.bitmap);
      this.seen = { faces: frame.faces, light: frame.light };
      const shown = performance.now();
      this.times = [...this.times.slice(-99), { frame: shown, delay: shown - now }];
    } catch (error) {
      if (!this.stopped) this.onerror(error);
    } finally {
      this.busy = false;
    }
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
