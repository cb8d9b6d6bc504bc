/** ONNX Runtime's own optimizer at the level whose output is still plain ONNX, written to a file. */
import ort from 'onnxruntime-node';

const [input, output] = process.argv.slice(2);
await ort.InferenceSession.create(input, {
  graphOptimizationLevel: 'basic',
  optimizedModelFilePath: output,
  logSeverityLevel: 3,
});
