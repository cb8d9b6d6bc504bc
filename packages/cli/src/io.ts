/** What the outside world is to a command: streams, the folder it runs in, environment variables, interruption. */

export interface OutputStream {
  write(chunk: string | Uint8Array): unknown;
  readonly isTTY?: boolean | undefined;
  /** Width of the terminal in characters. */
  readonly columns?: number | undefined;
}

export interface Io {
  /** Takes data: reports, and models written to `-`. */
  readonly stdout: OutputStream;
  /** Takes progress, notes and errors. */
  readonly stderr: OutputStream;
  /** Where `-` reads a model from. */
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  /** Relative paths start here. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the command early, with everything cleaned up. */
  readonly signal?: AbortSignal | undefined;
}
