/** Makes the stock layers of a plan, and calls them on a value. */
import { BLOCK_INPUT, type BlockPlan, type StockLayer } from './block-plan.ts';

/** What is used of TensorFlow.js: `tf` of `@tensorflow/tfjs`, or its layers package. */
export interface StockLayers {
  readonly layers: object;
}

const FACTORIES: Readonly<Record<StockLayer, string>> = {
  Activation: 'activation',
  Add: 'add',
  AveragePooling2D: 'averagePooling2d',
  BatchNormalization: 'batchNormalization',
  Concatenate: 'concatenate',
  Conv2D: 'conv2d',
  Cropping2D: 'cropping2D',
  DepthwiseConv2D: 'depthwiseConv2d',
  ZeroPadding2D: 'zeroPadding2d',
};

interface StockInstance {
  apply(inputs: unknown): unknown;
}

/** `nameOf` names a layer of the plan; undefined leaves that to TensorFlow.js. */
export function applyPlan<Value>(
  tf: StockLayers,
  plan: BlockPlan,
  input: Value,
  nameOf: (name: string) => string | undefined,
): Value {
  const factories = tf.layers as Readonly<Record<string, (config: object) => StockInstance>>;
  const values = new Map<string, unknown>([[BLOCK_INPUT, input]]);
  let output: unknown = input;
  for (const { name, className, config, inputs } of plan) {
    const own = nameOf(name);
    const layer = factories[FACTORIES[className]]!(own === undefined ? { ...config } : { ...config, name: own });
    const given = inputs.map((from) => values.get(from));
    output = layer.apply(given.length === 1 ? given[0] : given);
    values.set(name, output);
  }
  return output as Value;
}
