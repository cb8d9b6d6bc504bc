/** The part of a graph that a frame shows: moved and zoomed by pointer and wheel, and by calls. */
import { select } from 'd3-selection';
import { type D3ZoomEvent, type ZoomBehavior, zoom, zoomIdentity } from 'd3-zoom';
import { computed, onBeforeUnmount, onMounted, type Ref, shallowRef } from 'vue';
import type { DrawnGraph } from './drawn-graph.ts';
import type { ViewBox } from './visible-part.ts';

/** Small enough to see many blocks; not so small that thousands of nodes are drawn. */
const LOWEST = 0.15;
const HIGHEST = 3;
/** Below this, labels cannot be read. */
const LEGIBLE = 0.55;

/** `isFree`: whether the frame may choose anew what it shows when its size changes. */
export function useZoom(frame: Ref<HTMLElement | null>, graph: () => DrawnGraph, isFree: () => boolean) {
  const place = shallowRef({ x: 0, y: 0, k: 1 });
  const size = shallowRef({ width: 600, height: 460 });
  let behavior: ZoomBehavior<HTMLElement, unknown> | undefined;
  let observer: ResizeObserver | undefined;

  /** In lengths of the graph; a little more than is seen, so that small moves draw nothing new. */
  const box = computed<ViewBox>(() => {
    const { x, y, k } = place.value;
    const { width, height } = size.value;
    const step = 200;
    const down = (length: number) => Math.floor(length / step) * step;
    return {
      left: down(-x / k),
      top: down(-y / k),
      right: down((width - x) / k) + step,
      bottom: down((height - y) / k) + step,
    };
  });

  function move(x: number, y: number, k: number) {
    if (frame.value) behavior?.transform(select(frame.value), zoomIdentity.translate(x, y).scale(k));
  }
  function moveBy(x: number, y: number) {
    move(place.value.x + x, place.value.y + y, place.value.k);
  }
  function zoomBy(factor: number) {
    if (frame.value) behavior?.scaleBy(select(frame.value), factor);
  }
  /** The start of the graph, as wide as the frame; all of it where it fits legibly. */
  function fit() {
    const { width, height } = size.value;
    const { width: wide, height: high } = graph();
    const whole = Math.min(1, width / wide, height / high);
    const k = whole > LEGIBLE ? whole : Math.max(LEGIBLE, Math.min(1, width / wide));
    move((width - wide * k) / 2, whole > LEGIBLE ? (height - high * k) / 2 : 0, k);
  }
  /** `target` in the middle, no larger than `largest`. */
  function show(target: ViewBox, largest: number) {
    const { width, height } = size.value;
    const k = Math.min(largest, width / (target.right - target.left + 40), height / (target.bottom - target.top + 40));
    const scale = Math.max(k, LOWEST);
    const x = width / 2 - ((target.left + target.right) / 2) * scale;
    const y = height / 2 - ((target.top + target.bottom) / 2) * scale;
    move(x, y, scale);
  }
  /** As little as brings `target` into view, with some room around it. */
  function reveal(target: ViewBox) {
    const { x, y, k } = place.value;
    const { width, height } = size.value;
    const room = 40;
    const shift = (low: number, high: number, length: number) =>
      high - low > length - 2 * room || low < room ? room - low : Math.min(0, length - room - high);
    const right = shift(x + target.left * k, x + target.right * k, width);
    const down = shift(y + target.top * k, y + target.bottom * k, height);
    if (right !== 0 || down !== 0) moveBy(right, down);
  }

  onMounted(() => {
    const element = frame.value!;
    behavior = zoom<HTMLElement, unknown>()
      .scaleExtent([LOWEST, HIGHEST])
      .filter(
        (event: Event) =>
          !(event instanceof WheelEvent) || event.ctrlKey || event.metaKey || element.matches(':focus-within'),
      )
      .on('zoom', ({ transform: now }: D3ZoomEvent<HTMLElement, unknown>) => {
        place.value = { x: now.x, y: now.y, k: now.k };
      });
    const measure = () => {
      size.value = { width: element.clientWidth, height: element.clientHeight };
    };
    observer = new ResizeObserver(() => {
      const before = size.value.width;
      measure();
      if (before !== size.value.width && isFree()) fit();
    });
    observer.observe(element);
    measure();
    select(element).call(behavior).on('dblclick.zoom', null);
    fit();
  });
  onBeforeUnmount(() => observer?.disconnect());
  return { place, size, box, fit, show, reveal, moveBy, zoomBy };
}
