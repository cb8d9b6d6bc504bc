export * from './draws.ts';
export * from './fixtures.ts';
export * from './npy.ts';
export * from './opset-models.ts';
