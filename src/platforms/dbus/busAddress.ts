/** Where a message bus listens, in the form that `net.createConnection` takes. */
export type BusEndpoint = { readonly path: string } | { readonly host: string; readonly port: number };

/** Where the system bus is, unless the environment says otherwise. */
export function systemBusAddress(environment: NodeJS.ProcessEnv = process.env): string {
  return environment['DBUS_SYSTEM_BUS_ADDRESS'] || 'unix:path=/var/run/dbus/system_bus_socket';
}

/** The first endpoint of an address (`unix:path=/run/dbus/socket;tcp:host=...`) that can be used; undefined when none can. */
export function busEndpoint(address: string): BusEndpoint | undefined {
  for (const alternative of address.split(';')) {
    const [, transport, rest] = /^(unix|tcp):(.*)$/s.exec(alternative) ?? [];
    const values = new Map<string, string>();
    for (const pair of rest?.split(',') ?? []) {
      const at = pair.indexOf('=');
      values.set(pair.slice(0, at), unescaped(pair.slice(at + 1)));
    }
    const path = values.get('path') || (values.has('abstract') ? `\0${values.get('abstract')}` : '');
    const port = Number(values.get('port'));
    if (transport === 'unix' && path) {
      return { path };
    }
    if (transport === 'tcp' && Number.isInteger(port) && port > 0 && port < 65_536) {
      return { host: values.get('host') || 'localhost', port };
    }
  }
  return undefined;
}

/** The file that appears when the bus starts; undefined for an endpoint without one. */
export function socketFile(endpoint: BusEndpoint | undefined): string | undefined {
  return endpoint && 'path' in endpoint && !endpoint.path.startsWith('\0') ? endpoint.path : undefined;
}

function unescaped(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
