// The photo field. Its value is file data of an upload, {sample: NAME}, or null. "input": another one was chosen.
const REMEMBERED = "gazehub.photo";
const find = (selector) => element.querySelector(selector);
const input = find("input");
const megabytes = Math.round(props.maxBytes / 2 ** 20);
let chosen = null;
let turns = 0; // of choosing: what was sent in an earlier one comes too late
let stream = null;

const key = (value) => value && (value.sample ?? value.path);

function say(state, problem = "") {
  find(".state").textContent = state;
  find(".problem").textContent = problem;
}

function show(name) {
  find(".chosen").hidden = !name;
  find(".name").textContent = name;
  find(".choose").textContent = name ? "Choose another photo" : "Choose your photo";
  for (const button of element.querySelectorAll(".samples button")) {
    button.setAttribute("aria-pressed", String(button.dataset.name === chosen?.sample));
  }
}

function remember(name) {
  try {
    if (chosen) sessionStorage.setItem(REMEMBERED, JSON.stringify({ value: chosen, name }));
    else sessionStorage.removeItem(REMEMBERED);
  } catch {
    // a browser that keeps nothing: then a reload starts anew
  }
}

function choose(value, name) {
  turns += 1;
  chosen = value;
  say("");
  show(name);
  remember(name);
  props.value = value;
  trigger("input");
  if (value && innerWidth < 800) {
    document.getElementById("stage")?.scrollIntoView({ behavior: "smooth", block: "start" });
  }
}

async function send(file) {
  closeCamera();
  if (file.size > props.maxBytes) {
    say("", `${file.name} is too large: at most ${megabytes} MB.`);
    return;
  }
  const turn = ++turns;
  say(`Sending ${file.name} …`);
  try {
    const { path } = await upload(file);
    if (turn === turns) choose({ path, meta: { _type: "gradio.FileData" } }, file.name);
  } catch {
    if (turn === turns) say("", `${file.name} could not be sent: please try again.`);
  }
}

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
    chosen = null;
    show("");
    remember("");
    say("", answer.why);
  }
  props.value = chosen;
});

try {
  const remembered = JSON.parse(sessionStorage.getItem(REMEMBERED));
  if (remembered) choose(remembered.value, remembered.name);
} catch {
  // nothing that can be read: start anew
}
