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

export function startClient<Api>(worker: Worker): Client<Api> {
  const api = wrap<Api>(worker);
  let end: (failure: Failure) => void = () => {};
  const ended = new Promise<Outcome<never>>((resolve) => {
    end = (failure) => resolve({ failure });
  });
  worker.addEventListener('error', (event) => {
    end({ message: `The worker broke: ${event.message || 'it ran out of memory'}`, hint: 'Use the command line.' });
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

export const isStopped = (failure: Failure): boolean => failure === stopped;
