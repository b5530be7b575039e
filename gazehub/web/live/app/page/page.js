/** The page: two rooms, a photo and the camera. */

import { BYTES } from "../constants.js";
import { EyeContact } from "../eye_contact.js";
import { attempt, button, element, say } from "./elements.js";
import { cameraRoom } from "./camera.js";
import { keepApp } from "./keep.js";
import { photoRoom } from "./photo.js";
import { lacking } from "./support.js";
import { ofError } from "./words.js";

const ROOMS = ["photo", "camera"];

async function load() {
  const missing = lacking();
  if (missing) throw new Error(missing);
  await keepApp();
  const progress = element("progress", HTMLProgressElement);
  const eyes = await EyeContact.load({
    progress(bytes) {
      progress.value = Math.min(1, bytes / BYTES);
      say(`Loading: ${(Math.min(bytes, BYTES) / 1e6).toFixed(1)} of ${(BYTES / 1e6).toFixed(1)} MB`);
    },
  });
  progress.hidden = true;
  say("Ready.");
  return eyes;
}

/** @param {string} room */
function show(room) {
  for (const name of ROOMS) {
    element(name, HTMLElement).hidden = name !== room;
    const tab = button(`${name}-tab`);
    tab.setAttribute("aria-selected", String(name === room));
    tab.tabIndex = name === room ? 0 : -1;
  }
  history.replaceState(null, "", `#${room}`);
  if (room !== "camera") attempt(camera.stop, ofError);
}

const loading = load();
loading.catch((error) => {
  element("progress", HTMLProgressElement).hidden = true;
  say(ofError(error), "problem");
});
const camera = cameraRoom(loading);
photoRoom(loading, () => show("photo"));
ROOMS.forEach((room, index) => {
  const tab = button(`${room}-tab`);
  tab.addEventListener("click", () => show(room));
  tab.addEventListener("keydown", ({ key }) => {
    if (key !== "ArrowLeft" && key !== "ArrowRight") return;
    const next = ROOMS[(index + 1) % ROOMS.length];
    show(next);
    button(`${next}-tab`).focus();
  });
});
if (location.hash === "#camera") show("camera");
