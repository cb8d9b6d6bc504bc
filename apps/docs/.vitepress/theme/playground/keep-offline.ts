/** Registers the service worker that lets the playground work without a network. */

/** `base`: where the site is, with a slash at its end. */
export function keepOffline(base: string): void {
  if (import.meta.env.DEV || !('serviceWorker' in navigator)) return;
  // Without it, as in private windows of some browsers, the page works while there is a network.
  navigator.serviceWorker.register(`${base}playground-offline.js`, { scope: base }).catch(() => {});
}
