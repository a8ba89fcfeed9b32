import type { HttpClientSession } from '../../src/http/index.js';

export interface TrafficGet {
  /** Both by `performance.now()`. */
  readonly begun: number;
  readonly ended: number;
  /** The address that the server saw. */
  readonly from: string;
  readonly error: Error | undefined;
}

export interface TrafficResult {
  readonly download: { readonly isIntact: boolean; readonly replays: number };
  readonly put: { readonly isWhole: boolean; readonly replays: number };
  readonly post: { readonly status?: number; readonly text?: string; readonly error?: Error; readonly failed?: number };
  /** How often the server did what was asked, by the method. */
  readonly executed: Readonly<Record<string, number>>;
  readonly gets: readonly TrafficGet[];
  /** How many of them failed. */
  readonly failed: number;
}

export class HttpTraffic {
  /** @param options `session` makes one to the server; `held`: milliseconds for which the server keeps the answer to the POST */
  constructor(options: { session: () => HttpClientSession; held?: number });
  readonly gets: readonly TrafficGet[];
  /** All of it is under way, and the server has executed the POST. */
  begun(): Promise<void>;
  /** The first GET that came from elsewhere than the very first, once it is answered. */
  first(): Promise<TrafficGet>;
  /** The download, the PUT and the POST are over. */
  answered(): Promise<void>;
  /** Waits for the download, the PUT and the POST, and some GETs more. */
  end(): Promise<TrafficResult>;
  dispose(): void;
}
