/** A block as stock layers of TensorFlow.js: plain data, from which layers are made or a topology is written. */

/** One stock layer and what it is called on. */
export interface LayerPlan {
  /** Unique within the block. */
  readonly name: string;
  readonly className: StockLayer;
  /** As TensorFlow.js takes it. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Names of layers before it; `BLOCK_INPUT` is what the block is called on. */
  readonly inputs: readonly string[];
}

export type StockLayer =
  | 'Activation'
  | 'Add'
  | 'AveragePooling2D'
  | 'BatchNormalization'
  | 'Concatenate'
  | 'Conv2D'
  | 'Cropping2D'
  | 'DepthwiseConv2D'
  | 'ZeroPadding2D';

/** Layers in topological order; the last is the block's output. */
export type BlockPlan = readonly LayerPlan[];

export const BLOCK_INPUT = '';

/** A convolution over two axes. */
export interface PlannedConv {
  readonly filters: number;
  readonly channels: number;
  readonly kernel: readonly [height: number, width: number];
  readonly stride: number;
  readonly groups: number;
  readonly useBias: boolean;
  /** Zeros around its input, on each side: half of the kernel, or none. */
  readonly padding: 'half' | 'none';
}

/** What all layers of a block have in common. */
export interface PlanStyle {
  readonly epsilon: number;
  readonly momentum: number;
  readonly kernelInitializer: string;
}

/** Plans layers one after the other. Each method gives the name of what it adds; paddings and slices are shared. */
export class PlanWriter {
  readonly layers: LayerPlan[] = [];
  private readonly style: PlanStyle;

  constructor(style: PlanStyle) {
    this.style = style;
  }

  add(name: string, className: StockLayer, inputs: readonly string[], config: LayerPlan['config'] = {}): string {
    if (!this.layers.some((layer) => layer.name === name)) this.layers.push({ name, className, config, inputs });
    return name;
  }

  /** Zeros around: half of a kernel. */
  pad(input: string, [height, width]: readonly [number, number]): string {
    const [top, left] = [(height - 1) / 2, (width - 1) / 2];
    if (top === 0 && left === 0) return input;
    const padding = [
      [top, top],
      [left, left],
    ];
    return this.add(nameAfter(input, `pad_${top}_${left}`), 'ZeroPadding2D', [input], { padding });
  }

  norm(name: string, input: string, gammaInitializer: unknown = 'ones'): string {
    const { epsilon, momentum } = this.style;
    return this.add(name, 'BatchNormalization', [input], { epsilon, momentum, gammaInitializer });
  }

  sum(inputs: readonly string[], name: string): string {
    return inputs.length === 1 ? inputs[0]! : this.add(name, 'Add', inputs);
  }

  /**
   * At stride 1, half padding is `same`. Above it, where `same` would lie differently for even and odd sizes, it is a layer of its own, so
   * that branches of all kernel sizes have one centre.
   */
  conv(name: string, input: string, conv: PlannedConv): string {
    const { filters, channels, kernel, stride, groups, useBias, padding } = conv;
    const isSame = padding === 'half' && stride === 1;
    const from = padding === 'half' && !isSame ? this.pad(input, kernel) : input;
    const window = { kernelSize: kernel, strides: stride, padding: isSame ? 'same' : 'valid', useBias };
    if (groups > 1 && groups === channels) {
      const { kernelInitializer: depthwiseInitializer } = this.style;
      const config = { ...window, depthMultiplier: filters / channels, depthwiseInitializer };
      return this.add(name, 'DepthwiseConv2D', [from], config);
    }
    const { kernelInitializer } = this.style;
    const config = { ...window, filters: filters / groups, kernelInitializer };
    if (groups === 1) return this.add(name, 'Conv2D', [from], config);
    const parts = Array.from({ length: groups }, (_, group) =>
      this.add(`${name}_${group}`, 'Conv2D', [this.slice(from, group, groups, channels)], config),
    );
    return this.add(name, 'Concatenate', parts);
  }

  /** One group of channels. TensorFlow.js has no layer for that, but cropping takes them for a spatial axis if told channels came first. */
  private slice(input: string, group: number, groups: number, channels: number): string {
    const size = channels / groups;
    const cropping = [
      [0, 0],
      [group * size, channels - (group + 1) * size],
    ];
    const config = { cropping, dataFormat: 'channelsFirst' };
    return this.add(nameAfter(input, `group_${group}`), 'Cropping2D', [input], config);
  }
}

function nameAfter(input: string, suffix: string): string {
  return input === BLOCK_INPUT ? suffix : `${input}_${suffix}`;
}
