// The stage. Its value is all about a photo that was opened, or what a control changed of it: the same `key`, no
// `before`.
const LEADERS = { strength: "strength", line: "alpha", pad: "pad" };
const SLACK = { mouse: 3, touch: 8, pen: 8 }; // pixels
const DEGREES = 60; // that the eyes turn when they are pulled as far as the face is wide
const EYE_LEVEL = 0.33; // of a face's height
const LATE = 400; // milliseconds
const find = (selector) => element.querySelector(selector);
const frame = find(".frame");
const line = find(".line");
let shown = {};
let late = 0; // timer
let asked = null; // the control that was moved last
let at = 0; // percent of the picture, from its left, that shows what was before

function moveLine(percent) {
  at = Math.min(100, Math.max(0, percent));
  frame.style.setProperty("--at", `${at}%`);
  line.setAttribute("aria-valuenow", String(Math.round(at)));
  line.setAttribute("aria-valuetext", `${Math.round(at)} % of the picture shows the photo before`);
  frame.classList.toggle("all-after", at === 0);
}

function made(name, settings = {}, ...children) {
  const node = Object.assign(document.createElement(name), settings);
  node.append(...children);
  return node;
}

function toggle(number) {
  document.querySelectorAll("#faces input")[number - 1]?.click();
}

function faceBox([left, top, right, bottom], index, many) {
  const what = many ? `Change face ${index + 1} or not` : "";
  const box = made(many ? "button" : "div", { className: "face", title: what, textContent: many ? index + 1 : "" });
  if (many) {
    box.type = "button";
    box.setAttribute("aria-label", what);
    box.addEventListener("click", () => toggle(index + 1));
  }
  const percent = (value) => `${100 * value}%`;
  Object.assign(box.style, { left: percent(left), top: percent(top), width: percent(right - left) });
  box.style.height = percent(bottom - top);
  box.classList.toggle("turnable", shown.turnable[index]);
  return box;
}

function build() {
  const many = shown.boxes.length > 1;
  frame.style.setProperty("--ratio", shown.size[0] / shown.size[1]);
  find(".boxes").replaceChildren(...shown.boxes.map((box, index) => faceBox(box, index, many)));
  find(".close-ups").replaceChildren(
    ...shown.closeUps.map((_, index) => {
      const whose = many ? `of face ${index + 1} ` : "";
      return made(
        "div",
        { className: "pair" },
        made("img", { className: "was", alt: `The eyes ${whose}before` }),
        made("img", { className: "is", alt: `The eyes ${whose}after` }),
        made("p", {}, made("b", { textContent: many ? `Face ${index + 1}: ` : "" }), made("span")),
      );
    }),
  );
  find(".before").src = shown.before;
  find(".before").alt = "The photo before";
  find(".after").alt = "The photo after";
  element.querySelectorAll(".was").forEach((image, index) => (image.src = shown.closeUpsBefore[index]));
  const hint = `Drag ${shown.turnable.some(Boolean) ? "the eyes to turn them, " : ""}the line to see the photo before.`;
  find("figcaption").textContent = [shown.title, hint].filter(Boolean).join(". ");
}

function settle() {
  clearTimeout(late);
  frame.classList.remove("late");
}

function update() {
  const value = props.value;
  if (!value) return;
  const isNew = Boolean(value.before);
  if (!isNew && value.key !== shown.key) return; // of a photo that was taken away
  if (isNew) asked = null;
  if (asked && value.lead !== asked) return; // overtaken by a move of another control
  settle();
  shown = isNew ? { ...value } : { ...shown, ...value };
  if (isNew) {
    build();
    moveLine(0);
  }
  find(".after").src = shown.after;
  element.querySelectorAll(".is").forEach((image, index) => (image.src = shown.closeUps[index]));
  element.querySelectorAll(".pair span").forEach((note, index) => (note.textContent = shown.notes[index]));
  for (const [lead, id] of Object.entries(LEADERS)) {
    document.getElementById(id)?.classList.toggle("leads", lead === shown.lead);
  }
}

function follow(event) {
  const box = frame.getBoundingClientRect();
  moveLine((100 * (event.clientX - box.left)) / box.width);
}

// The eyes look at the pointer that pulls them.
function turn(index, event) {
  const box = find(".boxes").children[index].getBoundingClientRect();
  const scale = DEGREES / box.width;
  const yaw = (event.clientX - box.left - box.width / 2) * scale;
  const pitch = (box.top + EYE_LEVEL * box.height - event.clientY) * scale;
  document.querySelector("#pad .plane")?.dispatchEvent(new CustomEvent("pull", { detail: [yaw, pitch] }));
}

// What a press pulls: a face by its number, the line as -1, nothing as null.
function pulledBy(event) {
  const face = event.target.closest(".face");
  if (!face) return -1;
  const index = [...find(".boxes").children].indexOf(face);
  const isChosen = document.querySelectorAll("#faces input")[index]?.checked ?? true;
  return shown.turnable[index] && isChosen ? index : null;
}

// A finger that goes up or down scrolls the page: it takes something along once it has gone aside. A mouse that moves
// no further only clicks.
let pulled = null;
let from = null;
frame.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  pulled = pulledBy(event);
  from = [event.clientX, event.clientY];
  if (pulled !== -1) return;
  line.focus({ preventScroll: true });
  if (event.pointerType === "mouse") start(event);
});

function start(event) {
  from = null;
  frame.setPointerCapture(event.pointerId);
  if (pulled !== -1) moveLine(0); // what is drawn has to be seen
  go(event);
}

function go(event) {
  if (pulled === -1) follow(event);
  else turn(pulled, event);
}

frame.addEventListener("pointermove", (event) => {
  if (frame.hasPointerCapture(event.pointerId) && from === null) go(event);
  else if (from && pulled !== null && event.buttons) {
    const [right, down] = [event.clientX - from[0], event.clientY - from[1]];
    const way = event.pointerType === "mouse" ? Math.hypot(right, down) : Math.abs(right);
    if (way >= SLACK[event.pointerType]) start(event);
  }
});
for (const end of ["pointerup", "pointercancel"]) frame.addEventListener(end, () => (from = pulled = null));
document.addEventListener("settled", settle);
document.addEventListener("settings", ({ detail }) => {
  asked = detail.lead;
  clearTimeout(late);
  late = setTimeout(() => frame.classList.add("late"), LATE);
});
line.addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: at - 5, ArrowDown: at - 5, ArrowRight: at + 5, ArrowUp: at + 5, Home: 0, End: 100 };
  if (!(event.key in steps)) return;
  event.preventDefault();
  moveLine(steps[event.key]);
});
watch("value", update);
update();
requestAnimationFrame(update); // the controls may have come later

// A first visitor sees the eyes change: the line passes over the picture once.
if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
  const start = performance.now();
  const pass = (now) => {
    const share = Math.min(1, Math.max(0, (now - start - 700) / 1300));
    if (frame.contains(document.activeElement) || shown.key !== props.value?.key) return;
    moveLine(100 * (1 - share * share * (3 - 2 * share)));
    if (share < 1) requestAnimationFrame(pass);
  };
  requestAnimationFrame(pass);
}
