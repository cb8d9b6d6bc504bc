/** The code blocks of a document, and how each says it is to be checked. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lexer, type Token } from 'marked';
import { root } from '../../scripts/pnpm.js';

export interface Block {
  /** Document and line, for titles. */
  readonly at: string;
  /** As the fence names it. */
  readonly language: string;
  readonly code: string;
  /** Runs if it says nothing else. */
  readonly check: 'run' | 'types' | 'none';
  /** The exit code that its commands end with. */
  readonly exit: number;
  /** What it prints, where a block after it says so. */
  readonly output: string | null;
}

const MARK = /^<!-- (?:(type-checked, )?not run|exits with (\d)): \S.* -->$/;

/** All code blocks of a document of this repository, in order. One without a language is the output of the one before it. */
export function readBlocks(document: string): Block[] {
  const blocks: Block[] = [];
  let line = 1;
  let before: Token | undefined;
  for (const token of lexer(readFileSync(join(root, document), 'utf8'))) {
    if (token.type === 'code') {
      const at = `${document}:${line}`;
      if (token.lang) blocks.push({ at, language: token.lang, code: token.text, ...readMark(before), output: null });
      else blocks.push({ ...lastBlock(blocks, at), output: token.text });
    }
    line += token.raw.split('\n').length - 1;
    if (token.type !== 'space') before = token;
  }
  return blocks;
}

function lastBlock(blocks: Block[], at: string): Block {
  const block = blocks.pop();
  if (block?.language !== 'sh' || block.output !== null)
    throw new Error(`${at}: found a block without a language, expected it after the shell command that prints it`);
  return block;
}

function readMark(before: Token | undefined): Pick<Block, 'check' | 'exit'> {
  const mark = before?.type === 'html' ? MARK.exec(before.raw.trim()) : null;
  if (mark?.[2]) return { check: 'run', exit: Number(mark[2]) };
  if (mark) return { check: mark[1] === undefined ? 'none' : 'types', exit: 0 };
  return { check: 'run', exit: 0 };
}
