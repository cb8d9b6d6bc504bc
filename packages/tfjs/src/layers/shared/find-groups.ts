/**
 * Layers that are called together, several times: each call of one reads the same call of another. All of their calls compute the same of what
 * they read, so they are like one nested model, which is called as often.
 */
import type { FreeCall, FreeLayer, FreeNetwork } from './free-network.ts';

export interface Group {
  readonly layers: readonly FreeLayer[];
  /** How often it is called. */
  readonly count: number;
  /** Which time it is that a call belongs to. */
  readonly times: ReadonlyMap<FreeCall, number>;
}

/** Groups of two layers and more, apart from one another. Together with what stays alone, they can be called one after the other. */
export function findGroups(network: FreeNetwork): Group[] {
  const open = new Set(network.layers.filter(mayShare));
  const groups: Group[] = [];
  for (const first of open) {
    open.delete(first);
    let group: Group = {
      layers: [first],
      count: first.calls.length,
      times: new Map(first.calls.map((call, time) => [call, time])),
    };
    for (let grown = true; grown; ) {
      grown = false;
      for (const layer of open) {
        const next = join(group, layer);
        if (!next || !isOrdered(network, [...groups, next])) continue;
        group = next;
        open.delete(layer);
        grown = true;
      }
    }
    if (group.layers.length > 1) groups.push(group);
  }
  return groups;
}

function mayShare({ layer, calls }: FreeLayer): boolean {
  const [first, ...others] = calls;
  if (!layer || layer.nested || !first || others.length === 0 || first.inputs.length === 0) return false;
  return others.every(
    (call) =>
      call.inputs.length === first.inputs.length && JSON.stringify(call.arguments) === JSON.stringify(first.arguments),
  );
}

/** The member whose calls the input at some place is, each of the same time; null where it is none. */
export function memberAt(layer: FreeLayer, place: number, { times }: Pick<Group, 'times'>): FreeLayer | null {
  const [first] = layer.calls;
  const from = first!.inputs[place]!.call.layer;
  const isSame = layer.calls.every((call) => {
    const { call: read, tensor } = call.inputs[place]!;
    const time = times.get(read);
    return read.layer === from && tensor === 0 && time !== undefined && time === times.get(call);
  });
  return isSame ? from : null;
}

/** The group with one more layer, where that is read by or reads a member, each of its calls another call of that. */
function join(group: Group, layer: FreeLayer): Group | null {
  if (layer.calls.length !== group.count) return null;
  for (const times of [...timesByReads(layer, group), ...timesByReaders(layer, group)]) {
    if (new Set(times).size !== group.count) continue;
    const all = new Map([...group.times, ...layer.calls.map((call, at) => [call, times[at]!] as const)]);
    return { ...group, layers: [...group.layers, layer], times: all };
  }
  return null;
}

function timesByReads(layer: FreeLayer, { times }: Group): number[][] {
  return layer.calls[0]!.inputs.flatMap(({ call }, place) => {
    const read = layer.calls.map(({ inputs }) => inputs[place]!);
    const isOne = read.every((ref) => ref.tensor === 0 && ref.call.layer === call.layer && times.has(ref.call));
    return isOne ? [read.map((ref) => times.get(ref.call)!)] : [];
  });
}

function timesByReaders(layer: FreeLayer, { layers, times }: Group): number[][] {
  return layers.flatMap((member) =>
    member.calls[0]!.inputs.flatMap((_, place) => {
      const readers = new Map(member.calls.map((call) => [call.inputs[place]!.call, times.get(call)!]));
      const found = layer.calls.map((call) => readers.get(call));
      return found.every((time) => time !== undefined) ? [found] : [];
    }),
  );
}

/** Whether nothing waits for itself where each group is called as a whole. */
function isOrdered({ layers }: FreeNetwork, groups: readonly Group[]): boolean {
  const calls = layers.flatMap((layer) => layer.calls);
  const units = new Map<FreeCall, object>();
  for (const { times, count } of groups) {
    const whole = Array.from({ length: count }, () => ({}));
    for (const [call, time] of times) units.set(call, whole[time]!);
  }
  const unitOf = (call: FreeCall): object => units.get(call) ?? call;
  const waiting = new Map<object, Set<object>>();
  for (const call of calls) {
    const reads = waiting.get(unitOf(call)) ?? new Set();
    for (const { call: read } of call.inputs) if (unitOf(read) !== unitOf(call)) reads.add(unitOf(read));
    waiting.set(unitOf(call), reads);
  }
  const readers = new Map<object, object[]>();
  for (const [unit, reads] of waiting)
    for (const read of reads) {
      const list = readers.get(read);
      if (list) list.push(unit);
      else readers.set(read, [unit]);
    }
  const counts = new Map([...waiting].map(([unit, reads]) => [unit, reads.size]));
  const ready = [...counts].filter(([, count]) => count === 0).map(([unit]) => unit);
  for (let unit = ready.pop(); unit; unit = ready.pop()) {
    counts.delete(unit);
    for (const reader of readers.get(unit) ?? []) {
      counts.set(reader, counts.get(reader)! - 1);
      if (counts.get(reader) === 0) ready.push(reader);
    }
  }
  return counts.size === 0;
}
