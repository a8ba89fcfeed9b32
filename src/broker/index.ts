// What the host may use of the broker without loading it: `open.ts`, with the transport behind it, is a file of its own,
// and so is what the engine asks.
export type { Broker, Line, LineListener } from './line.js';
export type { BrokerOptions, WindowDescription } from './open.js';
export { SharedLedger, type SharedLedgerOptions, type Sharing } from './sharedLedger.js';
