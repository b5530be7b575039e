/** How light a picture is. */

const STEPS = 64; // along each side

/** Mean light of a picture, 0..1. @param {import("./resample.js").Picture} picture */
export function light({ width, height, data }) {
  let [sum, count] = [0, 0];
  const [across, down] = [Math.ceil(width / STEPS), Math.ceil(height / STEPS)];
  for (let y = 0; y < height; y += down) {
    for (let x = 0; x < width; x += across) {
      const at = 4 * (y * width + x);
      sum += data[at] + data[at + 1] + data[at + 2];
      count += 3;
    }
  }
  return sum / (255 * count);
}
