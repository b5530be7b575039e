// The gaze pad. Its value is {yaw, pitch, own, faces}: degrees, + is to the picture's right and up; `own` has the
// [yaw, pitch] of each face in the photo, or null; `faces` the numbers of the chosen ones. "input": it was moved.
const SNAP = 1.5; // degrees around the camera
const find = (selector) => element.querySelector(selector);
const plane = find(".plane");
const { maxYaw, maxPitch } = props;

function said({ yaw, pitch }) {
  const parts = [];
  if (yaw) parts.push(`${Math.abs(yaw)}° to the picture's ${yaw > 0 ? "right" : "left"}`);
  if (pitch) parts.push(`${Math.abs(pitch)}° ${pitch > 0 ? "up" : "down"}`);
  return parts.join(", ") || "into the camera";
}

function place(mark, yaw, pitch) {
  const bounded = (value, most) => Math.min(most, Math.max(-most, value));
  mark.style.left = `${50 + (50 * bounded(yaw, maxYaw)) / maxYaw}%`;
  mark.style.top = `${50 - (50 * bounded(pitch, maxPitch)) / maxPitch}%`;
}

function ownMark(number, gaze, isAlone) {
  const mark = document.createElement("span");
  mark.className = "own";
  mark.append(document.createElement("i"), isAlone ? "photo" : number);
  mark.title = isAlone ? "Where the eyes look in the photo" : `Where face ${number} looks in the photo`;
  place(mark, ...gaze);
  return mark;
}

function update() {
  const { yaw, pitch, own, faces } = props.value;
  place(find(".knob"), yaw, pitch);
  const marks = own.map((gaze, index) => gaze && faces.includes(`${index + 1}`) && ownMark(index + 1, gaze, own.length === 1));
  find(".marks").replaceChildren(...marks.filter(Boolean));
  plane.setAttribute("aria-valuemin", String(-maxYaw));
  plane.setAttribute("aria-valuemax", String(maxYaw));
  plane.setAttribute("aria-valuenow", String(yaw));
  plane.setAttribute("aria-valuetext", said(props.value));
  find(".reading").textContent = said(props.value);
}

function move(yaw, pitch) {
  const bounded = (value, most) => Math.round(Math.min(most, Math.max(-most, value))) || 0;
  props.value = { ...props.value, yaw: bounded(yaw, maxYaw), pitch: bounded(pitch, maxPitch) };
  update();
  trigger("input");
}

function pull(yaw, pitch) {
  if (Math.hypot(yaw, pitch) < SNAP) move(0, 0);
  else move(yaw, pitch);
}

function follow(event) {
  const box = plane.getBoundingClientRect();
  const yaw = maxYaw * ((2 * (event.clientX - box.left)) / box.width - 1);
  pull(yaw, maxPitch * (1 - (2 * (event.clientY - box.top)) / box.height));
}

plane.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  plane.setPointerCapture(event.pointerId);
  follow(event);
});
plane.addEventListener("pointermove", (event) => {
  if (plane.hasPointerCapture(event.pointerId)) follow(event);
});
plane.addEventListener("keydown", (event) => {
  const { yaw, pitch } = props.value;
  const step = event.shiftKey ? 5 : 1;
  const moves = {
    ArrowLeft: [yaw - step, pitch],
    ArrowRight: [yaw + step, pitch],
    ArrowUp: [yaw, pitch + step],
    ArrowDown: [yaw, pitch - step],
    Home: [0, 0],
  };
  if (!(event.key in moves)) return;
  event.preventDefault();
  move(...moves[event.key]);
});
plane.addEventListener("pull", (event) => pull(...event.detail)); // by the eyes in the picture
watch("value", update);
update();
