/** The way back: one convolution as a block of branches that computes the same. */
import { add, compose, identity, type Operator } from '@reparam/core';
import { type BlockKind, expand, layerOperator, type TrainBranch } from '@reparam/core/expand';
import type { Law } from '../law.ts';
import { addSamples, conv2d, convTensors, runInOrder, sampleOf } from '../tensors.ts';

export const wayBack: Law = {
  fields: [
    { name: 'x', label: 'x', rows: 4, columns: 4, initial: [1, 2, 0, -1, 0, 3, 1, 1, -2, 1, 1, 0, 1, 0, -1, 2] },
    { name: 'w', label: 'W', rows: 3, columns: 3, initial: [0, 1, 0, 1, -4, 1, 0, 1, 0] },
    { name: 'b', label: 'b', rows: 1, columns: 1, initial: [0.5] },
  ],
  choices: [
    {
      name: 'block',
      label: 'Block',
      options: [
        { value: 'repvgg', label: 'RepVGG' },
        { value: 'acnet', label: 'ACNet' },
      ],
      initial: 'repvgg',
    },
    {
      name: 'scale',
      label: 'Share of each new branch',
      options: ['0', '0.1', '0.5'].map((value) => ({ value, label: value })),
      initial: '0.5',
    },
  ],
  solve: ({ x, w, b }, { block, scale }) => {
    const layer = { weight: w!, bias: b!, inChannels: 1, outChannels: 1, kernel: [3, 3], padBegin: [1, 1] };
    const { branches } = expand(layer, { block: block as BlockKind, scale: Number(scale), seed: 3 });
    const operators = branches.map(branchOperator);
    const input = sampleOf(x, 1, [4, 4]);
    const outputs = operators.map((operator) => runInOrder(input, operator));
    return {
      left: { caption: 'W ∗ x + b', output: runInOrder(input, conv2d(w, [3, 3], { bias: b, pad: 1 })) },
      right: { caption: branches.map(({ name }) => name).join(' + '), output: addSamples(...outputs) },
      merged: operators.flatMap((operator, index) => convTensors(add(operator), branches[index]!.name, null)),
    };
  },
};

/** A branch's layers as one operator: its batch norm folded, to be shown. */
function branchOperator({ layers }: TrainBranch): Operator {
  return layers.map(layerOperator).reduce((before, layer) => compose(layer, before), identity(1));
}
