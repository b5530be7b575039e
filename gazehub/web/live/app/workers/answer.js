/** What a worker does with messages: one job at a time, in the order in which they came, for networks do one at a time. */

/** @typedef {Pick<Worker, "postMessage" | "addEventListener">} Place */
/** @typedef {Record<string, (job: any) => Promise<any>>} Jobs */

/** The page. */
export const page = /** @type {Place} */ (/** @type {unknown} */ (globalThis));
let last = Promise.resolve();

/**
 * Answers go to the page, from wherever the job came. One that comes to undefined has none, or another worker's.
 * @param {Place} place from which messages come, of the shape {id, kind, ...job}
 * @param {Jobs} jobs by kind
 */
export const answerJobs = (place, jobs) =>
  place.addEventListener("message", ({ data }) => (last = last.then(() => answer(jobs, data))));

/** @param {Jobs} jobs @param {{id: number, kind: string} & Record<string, any>} message */
async function answer(jobs, { kind, ...job }) {
  const { id } = job;
  try {
    const result = await jobs[kind](job);
    if (result !== undefined) page.postMessage({ id, result }, result?.bitmap ? [result.bitmap] : []);
  } catch (error) {
    page.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
}
