/** Parts of the page, by their ids. */

/** @template {HTMLElement} T @param {string} id @param {new () => T} type @returns {T} */
export function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page lacks #${id}.`);
  return found;
}

/** @param {string} id */
export const button = (id) => element(id, HTMLButtonElement);
/** @param {string} id */
export const input = (id) => element(id, HTMLInputElement);

/** A canvas and what draws on it. @param {string} id */
export function drawing(id) {
  const canvas = element(id, HTMLCanvasElement);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  return { canvas, context };
}

/** A slider with its value in percent beside it. @param {string} id @param {(value: number) => void} moved */
export function share(id, moved) {
  const [slider, shown] = [input(id), element(`${id}-value`, HTMLOutputElement)];
  slider.addEventListener("input", () => {
    shown.value = `${Math.round(100 * slider.valueAsNumber)} %`;
    moved(slider.valueAsNumber);
  });
  return slider;
}

/** What is going on, in one sentence. @param {string} sentence @param {"news" | "problem"} kind */
export function say(sentence, kind = "news") {
  const state = element("state", HTMLOutputElement);
  state.value = sentence;
  state.dataset.kind = kind;
}

/** Says what goes wrong in one sentence. @param {() => Promise<void>} work @param {(error: unknown) => string} words */
export async function attempt(work, words) {
  try {
    await work();
  } catch (error) {
    say(words(error), "problem");
  }
}

/** Lets the visitor keep a file. @param {Blob} file @param {string} name */
export function save(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
