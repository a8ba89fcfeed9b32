import { BlockList, isIP, isIPv6 } from 'node:net';

/** Of the link alone: RFC 3927 and RFC 4291. */
const link = new BlockList();
link.addSubnet('169.254.0.0', 16, 'ipv4');
link.addSubnet('fe80::', 10, 'ipv6');

/** Of a site, which the world does not route: RFC 4193. */
const site = new BlockList();
site.addSubnet('fc00::', 7, 'ipv6');

/** The address counts nowhere but on its own link. False for what is no address. */
export function isOfLink(address: string): boolean {
  return isIn(link, address);
}

/** The same of IPv6 alone: such an address comes by itself with the carrier, whether anything is there or not. */
export function isOfLink6(address: string): boolean {
  return isIPv6(address) && isOfLink(address);
}

/** An address of IPv6 that a site has given itself. */
export function isOfSite6(address: string): boolean {
  return isIPv6(address) && isIn(site, address);
}

function isIn(list: BlockList, address: string): boolean {
  const [bare = ''] = address.split('%');
  const version = isIP(bare);
  return version !== 0 && list.check(bare, version === 6 ? 'ipv6' : 'ipv4');
}
