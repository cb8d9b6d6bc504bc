/** What a worker answers: a value, or why there is none. Errors lose their hints on the way out of a worker; these do not. */
import { ReparamError } from '@reparam/core';

export interface Failure {
  readonly message: string;
  /** What to do about it; empty where nothing is known. */
  readonly hint: string;
}

export type Outcome<Value> = { readonly value: Value; readonly failure?: undefined } | { readonly failure: Failure };

export async function outcomeOf<Value>(action: () => Promise<Value>): Promise<Outcome<Value>> {
  try {
    return { value: await action() };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ReparamError) return { message, hint: error.hint ?? '' };
  if (error instanceof RangeError && /alloc|length|memory/i.test(message))
    return { message: `The page ran out of memory: ${message}`, hint: 'Convert the model with the command line.' };
  if (error instanceof DOMException && /NotReadable|NotFound/.test(error.name))
    return { message: `A file cannot be read: ${message}`, hint: 'It may have changed since: drop it again.' };
  return { message, hint: '' };
}
