/** The page: a photo, chosen, dropped or pasted, is corrected at once; or the camera, live. */

import { EyeContact } from "./eye_contact.js";

/** @template {HTMLElement} T @param {string} id @param {new () => T} type @returns {T} */
function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page lacks #${id}.`);
  return found;
}

const file = element("file", HTMLInputElement);
const strength = element("strength", HTMLInputElement);
const download = element("download", HTMLButtonElement);
const camera = element("camera", HTMLButtonElement);
const result = element("result", HTMLCanvasElement);
const live = element("live", HTMLVideoElement);
const state = element("state", HTMLOutputElement);

/** @type {import("./eye_contact.js").CorrectedStream | undefined} */
let corrected;

const loading = EyeContact.load({
  progress: (bytes) => (state.value = `Loading: ${(bytes / 1e6).toFixed(1)} MB`),
});
loading.then(
  () => (state.value = "Ready."),
  (error) => (state.value = error.message),
);

/** Says what goes wrong in one sentence. @param {() => Promise<void>} work */
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    state.value = error instanceof Error ? error.message : String(error);
  }
}

/** @param {Blob} photo */
async function showPhoto(photo) {
  const eyes = await loading;
  state.value = "Looking for eyes…";
  const faces = await eyes.open(photo);
  await redraw();
  const skipped = faces.find((face) => face.skipped);
  if (!faces.length) state.value = "No face was found: choose a photo in which both eyes can be seen.";
  else state.value = skipped ? `A face was left alone: ${skipped.skipped}.` : "Corrected.";
  download.disabled = false;
}

async function redraw() {
  const drawn = await (await loading).draw(Number(strength.value));
  [result.width, result.height] = [drawn.width, drawn.height];
  result.getContext("2d")?.putImageData(drawn, 0, 0);
}

async function showCamera() {
  if (corrected) {
    await corrected.stop();
    corrected = undefined;
    return;
  }
  const eyes = await loading;
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
  corrected = eyes.correct(stream, { strength: Number(strength.value) });
  live.srcObject = corrected.stream;
  await live.play();
}

file.addEventListener("change", () => {
  const chosen = file.files?.[0];
  if (chosen) attempt(() => showPhoto(chosen));
});
strength.addEventListener("change", () => {
  if (corrected) corrected.wishes.strength = Number(strength.value);
  if (!download.disabled) attempt(redraw);
});
camera.addEventListener("click", () => attempt(showCamera));
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  const dropped = event.dataTransfer?.files[0];
  if (dropped) attempt(() => showPhoto(dropped));
});
document.addEventListener("paste", (event) => {
  const pasted = event.clipboardData?.files[0];
  if (pasted) attempt(() => showPhoto(pasted));
});
download.addEventListener("click", () =>
  result.toBlob((blob) => {
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = "eye contact.png";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, "image/png"),
);
