/** What the page knows: the files, the settings, and how far their conversion has come. */
import type { Progress } from '@reparam/core/convert';
import { proxy } from 'comlink';
import { computed, ref, shallowRef } from 'vue';
import type { Conversion, ConvertApi } from './convert/worker.ts';
import convertWorker from './convert/worker.ts?worker&url';
import { useGraphs } from './graph-state.ts';
import { formatHash } from './hash.ts';
import { type Failure, outcomeOf } from './outcome.ts';
import { pause } from './pause.ts';
import { fetchSample, type Sample, samples } from './samples.ts';
import { type Settings, standardSettings } from './settings.ts';
import { type Client, startClient } from './worker-client.ts';

export function usePlayground() {
  const settings = ref<Settings>(standardSettings);
  const sample = shallowRef<Sample | null>(null);
  const files = shallowRef<readonly File[]>([]);
  const busy = ref(false);
  const progress = shallowRef<Progress | null>(null);
  const failure = shallowRef<Failure | null>(null);
  const conversion = shallowRef<Conversion | null>(null);
  const selected = ref(-1);
  /** The long lists follow when the rest is there. */
  const listed = ref(false);
  let client: Client<ConvertApi> | undefined;
  /** Counts what was asked for: an answer to an earlier question is dropped. */
  let turn = 0;
  const drawing = useGraphs(() => client, selected);

  function start(): Client<ConvertApi> {
    client ??= startClient<ConvertApi>(convertWorker);
    return client;
  }

  function stop() {
    client?.stop();
    client = undefined;
  }

  function clear() {
    [failure.value, conversion.value, progress.value] = [null, null, null];
    drawing.clear();
    [selected.value, listed.value] = [-1, false];
  }

  async function convert() {
    stop(); // whatever it was doing
    clear();
    if (files.value.length === 0) return;
    busy.value = true;
    const own = start();
    const tell = proxy((now: Progress) => {
      if (own === client) progress.value = now;
    });
    // Vue's proxies do not travel to workers.
    const plain = JSON.parse(JSON.stringify(settings.value)) as Settings;
    const outcome = await own.ask<Conversion>((api) => api.convert(files.value, plain, tell));
    if (own !== client) return; // it was stopped
    busy.value = false;
    if (outcome.failure) {
      failure.value = outcome.failure;
      stop();
      return;
    }
    await pause(); // what came was decoded in this turn of the page; it is shown in the next ones
    if (own !== client) return;
    conversion.value = outcome.value;
    await pause();
    listed.value = true;
    await drawing.start();
  }

  function open(dropped: readonly File[], from: Sample | null = null) {
    turn++;
    files.value = dropped;
    sample.value = from;
    return convert();
  }

  /** What is asked for while a sample is fetched counts instead of it. */
  async function openSample(id: string) {
    const found = samples.find((one) => one.id === id);
    if (!found) {
      const names = samples.map((one) => one.id).join(', ');
      return fail({ message: `This site has no sample "${id}".`, hint: `It has: ${names}.` });
    }
    close(found);
    const own = turn;
    busy.value = true;
    const fetched = await outcomeOf(() => fetchSample(found));
    if (own !== turn) return;
    busy.value = false;
    if (fetched.failure) failure.value = fetched.failure;
    else await open(fetched.value, found);
  }

  function fail(found: Failure) {
    close();
    failure.value = found;
  }

  /** Back to the page without a model, or to the one that is to be fetched. */
  function close(next: Sample | null = null) {
    cancel();
    clear();
    [files.value, sample.value] = [[], next];
  }

  function cancel() {
    turn++;
    stop();
    busy.value = false;
  }

  const hash = computed(() => formatHash({ settings: settings.value, sample: sample.value?.id ?? null }));
  const inspect = (region: number) => client!.ask((api) => api.inspect(region));
  return {
    ...{ settings, sample, files, busy, progress, failure, conversion, selected, listed, hash },
    ...{ open, openSample, close, fail, convert, cancel, inspect, stop, drawing },
  };
}
