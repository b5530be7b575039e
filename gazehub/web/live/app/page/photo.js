/** The photo: chosen, dropped or pasted, corrected at once, looked at before and after, saved. */

import { photoPixels } from "../eye_contact.js";
import { light } from "../pixels/light.js";
import { attempt, button, drawing, element, input, save, say, share } from "./elements.js";
import { marked } from "./marks.js";
import { dragged, FARTHEST, gazePad, reachable } from "./pad.js";
import { NO_PICTURE, ofError, ofGaze, ofPhoto, TOO_LARGE } from "./words.js";

/** @typedef {import("../eye_contact.js").EyeContact} EyeContact */
/** @typedef {import("../eye_contact.js").PhotoFace} PhotoFace */
/** @typedef {import("./pad.js").Turn} Turn */
/** @typedef {{name: string, faces: PhotoFace[]}} Photo */

const MOST_PIXELS = 40e6;

/** @param {Promise<EyeContact>} loading @param {() => void} show brings the photo to the front */
export function photoRoom(loading, show) {
  const [before, after] = [drawing("before"), drawing("after")];
  const stage = element("stage", HTMLDivElement);
  const strength = share("strength", () => redraw());
  const pad = gazePad(() => turn, look);
  let turn = /** @type {Turn} */ ([0, 0]);
  let photo = /** @type {Photo | null} */ (null);
  let isDrawing = false;
  let again = false;

  /** @param {Blob} file */
  async function open(file) {
    show();
    say("Opening the photo…");
    const pixels = await photoPixels(file, MOST_PIXELS).catch((error) => {
      throw new Error(error instanceof RangeError ? TOO_LARGE : NO_PICTURE);
    });
    enable(false);
    photo = null;
    for (const { canvas, context } of [before, after]) {
      [canvas.width, canvas.height] = [pixels.width, pixels.height];
      context.putImageData(pixels, 0, 0);
    }
    stage.hidden = false;
    say("Looking for eyes…");
    const eyes = await loading;
    const brightness = light(pixels);
    const faces = await eyes.open(pixels);
    const opened = { name: file instanceof File ? file.name.replace(/\.[^.]*$/, "") : "photo", faces };
    photo = opened;
    turn = [0, 0];
    showGaze();
    await redraw();
    if (photo !== opened) return;
    enable(true);
    const { words, kind } = ofPhoto(faces, brightness);
    say(words, kind);
  }

  /** With the latest wish, while the last one is drawn. */
  async function redraw() {
    again = true;
    if (isDrawing) return;
    isDrawing = true;
    try {
      while (again && photo) {
        again = false;
        const drawn = photo;
        const parts = await (await loading).draw(strength.valueAsNumber, turn);
        if (photo === drawn) for (const { left, top, image } of parts) after.context.putImageData(image, left, top);
        closeUp(drawn);
      }
    } finally {
      isDrawing = false;
    }
  }

  /** The eyes of the largest face whose eyes were redrawn. @param {Photo} shown */
  function closeUp({ faces }) {
    const face = faces.find(({ skipped }) => !skipped);
    element("closeup", HTMLElement).hidden = !face;
    if (!face) return;
    const [left, top, right, bottom] = face.box;
    const [width, height] = [right - left, 0.35 * (bottom - top)];
    for (const [target, { canvas: from }] of /** @type {const} */ ([
      ["eyes-before", before],
      ["eyes-after", after],
    ])) {
      const { canvas, context } = drawing(target);
      [canvas.width, canvas.height] = [600, Math.round((600 * height) / width)];
      context.drawImage(from, left, top + 0.15 * (bottom - top), width, height, 0, 0, canvas.width, canvas.height);
    }
  }

  /** @param {Turn} wanted */
  function look(wanted) {
    turn = wanted;
    showGaze();
    attempt(redraw, ofError);
  }

  function showGaze() {
    pad.show(turn);
    element("gaze", HTMLOutputElement).value = ofGaze(turn);
  }

  /** @param {boolean} on */
  function enable(on) {
    const usable = on && Boolean(photo?.faces.some(({ skipped }) => !skipped));
    strength.disabled = !usable;
    for (const id of ["lens", "download-jpeg", "download-png"]) button(id).disabled = !usable;
    pad.enable(usable);
  }

  /** @param {string} type @param {string} suffix */
  async function download(type, suffix) {
    const file = await new Promise((/** @type {BlobCallback} */ done) => after.canvas.toBlob(done, type, 0.95));
    if (!file) throw new Error("The browser can't write a picture of this size: choose a smaller photo.");
    save(await marked(file), `${photo?.name ?? "photo"}-eye-contact.${suffix}`);
  }

  const receive = (/** @type {Blob | undefined | null} */ file) => {
    if (file) attempt(() => open(file), ofError);
  };
  wireDropAndPaste(receive);
  const file = input("file");
  file.addEventListener("change", () => receive(file.files?.[0]));
  button("sample").addEventListener("click", () =>
    attempt(async () => open(await (await fetch(new URL("../sample.jpg", import.meta.url))).blob()), ofError),
  );
  const line = input("line");
  line.addEventListener("input", () => stage.style.setProperty("--share", line.value));
  dragged(stage, (event) => {
    if (strength.disabled || !photo) return;
    const place = after.canvas.getBoundingClientRect();
    const scale = after.canvas.width / place.width;
    look(towards(photo.faces, scale * (event.clientX - place.left), scale * (event.clientY - place.top)));
  });
  button("lens").addEventListener("click", () => look([0, 0]));
  button("download-jpeg").addEventListener("click", () => attempt(() => download("image/jpeg", "jpg"), ofError));
  button("download-png").addEventListener("click", () => attempt(() => download("image/png", "png"), ofError));
}

/** As if the nearest face looked at a point of the picture. @param {PhotoFace[]} faces @param {number} x @param {number} y */
function towards(faces, x, y) {
  const places = faces
    .filter(({ skipped }) => !skipped)
    .map(({ box: [left, top, right, bottom] }) => {
      const width = right - left;
      return { across: (x - (left + right) / 2) / width, down: (y - top - 0.35 * (bottom - top)) / width };
    });
  const near = places.reduce((a, b) => (Math.hypot(a.across, a.down) <= Math.hypot(b.across, b.down) ? a : b));
  return reachable([near.across * FARTHEST[0], -near.down * FARTHEST[0]]);
}

/** @param {(file: Blob | undefined) => void} receive */
function wireDropAndPaste(receive) {
  const drop = element("drop", HTMLDivElement);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  document.addEventListener("dragleave", () => drop.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    receive(event.dataTransfer?.files[0]);
  });
  document.addEventListener("paste", (event) => receive(event.clipboardData?.files[0]));
}
