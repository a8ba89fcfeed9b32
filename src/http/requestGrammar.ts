// The grammar of requests: RFC 9112, and RFC 9110 and RFC 3986 where it takes theirs. Each says undefined, or false, of what is not of it.
import { isIPv6 } from 'node:net';
import { elementsOf, token, trimmed } from './grammar.js';

const name = new RegExp(`^${token}$`);
/** RFC 9112 3. Of targets, also what browsers leave as it is where RFC 3986 wants it encoded: [ ] { } | \ ^ ` and a lone %. */
const requestLine = new RegExp(`^(${token}) ([!$-;=?-~]+) HTTP/(\\d)\\.(\\d)$`);
/** RFC 3986 3.2.2, without what is in brackets. */
const registeredName = /^(?:[\w.~!$&'()*+,;=-]|%[\dA-Fa-f]{2})*$/;
const futureAddress = /^\[v[\dA-F]+\.[\w.~!$&'()*+,;=:-]+\]$/i;
/** A host, and its port where there is one. */
const authority = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/;
const notInField = /[^\t\x20-\x7e\x80-\xff]/;
const digits = /^\d+$/;

export interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly major: number;
  readonly minor: number;
}

/** RFC 9112 3. What targets there are, other major versions say. */
export function requestLineOf(line: string): RequestLine | undefined {
  const [, method, target, major, minor] = requestLine.exec(line) ?? [];
  if (method === undefined || target === undefined || (major === '1' && !isTarget(method, target))) {
    return undefined;
  }
  return { method, target, major: Number(major), minor: Number(minor) };
}

/** RFC 9112 3.2: a path for all but CONNECT, a whole address for all but CONNECT, host and port for CONNECT, * for OPTIONS. */
function isTarget(method: string, target: string): boolean {
  if (method === 'CONNECT') {
    const [, host = '', port = ''] = authority.exec(target) ?? [];
    return host !== '' && isHost(host) && Number(port) > 0 && Number(port) <= 65_535;
  }
  if (target.startsWith('/')) {
    return true;
  }
  if (target === '*') {
    return method === 'OPTIONS';
  }
  const scheme = /^[A-Za-z][A-Za-z\d+.-]*(?=:)/.exec(target)?.[0].toLowerCase();
  if (scheme !== 'http' && scheme !== 'https') {
    return scheme !== undefined;
  }
  // RFC 9110 4.2: a host has to be there, and nobody's name before it.
  const place = /^:\/\/([^/?]+)/.exec(target.slice(scheme.length))?.[1];
  return place !== undefined && !place.startsWith(':') && isHost(place);
}

/** RFC 9110 7.2: a host, perhaps with a port; an empty one is one. */
export function isHost(value: string): boolean {
  const host = authority.exec(value)?.[1];
  if (host === undefined) {
    return false;
  }
  return host.startsWith('[') ? isIPv6Literal(host) || futureAddress.test(host) : registeredName.test(host);
}

/** Without a zone, which is of one machine. */
function isIPv6Literal(host: string): boolean {
  const address = host.slice(1, -1);
  return isIPv6(address) && !address.includes('%');
}

/** RFC 9112 5: name and value. A line that goes on with the field before it (5.2) is none. */
export function fieldOf(line: string): readonly [name: string, value: string] | undefined {
  const colon = line.indexOf(':');
  const named = line.slice(0, Math.max(colon, 0));
  return name.test(named) && !notInField.test(line) ? [named, trimmed(line.slice(colon + 1))] : undefined;
}

/** It is a member of the list, in any case of letters. */
export function isListed(member: string, list: string | undefined): boolean {
  if (list === undefined || list.length < member.length) {
    return false;
  }
  const members = list.toLowerCase();
  // Mostly there is but one.
  return members.includes(',') ? elementsOf([members]).includes(member) : members === member;
}

/**
 * RFC 9112 6.3: bytes of the body, or that it comes in chunks, whose content may be coded in a way that we do not know; undefined
 * where that cannot be told, or not by everybody alike.
 */
export function framingOf(
  length: string | undefined,
  coding: string | undefined,
): number | 'chunked' | 'unknown' | undefined {
  if (coding === undefined) {
    // Several of them too, the same or not, are no number.
    return length === undefined ? 0 : digits.test(length) ? Number(length) : undefined;
  }
  const members = elementsOf([coding.toLowerCase()]);
  const chunked = members.indexOf('chunked');
  // RFC 9112 6.1, 7.1: chunks are the outermost, once, and have no parameters.
  if (length !== undefined || chunked < 0 || chunked !== members.length - 1) {
    return undefined;
  }
  return chunked === 0 ? 'chunked' : 'unknown';
}
