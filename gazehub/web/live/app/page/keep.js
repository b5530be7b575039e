/** Keeps the app on this device, so that it opens at once, and without a network. */

const PATIENCE = 8000; // milliseconds for the keeper to take over; what is fetched before isn't kept

/** Resolves when what is fetched from now on is kept; also where nothing can be kept, as in some private windows. */
export async function keepApp() {
  const keeper = navigator.serviceWorker;
  if (!keeper) return;
  try {
    const address = new URL("../service_worker.js", import.meta.url);
    const { active } = await keeper.register(address, { updateViaCache: "all" });
    if (!keeper.controller && !active) await takenOver(keeper);
  } catch {
    return;
  }
  // A host that doesn't isolate the page: the keeper does, from the next load on. Isolated pages may use threads.
  if (globalThis.crossOriginIsolated || !keeper.controller || sessionStorage.getItem("isolated")) return;
  sessionStorage.setItem("isolated", "tried");
  location.reload();
  await new Promise(() => {});
}

/** @param {ServiceWorkerContainer} keeper */
const takenOver = (keeper) =>
  new Promise((resolve) => {
    keeper.addEventListener("controllerchange", resolve, { once: true });
    setTimeout(resolve, PATIENCE);
  });
