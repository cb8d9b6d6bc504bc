/** Which graph of the converted model is shown: the main one, or one inside of it. */
import { type Ref, ref, shallowRef, watch } from 'vue';
import type { Whereabouts } from './convert/model-graphs.ts';
import type { ConvertApi, DrawnGraphs } from './convert/worker.ts';
import type { Failure } from './outcome.ts';
import { pause } from './pause.ts';
import type { Client } from './worker-client.ts';

/** `client`: the worker that holds the model. A region that is selected opens the graph that it is in. */
export function useGraphs(client: () => Client<ConvertApi> | undefined, selected: Ref<number>) {
  const graphs = shallowRef<DrawnGraphs | null>(null);
  const failure = shallowRef<Failure | null>(null);
  const whereabouts = shallowRef<Whereabouts | null>(null);
  /** Place in the list of refusals, or -1. */
  const refusal = ref(-1);
  let asked = 0;

  function clear() {
    asked++;
    [graphs.value, failure.value, whereabouts.value, refusal.value] = [null, null, null, -1];
  }

  /** What is asked for later counts. */
  async function open(place: string) {
    const own = client();
    const turn = ++asked;
    if (!own || graphs.value?.place === place) return;
    const drawn = await own.ask<DrawnGraphs>((api) => api.draw(place));
    await pause();
    if (own !== client() || turn !== asked) return;
    [failure.value, graphs.value] = drawn.failure ? [drawn.failure, null] : [null, drawn.value];
  }

  async function start() {
    const own = client();
    await open('');
    const located = await own?.ask<Whereabouts>((api) => api.locate());
    if (own === client() && located && !located.failure) whereabouts.value = located.value;
  }

  watch([selected, whereabouts], ([region, known]) => {
    const place = known?.regions[region];
    if (place !== undefined) void open(place);
  });
  watch([refusal, whereabouts], ([at, known]) => {
    const place = known?.refusals[at];
    if (place !== undefined) void open(place);
  });

  return { graphs, failure, refusal, open, start, clear };
}
