// The engine for use outside the editor: dist/engine.js. Its names are a contract.
export { SharedLedger, type SharedLedgerOptions, type Sharing } from './broker/index.js';
export { type BrokerOptions, openBroker, type WindowDescription } from './broker/open.js';
export * from './engine/index.js';
export * from './http/index.js';
export { createPlatform, type PlatformName, type PlatformOptions, platformNames } from './platforms/choose.js';
