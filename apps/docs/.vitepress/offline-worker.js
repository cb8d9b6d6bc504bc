/* Keeps the playground for use without a network. What it needs is kept at once; a runtime, when it was used. */
const FILES = [];
const RUNTIMES = [];
const CACHE = 'playground-VERSION';

const scope = new URL('./', self.location.href);
const page = new URL('playground.html', scope).href;
/** Workers are asked for under their own addresses, so that the whole site is in scope; nothing else of it is touched. */
const ours = new Set([...FILES, ...RUNTIMES].map((file) => new URL(file, scope).href));

self.addEventListener('install', (event) => {
  const keep = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll([page, ...FILES.map((file) => new URL(file, scope).href)]);
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener('activate', (event) => {
  const replace = async () => {
    for (const name of await caches.keys())
      if (name.startsWith('playground-') && name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(replace());
});

/** Names of assets change with what is in them, so that a kept one is never out of date. */
async function answerAsset(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request.url);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await cache.put(request.url, response.clone());
  return response;
}

async function answerPage(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await (await caches.open(CACHE)).match(page);
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { href, pathname } = new URL(request.url);
  if (request.method !== 'GET') return;
  const isPage = pathname === new URL(page).pathname || `${pathname}.html` === new URL(page).pathname;
  if (request.mode === 'navigate' && isPage) event.respondWith(answerPage(request));
  else if (ours.has(href)) event.respondWith(answerAsset(request));
});
