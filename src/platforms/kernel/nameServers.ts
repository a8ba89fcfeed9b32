import { isIP } from 'node:net';

/** The resolver asks no more of them. */
const most = 3;

/** Reads /etc/resolv.conf: whom this machine asks for names, in order. */
export function parseNameServers(text: string): string[] {
  const servers: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, address = ''] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && isIP(address) !== 0) {
      servers.push(address);
    }
  }
  return servers.slice(0, most);
}
