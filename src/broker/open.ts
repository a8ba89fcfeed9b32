import { createHash, randomBytes } from 'node:crypto';
import { type Clock, type Logger, silentLogger, systemClock } from '../engine/index.js';
import { WindowBroker } from './broker.js';
import { Connector } from './election.js';
import { bounds, type ClientInfo, clipped, protocolVersion } from './messages.js';
import { placesOn, thisMachine } from './place.js';
import { type BookTimes, bookTimes, type ElectionTimes } from './times.js';

/** Who this process is, for a person in another window. Longer texts are cut off at 200 letters. */
export interface WindowDescription {
  /** The editor. */
  readonly product: string;
  /** What is open in its window; '' for nothing. */
  readonly window: string;
  /** The same after a reload of the window; '' where there is nothing that stays. It does not leave this process. */
  readonly windowKey: string;
}

export interface BrokerOptions {
  readonly window: WindowDescription;
  /** What this process is called among all of them: 32 hexadecimal digits that nobody can guess. By default made here. */
  readonly id?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
  /** The home folder under which all windows of the person meet; the user's own by default. */
  readonly home?: string | undefined;
  readonly times?: Partial<BookTimes & ElectionTimes> | undefined;
  /** Milliseconds between two accounts of everything to all windows; 100 by default. */
  readonly snapshotPause?: number | undefined;
}

/** Makes the broker of this process; it begins with `start`. */
export function openBroker(options: BrokerOptions): WindowBroker {
  const { clock = systemClock, logger = silentLogger, times = {}, window, home, snapshotPause } = options;
  const client: ClientInfo = {
    id: options.id ?? randomBytes(16).toString('hex'),
    product: clipped(window.product, bounds.infoText),
    window: clipped(window.window, bounds.infoText),
    windowKey: hashOf(window.windowKey),
    pid: process.pid,
  };
  const connector = new Connector({
    places: placesOn(thisMachine(home)),
    clock,
    logger,
    versions: [protocolVersion],
    times,
  });
  return new WindowBroker({
    client,
    connector,
    times: { ...bookTimes, ...times },
    clock,
    logger,
    ...(snapshotPause !== undefined && { snapshotPause }),
  });
}

/** Windows are told apart by it, and nobody reads a path out of it. */
const hashOf = (key: string): string => (key === '' ? '' : createHash('sha256').update(key).digest('hex').slice(0, 32));
