/** `refusals table`: all reasons; `refusals messages`: what the packages say for each, as found in their sources. */
import { readGenerated } from './generated.ts';
import { type Explanation, REASONS } from './reasons.ts';

type Messages = Readonly<Record<string, readonly { readonly message: string; readonly hint: string }[]>>;

export function showRefusals([part]: readonly string[]): string {
  const reasons = Object.entries(REASONS).sort(([a], [b]) => (a < b ? -1 : 1));
  if (part === 'table') return table(reasons);
  if (part === 'messages') return reasons.map(([reason]) => messagesOf(reason)).join('\n');
  throw new Error(`A facts block says "refusals ${part}", expected "table" or "messages".`);
}

function table(reasons: readonly (readonly [string, Explanation])[]): string {
  const rows = reasons.map(([reason, { meaning, remedy, link }]) => {
    const name = link ? `[\`${reason}\`](${link})` : `\`${reason}\``;
    return `| ${name} | ${meaning} | ${remedy} |`;
  });
  return [
    '<div class="refusal-table">',
    '',
    '| reason | what it means | what lifts it |',
    '| --- | --- | --- |',
    ...rows,
    '',
    '</div>',
  ].join('\n');
}

function messagesOf(reason: string): string {
  const messages = readGenerated<Messages>('refusals.json')[reason] ?? [];
  if (messages.length === 0) return '';
  const lines = messages.map(
    ({ message, hint }) => `- ${plain(message)}${hint === '…' ? '' : `<br>_hint:_ ${plain(hint)}`}`,
  );
  return [`**\`${reason}\`**`, '', ...lines, ''].join('\n');
}

/** Text of a program as text of a page. */
function plain(text: string): string {
  return text.replace(/[\\`*_[\]<>{}|]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
