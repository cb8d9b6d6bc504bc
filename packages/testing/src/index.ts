export * from './fixtures.ts';
export * from './npy.ts';
