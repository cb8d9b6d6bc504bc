/** A worker behind its interface, which can be stopped at any time. */
import { type Remote, wrap } from 'comlink';
import type { Failure, Outcome } from './outcome.ts';

export interface Client<Api> {
  readonly api: Remote<Api>;
  /** The answer, or why there is none: also where the worker breaks or is stopped before it answers. */
  ask<Value>(question: (api: Remote<Api>) => Promise<Outcome<Value>>): Promise<Outcome<Value>>;
  stop(): void;
}

const stopped: Failure = { message: 'Stopped.', hint: '' };

/** `script`: address of the worker's module. */
export function startClient<Api>(script: string): Client<Api> {
  const worker = startWorker(script);
  const api = wrap<Api>(worker);
  let end: (failure: Failure) => void = () => {};
  const ended = new Promise<Outcome<never>>((resolve) => {
    end = (failure) => resolve({ failure });
  });
  worker.addEventListener('error', (event) => {
    const why = event.message || 'it could not be loaded, or ran out of memory';
    end({ message: `The worker broke: ${why}.`, hint: 'Load the page again, or use the command line.' });
    worker.terminate();
  });
  return {
    api,
    ask: (question) => Promise.race([question(api), ended]),
    stop: () => {
      worker.terminate();
      end(stopped);
    },
  };
}

/**
 * A worker from a file is under the policy that comes with the file, and a static host sends none; one from a blob inherits the page's. So
 * the blob imports the file, and the browser lets the worker reach this site and nothing else.
 */
function startWorker(script: string): Worker {
  const { href } = new URL(script, document.baseURI);
  const address = URL.createObjectURL(new Blob([`import ${JSON.stringify(href)};`], { type: 'text/javascript' }));
  const worker = new Worker(address, { type: 'module' });
  const release = () => URL.revokeObjectURL(address);
  for (const event of ['message', 'error']) worker.addEventListener(event, release, { once: true });
  return worker;
}

export const isStopped = (failure: Failure): boolean => failure === stopped;
