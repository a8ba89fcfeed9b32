// What a link reaches: one request over it, told by the words of NetworkManager's NMConnectivityState.
import type { ConnectionOptions } from 'node:tls';
import { type Clock, systemClock } from '../engine/index.js';
import { HttpClientSession } from './clientSession.js';
import { codeOf, errorOf } from './errors.js';
import type { NetworkBinding, NetworkLink } from './network.js';
import { milliseconds } from './options.js';
import type { HttpResponse } from './response.js';
import type { RouteCheck } from './route.js';

/** The server itself, a portal before it, something that does not lead there, or nothing. */
export type HttpConnectivity = 'full' | 'portal' | 'limited' | 'none';

export interface ProbeOptions {
  /** Milliseconds for all of it; 5000 by default. */
  readonly timeout?: number;
  /**
   * What the server answers when nobody is in between: 204 without a body by default. 'any': whoever answers, the status is
   * for the caller to judge. A body is compared by its beginning; where none is named, none is waited for.
   */
  readonly expect?: { readonly status?: number | 'any'; readonly body?: string };
  readonly signal?: AbortSignal | undefined;
  /** Asks the routing table as well whether the link was really used. */
  readonly checkRoute?: boolean;
  readonly tls?: ConnectionOptions;
  /** As that of `HttpSessionOptions`. */
  readonly systemCertificates?: boolean;
  readonly clock?: Clock;
}

export interface ProbeResult {
  readonly connectivity: HttpConnectivity;
  /** Where to sign in, when the portal says so. Hostile text; an http or https address. */
  readonly portalUrl: string | undefined;
  readonly status: number | undefined;
  /** Milliseconds until it was known. */
  readonly latency: number;
  /** Why there was no answer, or not all of it. */
  readonly error: Error | undefined;
  /** Whether the connection was kept to the link, and what the routing table says of it. */
  readonly boundBy: 'address' | 'nothing';
  readonly route: RouteCheck | undefined;
}

/** Bytes of a portal's page that are looked at. */
const pageLimit = 64 * 1024;
/** Nothing leaves by the link: its address is gone, or it has no way to anywhere. */
const noLink: ReadonlySet<string> = new Set(['ENETDOWN', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ERR_NETWORK_UNAVAILABLE']);

/**
 * One GET over a network session or binding: its addresses, its name servers, no proxy, nothing sent twice, nothing
 * waited for. Never rejects but with TypeError for arguments that cannot be meant. Nothing of it is left afterwards.
 */
export async function probe(
  url: string | URL,
  network: NetworkLink | NetworkBinding,
  options: ProbeOptions = {},
): Promise<ProbeResult> {
  const target = new URL(url);
  const timeout = milliseconds('timeout', options.timeout, 5_000);
  const session = new HttpClientSession(target.origin, {
    network,
    proxy: null,
    replay: false,
    queue: false,
    timeout,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    ...(options.systemCertificates === undefined ? {} : { systemCertificates: options.systemCertificates }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  // One request: undici would take longer to load than that takes.
  session.speakPlainly();
  const { boundBy } = session;
  const begin = performance.now();
  // Beside the request, so that names are asked for at the same time; not longer than that may take.
  const routing = new AbortController();
  const timer = (options.clock ?? systemClock).setTimeout(() => routing.abort(), timeout);
  const check = (address?: string) => session.checkRoute(routing.signal, address).catch(() => undefined);
  let route = options.checkRoute === true ? check() : undefined;
  // What is told is of the address that the answer comes from, which another family's may be.
  session.onDidConnect(({ remoteAddress }) => {
    route &&= check(remoteAddress);
  });
  const found = await look(session, target, timeout, options);
  const latency = performance.now() - begin;
  const wayTaken = await route;
  timer.dispose();
  session.dispose();
  return Object.freeze({
    portalUrl: undefined,
    status: undefined,
    error: undefined,
    ...found,
    latency,
    boundBy,
    route: wayTaken,
  });
}

type Found = Pick<ProbeResult, 'connectivity'> & Partial<Pick<ProbeResult, 'status' | 'portalUrl' | 'error'>>;

async function look(
  session: HttpClientSession,
  target: URL,
  timeout: number,
  { expect, signal }: ProbeOptions,
): Promise<Found> {
  try {
    const response = await session.request(target.pathname + target.search, {
      headers: { 'cache-control': 'no-cache', accept: '*/*' },
      timeout,
      signal,
    });
    return await judge(response, target, expect);
  } catch (thrown) {
    const error = errorOf(thrown);
    return { connectivity: noLink.has(codeOf(error)) ? 'none' : 'limited', error };
  }
}

async function judge(response: HttpResponse, target: URL, expect: ProbeOptions['expect']): Promise<Found> {
  const { status } = response;
  const { status: wanted = 204, body: beginning } = expect ?? {};
  const isWanted = wanted === 'any' || status === wanted;
  if (isWanted && beginning === undefined && wanted !== 204) {
    return { connectivity: 'full', status };
  }
  if (!isWanted && status >= 300 && status < 400) {
    return { connectivity: 'portal', status, portalUrl: addressOf(response.headers.get('location'), target) };
  }
  // 511: RFC 6585. A page where there should be none, or another one: somebody answers in the server's place.
  if (!isWanted && status !== 511 && status !== 200) {
    return { connectivity: 'limited', status };
  }
  const { text, error } = await pageOf(response);
  if (isWanted && (beginning === undefined ? text === '' : text.startsWith(beginning))) {
    return { connectivity: 'full', status };
  }
  // Of the server's own page, a part tells nothing.
  return isWanted && error !== undefined
    ? { connectivity: 'limited', status, error }
    : {
        connectivity: 'portal',
        status,
        portalUrl: addressOf(response.headers.get('location') ?? linkIn(text), target),
        error,
      };
}

/** So much of the body as is looked at, and why there is no more of it, where it did not come whole. */
async function pageOf(response: HttpResponse): Promise<{ readonly text: string; readonly error: Error | undefined }> {
  const chunks: Uint8Array[] = [];
  let error: Error | undefined;
  let size = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= pageLimit) {
        break;
      }
    }
  } catch (thrown) {
    error = errorOf(thrown);
  }
  return { text: Buffer.concat(chunks).toString('utf8'), error };
}

/** RFC 6585 6: a response 511 should have a link to where to sign in. */
function linkIn(page: string): string | undefined {
  return /<a\s[^>]{0,500}?href\s*=\s*["']?([^"'\s>]+)/i.exec(page)?.[1] ?? /url=([^"'\s>]+)/i.exec(page)?.[1];
}

function addressOf(link: string | undefined | null, base: URL): string | undefined {
  const url = link === undefined || link === null ? null : URL.parse(link, base.href);
  return url !== null && /^https?:$/.test(url.protocol) ? url.href : undefined;
}
