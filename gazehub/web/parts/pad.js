// The gaze pad. Its value is {yaw, pitch, own}: degrees, + is to the picture's right and up; `own` is the photo's own
// [yaw, pitch] or null. "input": it was moved.
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

function update() {
  const { yaw, pitch, own } = props.value;
  place(find(".knob"), yaw, pitch);
  find(".own").hidden = !own;
  if (own) place(find(".own"), ...own);
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

function follow(event) {
  const box = plane.getBoundingClientRect();
  const yaw = maxYaw * ((2 * (event.clientX - box.left)) / box.width - 1);
  const pitch = maxPitch * (1 - (2 * (event.clientY - box.top)) / box.height);
  if (Math.hypot(yaw, pitch) < SNAP) move(0, 0);
  else move(yaw, pitch);
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
watch("value", update);
update();
