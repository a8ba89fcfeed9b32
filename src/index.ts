// The engine for use outside the editor: dist/engine.js. Its names are a contract.
export * from './engine/index.js';
export { createPlatform, type PlatformName, type PlatformOptions, platformNames } from './platforms/choose.js';
