/**
 * Blocks of pages that hold facts rather than text: a fence of the language `facts` names what to show, and becomes Markdown made of
 * generated data when the site is built.
 */
import { showLatency, showSizes, showTrust } from './bench.ts';
import { showCommands } from './commands.ts';
import { showFewer } from './fewer.ts';
import { showFindings } from './findings.ts';
import { showFusion } from './fusion.ts';
import { showLayers } from './layers.ts';
import { showMeasured } from './measured.ts';
import { showRefusals } from './refusals.ts';
import { showSchema } from './schema.ts';

/** What is used of markdown-it, of whose types there are two copies here. */
interface Markdown {
  readonly renderer: { readonly rules: Record<string, FenceRule | undefined> };
  render(text: string, env?: unknown): string;
}
type FenceRule = (
  tokens: readonly FenceToken[],
  index: number,
  options: unknown,
  env: unknown,
  self: unknown,
) => string;
interface FenceToken {
  readonly info: string;
  readonly content: string;
}

/** First word of the block, and what makes Markdown of the others. */
const KINDS: Readonly<Record<string, (words: readonly string[]) => string>> = {
  commands: showCommands,
  fewer: showFewer,
  findings: showFindings,
  fusion: showFusion,
  latency: showLatency,
  layers: showLayers,
  measured: showMeasured,
  refusals: showRefusals,
  schema: showSchema,
  sizes: showSizes,
  trust: showTrust,
};

/** Adds the fence to a markdown-it instance. */
export function addFactBlocks(markdown: unknown): void {
  const md = markdown as Markdown;
  const { fence } = md.renderer.rules;
  md.renderer.rules.fence = (tokens, index, options, env, self) => {
    const { info, content } = tokens[index]!;
    if (info.trim() !== 'facts') return fence!(tokens, index, options, env, self);
    // An environment of its own: rendering puts the page's scripts into it.
    return content
      .trim()
      .split('\n')
      .map((line) => md.render(makeMarkdown(line), { ...(env as object) }))
      .join('');
  };
}

function makeMarkdown(line: string): string {
  const [kind = '', ...words] = line.trim().split(/\s+/);
  const make = KINDS[kind];
  if (!make) throw new Error(`A facts block says "${line}", expected one of ${Object.keys(KINDS).join(', ')}.`);
  return make(words);
}
