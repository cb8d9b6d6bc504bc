/** Nodes of an ONNX graph as short lines: `Conv 3x3 pads 1, weight [8, 8, 3, 3]   x -> a`. */

/**
 * @typedef {import('@reparam/onnx').OnnxModel} OnnxModel
 * @typedef {OnnxModel['graph']['nodes'][number]} OnnxNode
 */

/**
 * Lines of the nodes that are named, values renamed: x is read, y is the last result, letters stand between.
 * @param {OnnxModel} model @param {readonly { name: string, opType: string }[]} references
 */
export function listNodes({ graph }, references) {
  const wanted = new Set(references.map(({ name }) => name));
  const nodes = graph.nodes.filter((node) => wanted.has(node.name || node.outputs[0] || ''));
  const constants = constantShapes(graph);
  const made = nodes.flatMap((node) => node.outputs.slice(0, 1));
  const names = new Map();
  const read = [...new Set(nodes.flatMap((node) => node.inputs))].filter(
    (name) => name !== '' && !constants.has(name) && !made.includes(name),
  );
  for (const [index, name] of read.entries()) names.set(name, read.length === 1 ? 'x' : `x${index}`);
  for (const [index, name] of made.entries()) names.set(name, index === made.length - 1 ? 'y' : letterOf(index));
  return nodes.map((node) => {
    const values = node.inputs.filter((name) => names.has(name)).map((name) => names.get(name));
    const shapes = node.inputs.filter((name) => constants.has(name)).map((name) => shapeText(constants.get(name)));
    const text = [node.opType, ...settingsOf(node)].join(' ');
    return { text, constants: shapes.join(' '), reads: values.join(', '), makes: names.get(node.outputs[0]) };
  });
}

/** Shapes of what is constant: initializers, Constant nodes, and Identity of either. @param {OnnxModel['graph']} graph */
function constantShapes(graph) {
  /** @type {Map<string, readonly number[]>} */
  const shapes = new Map();
  for (const [name, { dims }] of graph.initializers) shapes.set(name, dims);
  for (const node of graph.nodes) {
    const [output = ''] = node.outputs;
    if (node.opType === 'Constant') shapes.set(output, node.attribute('value')?.tensor?.dims ?? []);
    const source = shapes.get(node.inputs[0] ?? '');
    if (node.opType === 'Identity' && source) shapes.set(output, source);
  }
  return shapes;
}

/** @param {readonly number[] | undefined} dims */
function shapeText(dims = []) {
  return dims.length === 0 ? 'scalar' : `[${dims.join(', ')}]`;
}

/** What distinguishes a node, defaults left out. @param {OnnxNode} node */
function settingsOf(node) {
  const ints = (/** @type {string} */ name) => node.attribute(name)?.ints;
  const uniform = (/** @type {readonly number[]} */ list) =>
    list.every((n) => n === list[0]) ? String(list[0]) : list.join(',');
  const kernel = ints('kernel_shape');
  const settings = kernel ? [kernel.join('x')] : [];
  for (const [attribute, title, usual] of [
    ['strides', 'stride', 1],
    ['dilations', 'dilation', 1],
    ['pads', 'pads', 0],
  ]) {
    const list = ints(String(attribute));
    if (list?.some((n) => n !== usual)) settings.push(`${title} ${uniform(list)}`);
  }
  const groups = node.attribute('group')?.int ?? 1;
  if (groups > 1) settings.push(`groups ${groups}`);
  const slope = node.attribute('alpha')?.float;
  if (node.opType === 'LeakyRelu' && slope !== undefined) settings.push(`alpha ${slope}`);
  return settings;
}

/** a to w, then a1 to w1 and so on; x and y are taken. @param {number} index */
function letterOf(index) {
  const letter = String.fromCharCode('a'.charCodeAt(0) + (index % 23));
  return index < 23 ? letter : `${letter}${Math.floor(index / 23)}`;
}
