// The photo field. Its value is file data of an upload, {sample: NAME}, or null; after a reload {kept: THAT, settings},
// which it kept from before. "input": another one was chosen.
const REMEMBERED = "gazehub.photo";
const find = (selector) => element.querySelector(selector);
const input = find("input");
const megabytes = Math.round(props.maxBytes / 2 ** 20);
let chosen = null;
let fileName = "";
let settings = null;
let turns = 0; // of choosing: what was sent in an earlier one comes too late
let stream = null;

const key = (value) => value && (value.sample ?? value.path);

function say(state, problem = "") {
  find(".state").textContent = state;
  find(".problem").textContent = problem;
}

function show() {
  find(".chosen").hidden = !fileName;
  find(".name").textContent = fileName;
  find(".choose").textContent = fileName ? "Choose another photo" : "Choose your photo";
  for (const button of element.querySelectorAll(".samples button")) {
    button.setAttribute("aria-pressed", String(button.dataset.name === chosen?.sample));
  }
}

function remember() {
  try {
    if (chosen || settings) sessionStorage.setItem(REMEMBERED, JSON.stringify({ chosen, fileName, settings }));
    else sessionStorage.removeItem(REMEMBERED);
  } catch {
    // a browser that keeps nothing: then a reload starts anew
  }
}

function choose(value, name, kept = null) {
  turns += 1;
  [chosen, fileName, settings] = [value, name, kept];
  say("");
  show();
  remember();
  props.value = kept ? { kept: value, settings: kept } : value;
  trigger("input");
  if (value && !kept && innerWidth < 800) {
    document.getElementById("stage")?.scrollIntoView({ behavior: "smooth", block: "start" });
  }
}

// gradio's `upload` says nothing on the way.
function sent(file, onShare) {
  const { root, api_prefix } = window.gradio_config;
  const body = new FormData();
  body.append("files", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = ({ loaded, total }) => onShare(loaded / total);
    request.onload = () => (request.status === 200 ? resolve(JSON.parse(request.response)[0]) : reject(request.response));
    request.onerror = () => reject("");
    request.open("POST", `${root}${api_prefix}/upload`);
    request.send(body);
  });
}

async function send(file) {
  closeCamera();
  if (file.size > props.maxBytes) {
    say("", `${file.name} is too large: at most ${megabytes} MB.`);
    return;
  }
  const turn = ++turns;
  const report = (share) => turn === turns && say(`Sending ${file.name}: ${Math.round(100 * share)} %`);
  report(0);
  try {
    const path = await sent(file, report);
    if (turn === turns) choose({ path, meta: { _type: "gradio.FileData" } }, file.name);
  } catch (answer) {
    if (turn === turns) say("", `${file.name} could not be sent. ${refusal(answer)}`);
  }
}

// A sentence of the server, or of this page.
const refusal = (answer) => (/^[A-Z][^{}<>]{10,200}\.$/.test(answer) ? answer : "Please try again.");

function closeCamera() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  find(".viewfinder").hidden = true;
}

async function openCamera() {
  closeCamera();
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: { ideal: 1920 } } });
  } catch {
    say("", "The camera can't be used: allow this page to, or choose a file.");
    return;
  }
  find("video").srcObject = stream;
  find(".viewfinder").hidden = false;
  await find("video").play();
}

function snap() {
  const video = find("video");
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d").drawImage(video, 0, 0);
  canvas.toBlob((blob) => send(new File([blob], "camera.jpg", { type: "image/jpeg" })), "image/jpeg", 0.95);
}

function addSample({ name, title, shows, picture }) {
  const button = document.createElement("button");
  const image = document.createElement("img");
  const label = document.createElement("span");
  Object.assign(button, { type: "button", title });
  button.dataset.name = name;
  Object.assign(image, { src: picture, alt: shows });
  label.textContent = title;
  button.append(image, label);
  button.addEventListener("click", () => choose({ sample: name }, ""));
  find(".samples").append(button);
}

const pictureOf = (files) => [...files].find((file) => file.type.startsWith("image/") || /\.hei[cf]$/i.test(file.name));
const isOnShow = () => element.offsetParent !== null;

props.samples.forEach(addSample);
find(".with-camera").hidden = !navigator.mediaDevices;
find(".choose").addEventListener("click", () => input.click());
find(".remove").addEventListener("click", () => choose(null, ""));
find(".camera").addEventListener("click", openCamera);
find(".cancel").addEventListener("click", closeCamera);
find(".snap").addEventListener("click", snap);
input.addEventListener("change", () => {
  if (input.files.length) send(input.files[0]);
  input.value = ""; // so that the same file can be chosen again
});
element.addEventListener("dragover", (event) => {
  event.preventDefault();
  find(".drop").classList.add("over");
});
element.addEventListener("dragleave", () => find(".drop").classList.remove("over"));
element.addEventListener("drop", (event) => {
  event.preventDefault();
  find(".drop").classList.remove("over");
  if (event.dataTransfer.files.length) send(event.dataTransfer.files[0]);
});
document.addEventListener("paste", (event) => {
  const file = isOnShow() && pictureOf(event.clipboardData?.files ?? []);
  if (!file) return;
  event.preventDefault();
  send(file);
});
watch("value", () => {
  const answer = props.value;
  if (!answer || !("refused" in answer)) return;
  if (answer.refused === null || answer.refused === key(chosen)) {
    [chosen, fileName, settings] = [null, "", null];
    show();
    remember();
    say("", answer.why);
  }
  props.value = chosen;
});

document.addEventListener("settings", ({ detail }) => {
  settings = detail;
  remember();
});

try {
  const kept = JSON.parse(sessionStorage.getItem(REMEMBERED));
  if (kept) choose(kept.chosen ?? { sample: props.samples[0].name }, kept.fileName, kept.settings);
} catch {
  // nothing that can be read: start anew
}
