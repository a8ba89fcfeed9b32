// The engine for use outside the editor: dist/engine.js. Its names are a contract.
export * from './engine/index.js';
export { createPlatform } from './platforms/choose.js';
