/** Models that the site brings along. */
import digits from '../../../../../examples/digits/digits-train.onnx?url';
import fastvit from '../../../../../packages/testing/fixtures/fastvit/train.torchscript.onnx?url';
import mobileone from '../../../../../packages/testing/fixtures/mobileone/train.torchscript-unfolded.onnx?url';
import repghost from '../../../../../packages/testing/fixtures/repghost/train.torchscript-unfolded.onnx?url';
import tfjsShard from '../../generated/tfjs-sample/group1-shard1of1.bin?url';
import tfjsModel from '../../generated/tfjs-sample/model.json?url';

export interface Sample {
  /** What settings in an address call it. */
  readonly id: string;
  readonly title: string;
  readonly about: string;
  /** Addresses by the names of the files. */
  readonly files: Readonly<Record<string, string>>;
}

export const samples: readonly Sample[] = [
  { id: 'digits', title: 'Digits', about: 'a trained network', files: { 'digits-train.onnx': digits } },
  { id: 'mobileone', title: 'MobileOne', about: 'overparameterized branches', files: { 'mobileone.onnx': mobileone } },
  { id: 'fastvit', title: 'FastViT', about: 'RepMixer, large kernels', files: { 'fastvit.onnx': fastvit } },
  {
    id: 'refused',
    title: 'Refused in part',
    about: 'RepGhost, with a shift before padding',
    files: { 'repghost.onnx': repghost },
  },
  {
    id: 'tfjs',
    title: 'TensorFlow.js',
    about: 'a RepVGG block of stock layers',
    files: { 'model.json': tfjsModel, 'group1-shard1of1.bin': tfjsShard },
  },
];

export async function fetchSample({ files }: Sample): Promise<File[]> {
  return Promise.all(
    Object.entries(files).map(async ([name, url]) => {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`The sample cannot be loaded: ${response.status} ${url}`);
      return new File([await response.blob()], name);
    }),
  );
}
