import { describe, expect, test } from 'vitest';
import {
  conv,
  FormatError,
  isRefusal,
  ReparamError,
  refuse,
  ShapeError,
  UnsupportedError,
  VerificationError,
} from '../src/index.ts';

describe('errors', () => {
  test.each([
    [ShapeError, 'shape'],
    [UnsupportedError, 'unsupported'],
    [FormatError, 'format'],
    [VerificationError, 'verification'],
  ])('%o is a ReparamError with a stable code and its own name', (kind, code) => {
    const error = new kind('found a, expected b', { hint: 'do c', cause: 'd' });
    expect(error).toBeInstanceOf(ReparamError);
    expect(error).toMatchObject({ code, name: kind.name, message: 'found a, expected b', hint: 'do c', cause: 'd' });
    expect(new kind('x', { code: 'other' }).code).toBe('other');
  });

  test('a ReparamError without details has a code of its own and no cause', () => {
    const error = new ReparamError('x');
    expect(error.code).toBe('error');
    expect(error.hint).toBeUndefined();
    expect('cause' in error).toBe(false);
  });

  test('a refusal is told from what it stands for', () => {
    expect(isRefusal(refuse('border', 'found', 'do'))).toBe(true);
    expect(isRefusal(conv({ weight: [1], outChannels: 1, inChannels: 1 }))).toBe(false);
  });
});
