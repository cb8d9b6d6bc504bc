/** The error classes every package throws. A refusal to fuse is not an error: see `refusal.ts`. */

/** What an error may carry beside its message. */
export interface ErrorDetails {
  /** Stable, kebab-case identifier a program can test. */
  readonly code?: string;
  /** What to do about it. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** Base of all errors thrown on purpose. The message says subject, found and expected; `hint` says what to do. */
export class ReparamError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code ?? 'error';
    this.hint = details.hint;
  }
}

/** Shapes or lengths that do not fit together. */
export class ShapeError extends ReparamError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { code: 'shape', ...details });
  }
}

/** Valid input that is beyond what is implemented. */
export class UnsupportedError extends ReparamError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { code: 'unsupported', ...details });
  }
}

/** A file that is damaged, or is not what it is taken for. */
export class FormatError extends ReparamError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { code: 'format', ...details });
  }
}

/** Two models, or a fusion and the nodes it replaces, do not compute the same. */
export class VerificationError extends ReparamError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { code: 'verification', ...details });
  }
}
