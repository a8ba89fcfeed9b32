/** Settings of VS Code that are about HTTP, as far as sessions keep to them; the prefix `http.` is left out. */
export type EditorHttpKey =
  | 'proxy'
  | 'noProxy'
  | 'proxyAuthorization'
  | 'proxyStrictSSL'
  | 'proxySupport'
  | 'systemCertificates';

/** The same, parsed. What is wrong is as if it were not set: VS Code itself tells the person of it. */
export interface EditorHttp {
  /** Undefined: no proxy. */
  readonly proxy: EditorProxy | undefined;
  readonly systemCertificates: boolean;
}

/** How the settings name a proxy. */
export interface EditorProxy {
  /** What stands there: whether it can be used is not decided here. */
  readonly proxy: string;
  readonly noProxy: readonly string[];
  readonly proxyAuthorization: string | undefined;
  readonly proxyStrictSSL: boolean;
}

/** Never by a proxy in VS Code. */
const ownMachine: readonly string[] = ['localhost', '127.0.0.1', '::1'];

/**
 * Reads the settings as VS Code's extension host does: what `http.proxy` does not say is inherited from the environment,
 * and what `http.noProxy` does not say as well. Proxies that only the system or a script (PAC) knows are not known here.
 */
export function parseEditorHttp(
  read: (key: EditorHttpKey) => unknown,
  environment: Readonly<Record<string, string | undefined>>,
): EditorHttp {
  const systemCertificates = read('systemCertificates') !== false;
  const inherited = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'].map((name) => environment[name]);
  const proxy = [read('proxy'), ...inherited].map(address).find((each) => each !== '');
  if (read('proxySupport') === 'off' || proxy === undefined) {
    return { proxy: undefined, systemCertificates };
  }
  const rules = list(read('noProxy'));
  const { no_proxy: lower, NO_PROXY: upper } = environment;
  const authorization = read('proxyAuthorization');
  return {
    proxy: {
      proxy,
      noProxy: [...(rules.length > 0 ? rules : list((lower || upper || '').split(','))), ...ownMachine],
      proxyAuthorization: typeof authorization === 'string' && authorization !== '' ? authorization : undefined,
      proxyStrictSSL: read('proxyStrictSSL') !== false,
    },
    systemCertificates,
  };
}

/** As in VS Code, what has no scheme is none. */
function address(value: unknown): string {
  const text = typeof value === 'string' ? value.trim() : '';
  return text.includes('://') ? text : '';
}

function list(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string' && each.trim() !== '') : [];
}
