/**
 * Keeps the files of the app: small ones when it is installed, large ones when the page first asks for them. What is
 * kept is never asked for again. A new version has a cache of its own, and takes over when the old one's pages are closed.
 */

/** @typedef {{waitUntil: (work: Promise<unknown>) => void}} Extendable */
/** @typedef {Extendable & {request: Request, respondWith: (answer: Promise<Response>) => void}} Fetching */

const scope = /** @type {any} */ (globalThis);
scope.importScripts("./files.js");
/** @type {{version: string, first: string[], later: string[]}} */
const { version, first, later } = scope.APP;

const PREFIX = "eye contact ";
const folder = new URL("./", location.href);
/** @param {string} file */
const address = (file) => new URL(file, folder).href;
const all = new Set([...first, ...later].map(address));
const opened = () => caches.open(PREFIX + version);

scope.addEventListener("install", (/** @type {Extendable} */ event) => event.waitUntil(keepFirst()));
scope.addEventListener("activate", (/** @type {Extendable} */ event) => event.waitUntil(takeOver()));
scope.addEventListener("fetch", (/** @type {Fetching} */ event) => {
  const asked = new URL(event.request.url);
  asked.hash = asked.search = "";
  const wanted = asked.href === folder.href ? address("index.html") : asked.href;
  if (event.request.method === "GET" && all.has(wanted)) event.respondWith(answer(wanted));
});

async function keepFirst() {
  const cache = await opened();
  await Promise.all(first.map(async (file) => cache.put(address(file), isolated(await fetched(address(file))))));
}

async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== PREFIX + version);
  await Promise.all(old.map((name) => caches.delete(name)));
  await scope.clients.claim();
}

/** @param {string} wanted */
async function answer(wanted) {
  const cache = await opened();
  const kept = await cache.match(wanted);
  if (kept) return kept;
  const found = isolated(await fetch(wanted));
  if (found.ok) cache.put(wanted, found.clone()).catch(() => {}); // a full disk keeps nobody from working
  return found;
}

/** @param {string} file */
async function fetched(file) {
  const found = await fetch(file, { cache: "no-cache" });
  if (!found.ok) throw new Error(`${file} can't be loaded (${found.status}).`);
  return found;
}

/** With the headers that let a page use threads, whatever its host sends. @param {Response} found */
function isolated(found) {
  const headers = new Headers(found.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  return new Response(found.body, { status: found.status, statusText: found.statusText, headers });
}
