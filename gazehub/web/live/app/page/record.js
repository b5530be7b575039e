/** Recording what is shown into a file. */

import { marked } from "./marks.js";

// Plain `video/mp4` would give VP9, which few players know in an MP4.
const TYPES = ["video/mp4;codecs=avc1.42E01E", "video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm", "video/mp4"];
const SOUNDS = /** @type {Record<string, string>} */ ({ mp4: ",mp4a.40.2", webm: ",opus" });
const RATE = 5e6; // bits a second

/** @param {boolean} withSound */
function recordingType(withSound) {
  const named = TYPES.map((type) => {
    const sound = SOUNDS[/mp4/.test(type) ? "mp4" : "webm"];
    return withSound && type.includes("codecs") ? type + sound : type;
  });
  const found = named.find((type) => MediaRecorder.isTypeSupported(type));
  if (!found) throw new Error("This browser can't record video.");
  return found;
}

/**
 * @param {MediaStream} stream
 * @returns {() => Promise<{file: Blob, suffix: string}>} ends the recording
 */
export function record(stream) {
  const type = recordingType(stream.getAudioTracks().length > 0);
  const recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: RATE });
  const parts = /** @type {Blob[]} */ ([]);
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const ended = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true }));
  recorder.start(1000);
  return async () => {
    if (recorder.state !== "inactive") recorder.stop();
    await ended;
    const suffix = type.startsWith("video/mp4") ? "mp4" : "webm";
    return { file: await marked(new Blob(parts, { type })), suffix };
  };
}
