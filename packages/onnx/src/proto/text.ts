/**
 * Text to bytes and back, without loss. Text that is not UTF-8 (node names in an old code page) keeps its bytes: each
 * byte above 127 becomes a lone surrogate, which no valid text holds, and is turned back when written.
 */

interface TextCodecs {
  readonly TextDecoder: new (
    label: string,
    options: { fatal: boolean; ignoreBOM: boolean },
  ) => { decode(bytes: Uint8Array): string };
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
}

// Every JavaScript runtime has these two globals, but they belong to no ECMAScript library that could declare them.
const { TextDecoder, TextEncoder } = globalThis as unknown as TextCodecs;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const ESCAPE = 0xdc00;

/** The text that bytes hold. Never throws; `encodeText` gives the same bytes back. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte < 128 ? byte : ESCAPE + byte);
    return text;
  }
}

/** The bytes of a text: UTF-8, or those that `decodeText` found. */
export function encodeText(text: string): Uint8Array {
  if (!/^[\0-\x7f]*[\udc80-\udcff][\0-\x7f\udc80-\udcff]*$/.test(text)) return encoder.encode(text);
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
}
