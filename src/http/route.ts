// By which interface the system would send what is bound to an address. Without source rules that is often another link.
import { execFile } from 'node:child_process';
import { isIP } from 'node:net';
import type { Target } from './names.js';
import type { NetworkBinding } from './network.js';

/** What the routing table says of a bound connection. */
export interface RouteCheck {
  /** Undefined where the system cannot be asked, or has no way there. */
  readonly interfaceName: string | undefined;
  /** It is the link that the session is bound to; undefined where nobody can tell. */
  readonly isOwn: boolean | undefined;
}

const unknown: RouteCheck = Object.freeze({ interfaceName: undefined, isOwn: undefined });
/** Milliseconds for an answer of `ip`. */
const limit = 1_000;

/** Asks `ip route get`. Never rejects. */
export function routeOf(binding: NetworkBinding | undefined, target: Target | undefined): Promise<RouteCheck> {
  if (process.platform !== 'linux' || binding === undefined || target?.localAddress === undefined) {
    return Promise.resolve(unknown);
  }
  const from = target.localAddress.replace(/%.*$/, '');
  if (isIP(target.address) === 0 || isIP(from) === 0) {
    return Promise.resolve(unknown);
  }
  return new Promise((resolve) => {
    const args = ['-o', 'route', 'get', target.address.replace(/%.*$/, ''), 'from', from];
    execFile('ip', args, { timeout: limit, env: { ...process.env, LC_ALL: 'C' } }, (error, output) => {
      const interfaceName = error === null ? interfaceIn(output) : undefined;
      resolve(
        interfaceName === undefined
          ? unknown
          : Object.freeze({ interfaceName, isOwn: interfaceName === binding.interfaceName }),
      );
    });
  });
}

/** The device in an answer of `ip -o route get`. */
export function interfaceIn(output: string): string | undefined {
  return /(?:^|\s)dev (\S+)/.exec(output.split('\n')[0] ?? '')?.[1];
}
