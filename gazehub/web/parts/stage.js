// The stage. Its value is all about a photo that was opened, or what a control changed of it: the same `key`, no
// `before`.
const LEADERS = { strength: "strength", line: "alpha", pad: "pad" };
const SLACK = 8; // pixels
const find = (selector) => element.querySelector(selector);
const frame = find(".frame");
const line = find(".line");
let shown = {};
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

function build() {
  const many = shown.boxes.length > 1;
  frame.style.setProperty("--ratio", shown.size[0] / shown.size[1]);
  find(".boxes").replaceChildren(
    ...(many ? shown.boxes : []).map(([left, top, right, bottom], index) => {
      const box = made("button", { type: "button", textContent: index + 1, title: `Change face ${index + 1} or not` });
      box.setAttribute("aria-label", box.title);
      const percent = (value) => `${100 * value}%`;
      Object.assign(box.style, { left: percent(left), top: percent(top), width: percent(right - left) });
      box.style.height = percent(bottom - top);
      box.addEventListener("click", () => toggle(index + 1));
      return box;
    }),
  );
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
  find("figcaption").textContent = [shown.title, "Drag the line to see the photo before."].filter(Boolean).join(". ");
}

function update() {
  const value = props.value;
  if (!value) return;
  const isNew = Boolean(value.before);
  if (!isNew && value.key !== shown.key) return; // of a photo that was taken away
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

// A finger that goes up or down scrolls the page: it takes the line along once it has gone aside.
let from = null;
frame.addEventListener("pointerdown", (event) => {
  if (event.button || event.target.closest(".boxes button")) return;
  line.focus({ preventScroll: true });
  frame.setPointerCapture(event.pointerId);
  from = event.pointerType === "mouse" ? null : event.clientX;
  if (from === null) follow(event);
});
frame.addEventListener("pointermove", (event) => {
  if (!frame.hasPointerCapture(event.pointerId)) return;
  if (from !== null && Math.abs(event.clientX - from) < SLACK) return;
  from = null;
  follow(event);
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
