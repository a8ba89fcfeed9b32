import type { Connectivity } from '../../engine/index.js';
import { plainLine } from '../../shared/hostileText.js';
import { parseSuitabilityTest, suitabilityProblems } from '../../shared/suitabilityTest.js';
import { joined } from './item.js';
import { testProblemSentence } from './serviceNetworks.js';
import type { Translate } from './translate.js';

/** What came of a probe: the same as the `ProbeResult` of HTTP sessions, as far as it is told. */
export interface Probed {
  readonly connectivity: 'full' | 'portal' | 'limited' | 'none';
  /** Hostile text. */
  readonly portalUrl: string | undefined;
  readonly status: number | undefined;
  /** Milliseconds. */
  readonly latency: number;
  readonly error: Error | undefined;
  readonly route: { readonly interfaceName: string | undefined; readonly isOwn: boolean | undefined } | undefined;
}

/** A test of an access point that has ended. */
export interface LinkTested {
  /** Of the access point, made harmless. */
  readonly name: string;
  readonly target: URL;
  /** The target is known to answer 204, as that of the setting: anything else is somebody else's answer. */
  readonly isProbeUrl: boolean;
  /** This machine routes by it, and so a browser. */
  readonly isDefault: boolean;
  readonly probed: Probed;
}

/** An address as a person types it; a sentence where it is none. A host alone is asked by http: that is what portals answer. */
export function probeTarget(text: string, t: Translate): URL | string {
  const typed = text.trim();
  const host = /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(typed) ? `[${typed}]` : typed;
  const http = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `http://${host}`;
  const parsed = parseSuitabilityTest({ http });
  if (typeof parsed !== 'string') {
    return new URL(http);
  }
  switch (parsed) {
    case suitabilityProblems.http:
      return t('What is needed is an address that begins with http:// or https://, or the name of a host.');
    case suitabilityProblems.credentials:
      return t('The address must not contain a user name or password.');
    default:
      return testProblemSentence(parsed, t);
  }
}

/**
 * Nothing real can be sent from the addresses of the simulated network. Loopback is real on every machine: with addresses of
 * that kind the simulated network can be tested, too.
 */
export function isUnreal(platform: string, addresses: readonly string[]): boolean {
  return platform === 'simulated' && !addresses.some((address) => /^127\.|^::1$/.test(address));
}

/**
 * What the answer says of the way to the target. With https any answer is the server's own: nobody else has its certificate.
 * With http only one that is known to answer 204 tells its own answers from a portal's: servers, too, send to other hosts.
 */
function connectivityOf({ target, isProbeUrl, probed }: LinkTested): Connectivity {
  const { connectivity, status } = probed;
  if (connectivity === 'full' || status === undefined) {
    return connectivity;
  }
  if (target.protocol === 'https:') {
    return 'full';
  }
  return isProbeUrl || status === 511 ? connectivity : 'unknown';
}

/** Nothing has left this machine, because the access point has no address or is not up: no other link can be meant. */
const ownFailures: readonly unknown[] = ['EADDRNOTAVAIL', 'ENETDOWN', 'ERR_NETWORK_UNAVAILABLE'];

/** Whether the test went by the access point: undefined where nobody can tell. */
function wentBy({ error, route }: Probed): boolean | undefined {
  return ownFailures.includes((error as NodeJS.ErrnoException | undefined)?.code) || route?.isOwn;
}

/** What is said of the access point: nothing that the test has not shown. */
export function verdictOf(tested: LinkTested): Connectivity {
  return wentBy(tested.probed) === true ? connectivityOf(tested) : 'unknown';
}

/** Where the person signs in: where the portal has said, else the address that it answers for; undefined where there is no portal, or it is another link's. */
export function signInPage(tested: LinkTested): string | undefined {
  const { probed, target } = tested;
  return connectivityOf(tested) === 'portal' && wentBy(probed) !== false
    ? (probed.portalUrl ?? target.href)
    : undefined;
}

/** The address tells the server itself from a sign-in page: what the setting has to do. */
export function isWorthSaving(tested: LinkTested): boolean {
  return !tested.isProbeUrl && connectivityOf(tested) === 'full';
}

/** The result in a few sentences. Nothing in them is hostile any more. */
export function testedText(tested: LinkTested, t: Translate): string {
  const text = resultText(tested, t);
  return signInPage(tested) === undefined || tested.isDefault
    ? text
    : `${text} ${t('A browser goes by the default access point, which is another one.')}`;
}

function resultText(tested: LinkTested, t: Translate): string {
  const { name, target, probed } = tested;
  const host = plainLine(target.host);
  const time = Math.round(probed.latency);
  const own = wentBy(probed);
  if (own === false) {
    const other = plainLine(probed.route?.interfaceName ?? '');
    return t('Unknown: this machine sends what is for {0} by {1}, so the test says nothing of {2}.', host, other, name);
  }
  if (own === undefined) {
    const found = joined(', ', connectivityWord(connectivityOf(tested), t), reasonOf(tested, t), t('{0} ms', time));
    return t('Unknown: it could not be shown that the test went by {0}. For {1} it found: {2}.', name, host, found);
  }
  const portal = probed.portalUrl === undefined ? '' : plainLine(new URL(probed.portalUrl).host);
  switch (connectivityOf(tested)) {
    case 'full':
      return t('{0} leads to {1} (full, {2} ms).', name, host, time);
    case 'portal':
      return portal === ''
        ? t('{0} leads to a sign-in page instead of {1} (portal, {2} ms).', name, host, time)
        : t('{0} leads to a sign-in page of {3} instead of {1} (portal, {2} ms).', name, host, time, portal);
    case 'limited':
      return t('{0} does not lead to {1}: {3} (limited, {2} ms).', name, host, time, reasonOf(tested, t));
    case 'none':
      return t('{0} leads nowhere: {1} (none).', name, reasonOf(tested, t));
    case 'unknown':
      return t(
        'By {0} came an answer for {1}: {3}, {2} ms. Whether the server has sent it or a sign-in page is unknown: an address tells that begins with https://, or that answers with 204.',
        name,
        host,
        time,
        reasonOf(tested, t),
      );
  }
}

/** The field's word, as HTTP sessions use it. */
function connectivityWord(connectivity: Connectivity, t: Translate): string {
  switch (connectivity) {
    case 'full':
      return t('full');
    case 'portal':
      return t('portal');
    case 'limited':
      return t('limited');
    case 'none':
      return t('none');
    case 'unknown':
      return t('unknown');
  }
}

/** What was answered, or why there was no answer. */
function reasonOf({ probed: { status, error } }: LinkTested, t: Translate): string {
  if (status !== undefined) {
    return t('status {0}', status);
  }
  const { code = '', syscall = '' }: NodeJS.ErrnoException = error ?? new Error();
  if (syscall.startsWith('query')) {
    return code === 'ENOTFOUND' || code === 'ENODATA'
      ? t('the name has no address')
      : t('the name servers do not answer');
  }
  switch (code) {
    case 'ECONNREFUSED':
      return t('the connection is refused');
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return t('the connection ended before an answer came');
    case 'ETIMEDOUT':
      return t('there is no answer');
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return t('there is no way there');
    case 'EADDRNOTAVAIL':
      return t('it has no address that can be used for it');
    case 'ENETDOWN':
    case 'ERR_NETWORK_UNAVAILABLE':
      return t('it is not up any more');
    case 'ENOTFOUND':
    case 'ENODATA':
      return t('the name has no address');
    case 'EAI_AGAIN':
      return t('the name servers do not answer');
    case 'ERR_PROTOCOL':
      return t('what answers does not speak HTTP');
    default:
      return /CERT|VERIFY|ALTNAME/.test(code) ? t('the certificate is not trusted') : plainLine(code) || t('it failed');
  }
}
