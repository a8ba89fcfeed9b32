// Profiles as NetworkManager keeps them on disk.

/**
 * @param {object} profile see Profile in lab.d.mts
 * @returns {string}
 */
export function keyfile({
  uuid,
  secret,
  id = uuid,
  type = 'ethernet',
  method,
  address,
  gateway,
  dns,
  metric,
  autoconnect = false,
  metered,
  sections = {},
  ...rest
}) {
  const defaults = {
    connection: { id, uuid, type, 'interface-name': rest.interface, autoconnect, metered: meteredNumbers[metered] },
    ...typeSections(type, id, secret),
    ipv4: {
      method: method ?? (address ? 'manual' : type === 'wireguard' ? 'disabled' : 'auto'),
      address1: method === 'auto' ? undefined : address && [address, gateway].filter(Boolean).join(','),
      dns: dns?.join(';'),
      'route-metric': metric,
    },
    ipv6: { method: 'disabled' },
  };
  const names = new Set([...Object.keys(defaults), ...Object.keys(sections)]);
  return [...names].map((name) => section(name, { ...defaults[name], ...sections[name] })).join('\n');
}

const meteredNumbers = { yes: 1, no: 2 };

/** What NetworkManager asks of a type before it takes a profile at all. */
function typeSections(type, id, secret) {
  switch (type) {
    case 'wifi':
      return { wifi: { mode: 'infrastructure', ssid: bytes(Buffer.from(id)) } };
    case 'wireguard':
      return { wireguard: { 'private-key': secret } };
    case 'vpn':
      return { vpn: { 'service-type': 'org.freedesktop.NetworkManager.openvpn' } };
    case 'gsm':
      return { gsm: { apn: 'internet' } };
    case 'bluetooth':
      return { bluetooth: { bdaddr: '02:00:00:00:00:01', type: 'panu' } };
    default:
      return { [type]: {} };
  }
}

/** @param {Uint8Array} data in the form for keys that hold bytes, such as the name of a Wi-Fi network */
export const bytes = (data) => [...data].map((byte) => `${byte};`).join('');

const section = (name, entries) =>
  [
    `[${name}]`,
    ...Object.entries(entries)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key}=${escaped(String(value))}`),
    '',
  ].join('\n');

const escapes = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const escaped = (text) => text.replace(/[\\\n\r\t]/g, (character) => escapes[character]).replace(/^ /, '\\s');
