// Which proxy a request goes by, and which hosts are reached without one.
import { BlockList, isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';

/** A proxy, in the manner of POCO's HTTPClientSession::ProxyConfig. */
export interface ProxyConfig {
  /** How the proxy itself is spoken to; 'http' by default. */
  readonly protocol?: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** For one that is spoken to by https: how its certificate is checked, say. What is given for the origin does not count for it. */
  readonly tls?: ConnectionOptions | undefined;
  /** For Basic authentication (RFC 7617); without a user name nothing is sent. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The whole value of Proxy-Authorization; goes before user name and password. */
  readonly authorization?: string | undefined;
  /** Hosts that are reached directly: a regular expression of the whole name, in any case (POCO). */
  readonly nonProxyHosts?: string | undefined;
  /** The same as VS Code's `http.noProxy` has it: names, which stand for all that is below them too, addresses, each perhaps with a port; `*`; networks as well. */
  readonly noProxy?: readonly string[] | undefined;
}

/** VS Code's settings `http.proxy`, `http.noProxy`, `http.proxyAuthorization`, `http.proxyStrictSSL`, as they stand there. */
export interface ProxySettings {
  readonly proxy?: string | undefined;
  readonly noProxy?: readonly string[] | undefined;
  readonly proxyAuthorization?: string | null | undefined;
  /** False: the certificate of the proxy itself is not checked. That of the origin is. */
  readonly proxyStrictSSL?: boolean | undefined;
}

/** The proxy that settings name; undefined where they name none. Throws TypeError for what is no proxy that can be used. */
export function proxyFromSettings(settings: ProxySettings): ProxyConfig | undefined {
  const { proxy, noProxy, proxyAuthorization, proxyStrictSSL } = settings;
  if (proxy === undefined || proxy.trim() === '') {
    return undefined;
  }
  const url = URL.parse(proxy.trim());
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new TypeError('A proxy is an address that begins with http:// or https://.');
  }
  const isSecure = url.protocol === 'https:';
  const [username, password] = [decoded(url.username), decoded(url.password)];
  return checkedProxy({
    protocol: isSecure ? 'https' : 'http',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (isSecure ? 443 : 80)),
    ...(username === '' ? {} : { username, password }),
    ...(isSecure && proxyStrictSSL === false ? { tls: { rejectUnauthorized: false } } : {}),
    authorization: proxyAuthorization ?? undefined,
    noProxy,
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new TypeError("In the user name and password of a proxy, '%' is followed by two digits.", { cause: error });
  }
}

/** A copy, so that who has the original moves nothing. Throws TypeError where a proxy cannot be used as it is given. */
export function checkedProxy(proxy: ProxyConfig): ProxyConfig {
  const { protocol = 'http', host, port, tls, username, authorization, nonProxyHosts, noProxy } = proxy;
  if (protocol !== 'http' && protocol !== 'https') {
    throw new TypeError("The protocol of a proxy is 'http' or 'https'.");
  }
  if (typeof host !== 'string' || host === '' || /[\s/@]/.test(host)) {
    throw new TypeError('The host of a proxy is a name or an address.');
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new TypeError('The port of a proxy is a number from 1 to 65535.');
  }
  // RFC 7617: what is before the first colon is the user.
  if (username?.includes(':')) {
    throw new TypeError('The user name for a proxy has no colon.');
  }
  if (authorization !== undefined && !/^[\x20-\x7e]+$/.test(authorization)) {
    throw new TypeError('The authorization for a proxy is one line of text.');
  }
  if (nonProxyHosts !== undefined) {
    try {
      pattern(nonProxyHosts);
    } catch (error) {
      throw new TypeError('nonProxyHosts is a regular expression.', { cause: error });
    }
  }
  return {
    ...proxy,
    ...(tls === undefined ? {} : { tls: { ...tls } }),
    ...(noProxy === undefined ? {} : { noProxy: [...noProxy] }),
  };
}

/** The value of Proxy-Authorization; undefined where nothing is to be sent. */
export function proxyAuthorization({ authorization, username, password = '' }: ProxyConfig): string | undefined {
  return (
    authorization ??
    (username === undefined ? undefined : `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`)
  );
}

/** POCO's bypassProxy: this origin is reached directly. */
export function bypasses(proxy: ProxyConfig, origin: URL): boolean {
  const name = origin.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const host = plainName(name);
  const port = origin.port || (origin.protocol === 'https:' ? '443' : '80');
  return (
    (proxy.nonProxyHosts !== undefined && pattern(proxy.nonProxyHosts).test(name)) ||
    (proxy.noProxy ?? []).some((rule) => isMeant(rule.trim().toLowerCase(), host, port))
  );
}

function pattern(text: string): RegExp {
  return new RegExp(`^(?:${text})$`, 'i');
}

function isMeant(rule: string, host: string, port: string): boolean {
  if (rule === '*') {
    return true;
  }
  if (rule.includes('/')) {
    return isInNetwork(rule, host);
  }
  const [, bracketed, plain, rulePort] = /^(?:\[(.+)\]|([^:]*|[^:]*:.*:[^:]*))(?::(\d+))?$/.exec(rule) ?? [];
  const name = plainName((bracketed ?? plain ?? '').replace(/^\*?\./, ''));
  if (name === '' || (rulePort !== undefined && rulePort !== port)) {
    return false;
  }
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
}

/** As others may write the same: without the dot of the root, an address of IPv6 in its short form (RFC 5952). */
const plainName = (name: string): string =>
  isIP(name) === 6 ? (URL.parse(`http://[${name}]`)?.hostname.slice(1, -1) ?? name) : name.replace(/\.$/, '');

function isInNetwork(rule: string, host: string): boolean {
  const [network = '', bits = ''] = rule.split('/');
  const version = isIP(network);
  if (version === 0 || isIP(host) !== version || !/^\d{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128)) {
    return false;
  }
  const kind = version === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, Number(bits), kind);
  return list.check(host, kind);
}
