/** Who is who from frame to frame, as `gazehub/stream/tracking.py`. */

import { FACES_SEARCH, STREAM_TRACKING } from "../constants.js";
import { area } from "../faces/face.js";
import { overlap } from "../faces/faces.js";
import { length, mean, minus } from "../numbers.js";

/** @typedef {import("../numbers.js").Point} Point */
/** @typedef {import("../faces/face.js").Face} Face */
/** @typedef {import("../pixels/resample.js").Picture} Picture */
/** @typedef {{identity: number, face: Face, seconds: number, step: Point}} Track  step: since the frame before */
/**
 * What is known after a frame.
 * @typedef {object} Scene
 * @property {readonly Track[]} tracks the faces in it, largest first
 * @property {readonly Track[]} lost those that were there a moment ago
 * @property {boolean} fresh nothing before this frame counts
 * @property {number} seconds
 * @property {number} searched when the whole picture was last searched
 * @property {number} newest the highest identity so far
 * @property {Float32Array} thumbnail
 */

const { SEARCH_EVERY, FORGET_AFTER, CHANGED, CUT, FARTHEST_STEP, THUMBNAIL } = STREAM_TRACKING;

/**
 * Follows faces by their last mesh; the detectors run only when one is lost, and now and then for new ones.
 * @param {import("../faces/faces.js").FaceLandmarker} landmarker
 * @param {Picture} picture
 * @param {number} seconds
 * @param {Scene | null} before
 * @returns {Promise<Scene>}
 */
export async function track(landmarker, picture, seconds, before) {
  const thumbnail = thumbnailOf(picture);
  const passed = before ? seconds - before.seconds : 0;
  const fresh = !before || !(passed > 0 && passed <= FORGET_AFTER) || isCut(before.thumbnail, thumbnail);
  let newest = before ? before.newest : -1;
  const earlier = fresh ? [] : [...before.tracks, ...before.lost];
  let tracks = fresh ? [] : await followed(landmarker, picture, seconds, before.tracks);
  let lost = missing(earlier, tracks, seconds);
  let searched = before ? before.searched : seconds;
  if (fresh || lost.length || seconds - searched >= SEARCH_EVERY) {
    searched = seconds;
    const known = tracks.map(({ face }) => face.box);
    for (const face of await landmarker.near(picture, known)) {
      if (tracks.some((other) => overlap(face.box, other.face.box) > FACES_SEARCH.SAME_FACE)) continue;
      const again = nearest(face, lost);
      if (!again) newest += 1;
      const step = /** @type {Point} */ (again ? minus(placeOf(face), placeOf(again.face)) : [0, 0]);
      tracks = [...tracks, { identity: again ? again.identity : newest, face, seconds, step }];
      lost = missing(earlier, tracks, seconds);
    }
  }
  tracks = [...tracks].sort((a, b) => area(b.face) - area(a.face));
  return { tracks, lost, fresh, seconds, searched, newest, thumbnail };
}

/**
 * @param {import("../faces/faces.js").FaceLandmarker} landmarker
 * @param {Picture} picture
 * @param {number} seconds
 * @param {readonly Track[]} tracks
 */
async function followed(landmarker, picture, seconds, tracks) {
  const found = /** @type {{track: Track, strangeness: number}[]} */ ([]);
  for (const before of tracks) {
    const face = await landmarker.follow(picture, before.face);
    if (!face || distance(face, before.face) >= FARTHEST_STEP) continue;
    const step = minus(placeOf(face), placeOf(before.face));
    const strangeness = length(minus(step, before.step));
    found.push({ track: { identity: before.identity, face, seconds, step }, strangeness });
  }
  // Where two tracks ended up on one face, it is the one's that moved on as it was moving.
  const kept = /** @type {Track[]} */ ([]);
  for (const { track: own } of found.sort((a, b) => a.strangeness - b.strangeness)) {
    const apart = (/** @type {Track} */ { face }) =>
      overlap(own.face.box, face.box) <= FACES_SEARCH.SAME_FACE || distance(own.face, face) > 0.5;
    if (kept.every(apart)) kept.push(own);
  }
  return kept;
}

/** @param {readonly Track[]} known @param {readonly Track[]} present @param {number} seconds */
function missing(known, present, seconds) {
  const identities = new Set(present.map(({ identity }) => identity));
  return known.filter((track) => !identities.has(track.identity) && seconds - track.seconds <= FORGET_AFTER);
}

/** Who of those that were lost a face may be. @param {Face} face @param {readonly Track[]} lost */
function nearest(face, lost) {
  const all = lost.map((track) => ({ track, away: distance(face, track.face) }));
  const near = all.filter(({ away }) => away < FARTHEST_STEP);
  return near.sort((a, b) => a.away - b.away)[0]?.track;
}

/** The middle between the eyes. @param {Face} face */
const placeOf = (face) => mean(face.eyes.map((eye) => eye.frame.center));

/** In distances between the eyes. @param {Face} one @param {Face} other */
function distance(one, other) {
  const [left, right] = other.eyes.map((eye) => eye.frame.center);
  return length(minus(placeOf(one), placeOf(other))) / length(minus(right, left));
}

/** A small gray picture. @param {Picture} picture */
export function thumbnailOf({ width, height, data }) {
  const [columns, rows] = THUMBNAIL;
  const step = Math.max(1, Math.floor(Math.min(width, height) / 180));
  const [sums, counts] = [new Float64Array(columns * rows), new Float64Array(columns * rows)];
  const places = Int32Array.from({ length: width }, (_, x) => Math.floor((x * columns) / width));
  for (let y = 0; y < height; y += step) {
    const line = columns * Math.floor((y * rows) / height);
    for (let x = 0, from = 4 * y * width; x < width; x += step, from += 4 * step) {
      const to = line + places[x];
      sums[to] += data[from] + data[from + 1] + data[from + 2];
      counts[to] += 3;
    }
  }
  return Float32Array.from(sums, (sum, index) => sum / counts[index]);
}

/** @param {Float32Array} before @param {Float32Array} now */
function isCut(before, now) {
  let changed = 0;
  for (let i = 0; i < now.length; i++) if (Math.abs(now[i] - before[i]) > CHANGED) changed += 1;
  return changed / now.length > CUT;
}
