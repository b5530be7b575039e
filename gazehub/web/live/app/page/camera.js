/** The camera, live. */

import { attempt, button, element, input, save, say, share } from "./elements.js";
import { record } from "./record.js";
import { lackingForCamera } from "./support.js";
import { ENDED, ofCamera, ofError, ofFrame } from "./words.js";

/** @typedef {import("../eye_contact.js").EyeContact} EyeContact */
/** @typedef {import("../eye_contact.js").CorrectedStream} CorrectedStream */
/** @typedef {{corrected: CorrectedStream, camera: MediaStream}} Live */

const SIZE = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
const LOOK_EVERY = 500; // milliseconds

/** @param {Promise<EyeContact>} loading */
export function cameraRoom(loading) {
  const screen = element("screen", HTMLDivElement);
  const video = element("live", HTMLVideoElement);
  const rate = element("rate", HTMLOutputElement);
  const cameras = element("cameras", HTMLSelectElement);
  const [mirrored, split, sound] = ["mirrored", "split", "sound"].map(input);
  let live = /** @type {Live | null} */ (null);
  let endRecording = /** @type {(() => Promise<void>) | null} */ (null);
  const strength = share("live-strength", pass);
  const lookAway = share("look-away", pass);

  const wishes = () => ({
    strength: strength.valueAsNumber,
    lookAway: lookAway.valueAsNumber,
    sideBySide: split.checked,
  });

  function pass() {
    if (live) Object.assign(live.corrected.wishes, wishes());
    screen.classList.toggle("mirrored", mirrored.checked);
    for (const label of screen.querySelectorAll(".left, .right")) label.toggleAttribute("hidden", !split.checked);
  }

  async function start() {
    const missing = lackingForCamera();
    if (missing) throw new Error(missing);
    await stop();
    say("Starting the camera…");
    const chosen = cameras.value ? { deviceId: { exact: cameras.value } } : {};
    const camera = await navigator.mediaDevices.getUserMedia({ video: { ...SIZE, ...chosen } });
    const corrected = (await loading).correct(camera, wishes());
    live = { corrected, camera };
    corrected.onerror = (error) => say(ofError(error), "problem");
    camera.getVideoTracks()[0].addEventListener("ended", async () => {
      await stop();
      say(ENDED, "problem");
    });
    video.srcObject = corrected.stream;
    await video.play();
    show(true);
    pass();
    await listCameras(camera);
  }

  async function stop() {
    if (endRecording) await endRecording();
    if (!live) return;
    const { corrected, camera } = live;
    live = null;
    video.srcObject = null;
    camera.getTracks().forEach((track) => track.stop());
    await corrected.stop();
    show(false);
    say("The camera is off.");
  }

  /** @param {boolean} on */
  function show(on) {
    screen.hidden = !on;
    element("start-text", HTMLParagraphElement).hidden = on;
    for (const id of ["stop", "record"]) button(id).disabled = !on;
    button("fullscreen").disabled = !on || !document.fullscreenEnabled;
    button("picture-in-picture").disabled = !on || !document.pictureInPictureEnabled;
  }

  /** Their names are told once one is in use. @param {MediaStream} camera */
  async function listCameras(camera) {
    const found = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
    cameras.replaceChildren(...found.map(({ label, deviceId }, i) => new Option(label || `Camera ${i + 1}`, deviceId)));
    cameras.value = camera.getVideoTracks()[0].getSettings().deviceId ?? "";
    cameras.disabled = found.length < 2;
  }

  async function toggleRecording() {
    if (endRecording) return endRecording();
    if (!live) return;
    const heard = sound.checked ? await navigator.mediaDevices.getUserMedia({ audio: true }) : null;
    const ended = record(new MediaStream([...live.corrected.stream.getVideoTracks(), ...(heard?.getTracks() ?? [])]));
    split.disabled = sound.disabled = true; // the size of a recording stays
    button("record").textContent = "End and save";
    endRecording = async () => {
      endRecording = null;
      const { file, suffix } = await ended();
      heard?.getTracks().forEach((track) => track.stop());
      split.disabled = sound.disabled = false;
      button("record").textContent = "Record";
      save(file, `eye-contact-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.${suffix}`);
    };
  }

  setInterval(() => {
    if (!live) return;
    const { corrected } = live;
    rate.value = `${corrected.rate} frames a second, ${Math.round(corrected.delay)} ms`;
    if (corrected.seen) say(ofFrame(corrected.seen.faces, corrected.seen.light) || (endRecording ? "Recording…" : "Live."));
  }, LOOK_EVERY);

  for (const box of [mirrored, split]) box.addEventListener("change", pass);
  cameras.addEventListener("change", () => attempt(start, ofCamera));
  button("start").addEventListener("click", () => attempt(start, ofCamera));
  button("stop").addEventListener("click", () => attempt(stop, ofError));
  button("record").addEventListener("click", () => attempt(toggleRecording, ofCamera));
  button("fullscreen").addEventListener("click", () => attempt(() => screen.requestFullscreen(), ofError));
  button("picture-in-picture").addEventListener("click", () =>
    attempt(async () => void (await video.requestPictureInPicture()), ofError),
  );
  loading.then(() => (button("start").disabled = false));
  return { stop };
}
