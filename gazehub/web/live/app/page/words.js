/** What the page says: one sentence for each thing that can happen. */

import { REASONS } from "../constants.js";

/** @typedef {import("../eye_contact.js").PhotoFace} PhotoFace */

const DARK = 0.12; // mean light, 0..1

const NO_FACE = "No face was found: choose a photo in which both eyes can be seen.";
const NO_FACE_IN_THE_DARK = "No face was found, and the photo is very dark: make it lighter, or choose another.";
const NOBODY = "No face can be seen: sit so that both eyes are in the picture.";
const TOO_DARK = "It is too dark to see a face: turn on a light in front of you.";
const AT_LENS = "The eyes look into the lens already, so they stay as they are: drag them to turn them.";
export const NO_PICTURE = "This file is not a picture that the browser can open: choose a JPEG, PNG or WebP.";
export const TOO_LARGE = "The photo is too large: at most 40 megapixels.";
export const ENDED = "The camera stopped: connect it again, then press Start the camera.";

const WHY = /** @type {Record<string, string>} */ (REASONS);
const CAMERA = /** @type {Record<string, string>} */ ({
  NotAllowedError: "The browser does not let this page use the camera: allow it beside the address, then start again.",
  NotFoundError: "No camera was found: connect one, then start again.",
  OverconstrainedError: "This camera is gone: choose another, then start again.",
  NotReadableError: "Another program holds the camera: close that one, then start again.",
});
const NOT_SECURE = "Browsers give the camera to pages at https addresses alone: open this page at one.";

/** @param {readonly PhotoFace[]} faces @param {number} light */
export function ofPhoto(faces, light) {
  if (!faces.length) return { words: light < DARK ? NO_FACE_IN_THE_DARK : NO_FACE, kind: /** @type {const} */ ("problem") };
  const reasons = faces.flatMap(({ skipped }, index) => (skipped ? [{ reason: WHY[skipped], number: index + 1 }] : []));
  const words = faces.every(({ atLens }) => atLens) ? AT_LENS : "Corrected: drag the line, or the eyes.";
  if (!reasons.length) return { words, kind: /** @type {const} */ ("news") };
  const [{ reason, number }] = reasons;
  const whose = faces.length === 1 ? `${reason[0].toUpperCase()}${reason.slice(1)}` : `Face ${number}: ${reason}`;
  return { words: `${whose}.`, kind: /** @type {const} */ ("problem") };
}

/** @param {readonly {skipped: string | null}[]} faces @param {number} light */
export function ofFrame(faces, light) {
  if (!faces.length) return light < DARK ? TOO_DARK : NOBODY;
  const skipped = faces[0].skipped;
  return skipped ? `${WHY[skipped][0].toUpperCase()}${WHY[skipped].slice(1)}.` : "";
}

/** Why there is no camera. @param {unknown} error */
export function ofCamera(error) {
  if (!globalThis.isSecureContext) return NOT_SECURE;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return CAMERA[name] ?? message;
}

/** @param {unknown} error */
export const ofError = (error) => (error instanceof Error ? error.message : String(error));

/** Degrees from the lens, for people. @param {readonly [number, number]} turn yaw, pitch */
export function ofGaze([yaw, pitch]) {
  const parts = [];
  if (Math.round(yaw)) parts.push(`${Math.abs(Math.round(yaw))}° to the ${yaw > 0 ? "right" : "left"}`);
  if (Math.round(pitch)) parts.push(`${Math.abs(Math.round(pitch))}° ${pitch > 0 ? "up" : "down"}`);
  return parts.join(", ") || "into the lens";
}
