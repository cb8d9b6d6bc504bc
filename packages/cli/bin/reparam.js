#!/usr/bin/env node
import module from 'node:module';

module.enableCompileCache?.(); // From Node 22 on: starts 12 ms sooner from the second time on.
const { run } = await import('../dist/run.js');
await run();
