/** Whether a block of Python is well-formed; the machine need not have Python. */
import { parser } from '@lezer/python';

/** Lines, from 1, that the grammar does not accept. */
export function findSyntaxErrors(code: string): number[] {
  const lines: number[] = [];
  parser.parse(`${code}\n`).iterate({
    enter: ({ type, from }) => {
      if (type.isError) lines.push(code.slice(0, from).split('\n').length);
    },
  });
  return lines;
}
