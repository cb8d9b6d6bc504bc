/** What a model does in training alone: statistics of its input, and random numbers. */
import { isRandom } from '../analysis/random.ts';
import { countOf, findingOf, type Rule } from './context.ts';

export const findTrainingMode: Rule = ({ scope, graph, ids }) => {
  const nodes = scope.nodes.filter(
    ({ outputs }) => graph.values[ids.get(outputs[0] ?? '') ?? -1]?.refusal?.reason === 'training-mode',
  );
  return ['BatchNormalization', 'Dropout'].flatMap((type) => {
    const own = nodes.filter(({ opType }) => opType === type);
    const effect = type === 'Dropout' ? 'outputs are random' : 'outputs depend on the other samples of the batch';
    return findingOf(
      'training-mode',
      'error',
      own,
      `${countOf(own, 'is', 'are')} in training mode: ${effect}`,
      'call model.eval() and export with training=TrainingMode.EVAL (torch.onnx.export)',
    );
  });
};

export const findRandomValues: Rule = ({ scope }) => {
  const nodes = scope.nodes.filter(isRandom);
  return findingOf(
    'random-values',
    'warning',
    nodes,
    `${countOf(nodes, 'draws', 'draw')} random numbers: outputs differ from run to run`,
    'if this is drop path or dropout of training, call model.eval() before the export; noise that belongs to the model is better an input',
  );
};
