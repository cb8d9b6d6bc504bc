/** Converts with the library, as the command line does, proof included. */
import { reparameterizeFile } from '@reparam/onnx/node';

const [input, output] = process.argv.slice(2);
await reparameterizeFile(input, output);
