/** Files that are no ONNX models, or only a part of one: the error names what they are. */
import { FormatError } from '@reparam/core';
import { expect, test } from 'vitest';
import { openModel } from '../../src/proto/model.ts';
import { errorOf, small } from './small-model.ts';

test.each([
  ['a git-lfs pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n', 'git lfs pull'],
  ['a web page', '<!DOCTYPE html>\n<html><head><title>Not found</title></head></html>', 'Download'],
  ['a zip archive', 'PK\x03\x04\x00\x00\x08\x08\x00\x00\x00\x00', 'torch.onnx.export'],
  ['a Python pickle', '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.', 'torch.onnx.export'],
  ['a gzip archive', '\x1f\x8b\x08\x00\x00\x00\x00\x00', 'Unpack'],
  ['an ONNX Runtime .ort model', '\x18\x00\x00\x00ORTM\x00\x00', '.onnx'],
  ['a TensorFlow Lite model', '\x1c\x00\x00\x00TFL3\x00\x00', 'ONNX'],
  ['an HDF5 file', '\x89HDF\r\n\x1a\n', 'ONNX'],
  ['JSON', '{"format": "layers-model", "modelTopology": {}}', 'ONNX'],
  ['a safetensors file', `\x40\x00\x00\x00\x00\x00\x00\x00{"__metadata__":{"format":"pt"}`, 'ONNX'],
  ['text', 'Lorem ipsum dolor sit amet', 'ONNX'],
  ['empty', '', 'again'],
])('%s is named, and the error says what to do', async (found, content, hint) => {
  const error = await errorOf(
    Uint8Array.from(content, (character) => character.charCodeAt(0)),
    '"model.onnx"',
  );
  expect(error).toBeInstanceOf(FormatError);
  expect(error.message).toContain(`"model.onnx" is ${found}`);
  expect(error.message).toContain('expected an ONNX model');
  expect(error.hint).toContain(hint);
});

test('a protobuf file without a graph is another kind of model', async () => {
  const error = await errorOf(Uint8Array.of(8, 8));
  expect(error).toMatchObject({ code: 'no-graph', hint: expect.stringContaining('TensorFlow') });
});

test('a truncated file says so', async () => {
  const error = await errorOf(small.subarray(0, small.length - 60));
  expect(error).toMatchObject({ code: 'malformed-model', hint: expect.stringContaining('again') });
  expect(error.message).toContain(`the end of the file at byte ${small.length - 60}, expected 60 bytes more`);
});

test('a source that ends early is a FormatError', async () => {
  const error = await openModel({ size: small.length, read: (start) => small.subarray(start, start + 10) }).catch(
    (caught) => caught,
  );
  expect(error).toBeInstanceOf(FormatError);
});

/** A graph in a node in a graph, and so on. */
