/** Nothing leaves the page: its policy holds for its workers too, so that no code in them reaches another origin. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Worker } from 'playwright';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openBrowser } from './open-browser.ts';

const open = openBrowser();
let server: Server;
let elsewhere = '';
const heard: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    heard.push(request.url ?? '');
    response.writeHead(200, { 'access-control-allow-origin': '*', 'content-type': 'text/javascript' }).end('');
  });
  server.on('upgrade', (request, socket) => {
    heard.push(request.url ?? '');
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  elsewhere = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

/** Tries each way out of a worker; what it answers is how each ended. */
async function tryWaysOut(worker: Worker): Promise<Record<string, string>> {
  // As text: what transforms this file would replace the import.
  const imported = `import('http://${elsewhere}/import.js').then(() => 'sent', () => 'refused')`;
  const found = await worker.evaluate(async (host) => {
    const url = `http://${host}/`;
    const settle = (start: (done: (how: string) => void) => void) =>
      new Promise<string>((resolve) => {
        setTimeout(resolve, 4000, 'silent');
        try {
          start(resolve);
        } catch (error) {
          resolve(`refused: ${error}`);
        }
      });
    const follow = (promise: Promise<unknown>) =>
      promise.then(
        () => 'sent',
        () => 'refused',
      );
    return {
      fetch: await follow(fetch(`${url}fetch`, { method: 'POST', body: 'weights', mode: 'no-cors' })),
      request: await settle((done) => {
        const request = new XMLHttpRequest();
        request.onload = () => done('sent');
        request.onerror = () => done('refused');
        request.open('POST', `${url}request`);
        request.send('weights');
      }),
      socket: await settle((done) => {
        const socket = new WebSocket(`ws://${host}/socket`);
        socket.onopen = () => done('sent');
        socket.onerror = () => done('refused');
      }),
      events: await settle((done) => {
        const source = new EventSource(`${url}events`);
        source.onopen = () => done('sent');
        source.onerror = () => done('refused');
      }),
      worker: await settle((done) => {
        const inner = new Worker(URL.createObjectURL(new Blob([`importScripts('${url}worker.js');postMessage(0)`])));
        inner.onmessage = () => done('sent');
        inner.onerror = (event) => {
          event.preventDefault(); // else it would be an error of this worker too, and end it
          done('refused');
        };
      }),
    };
  }, elsewhere);
  return { ...found, import: await worker.evaluate<string>(imported) };
}

const REFUSED = expect.stringMatching(/^refused/);

test.each(['convert', 'run'])('the worker that is to %s reaches this site only', async (which) => {
  const { page } = await open('/playground.html');
  const started = page.waitForEvent('worker');
  await page.getByRole('button', { name: 'Digits' }).click();
  let worker = await started;
  await page.getByTestId('summary').waitFor();
  if (which === 'run') {
    const second = page.waitForEvent('worker');
    await page.getByRole('button', { name: 'Time', exact: true }).click();
    worker = await second;
  }
  const found = await tryWaysOut(worker);
  expect(found).toEqual({
    fetch: REFUSED,
    request: REFUSED,
    socket: REFUSED,
    events: REFUSED,
    import: REFUSED,
    worker: REFUSED,
  });
  expect(heard).toEqual([]);
});

test('a worker that is not started so would be heard', async () => {
  const { page } = await open('/playground.html');
  const file = await page.evaluate(() => {
    const address = new URL('/playground-offline.js', location.href).href;
    Object.assign(window, { plain: new Worker(address) });
    return address;
  });
  const worker = page.workers().find((one) => one.url() === file) ?? (await page.waitForEvent('worker'));
  const found = await tryWaysOut(worker);
  expect(found.fetch).toBe('sent');
  expect(heard).toContain('/fetch');
  heard.length = 0;
});

test('a model that is converted and run is in no request', async () => {
  const { page } = await open('/playground.html');
  const requests: { url: string; method: string; body: unknown }[] = [];
  page.context().on('request', (request) => {
    requests.push({ url: request.url(), method: request.method(), body: request.postData() });
  });
  await page.getByRole('button', { name: 'Digits' }).click();
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByTestId('verified').waitFor({ timeout: 50_000 });
  expect(requests.length).toBeGreaterThan(3);
  for (const { url, method, body } of requests) {
    expect(new URL(url.replace(/^blob:/, '')).origin).toBe(inject('site'));
    expect([method, body, new URL(url).search]).toEqual(['GET', null, '']);
  }
});
