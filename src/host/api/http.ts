// HTTP sessions as other extensions get them. A file of its own (see esbuild.js): it is read with the first who asks.
import { silentLogger, systemClock } from '../../engine/index.js';
import {
  ByteReader,
  HttpClientSession,
  HttpHeaders,
  HttpResponse,
  type HttpServerOptions,
  HttpServerSession,
  type HttpSessionOptions,
  httpTraffic,
  type NetworkBinding,
  type NetworkLink,
  type ProxyConfig,
  probe,
  proxyFromSettings,
  ResponseBody,
} from '../../http/index.js';
import { editorHttp } from '../editor/httpSettings.js';
import type * as contract from './network-sessions.js';
import { sealEvent } from './values.js';

type Network = NetworkLink | NetworkBinding;

/**
 * What there is, for all who ask: it holds nothing of anybody's, and can be changed by nobody.
 * @param report hears of what a listener throws
 */
export function httpApi(report: (error: unknown) => void): contract.HttpApi {
  made ??= make(report);
  return made;
}

let made: contract.HttpApi | undefined;

function make(report: (error: unknown) => void): contract.HttpApi {
  const logger = { ...silentLogger, error: report };

  /** With the person's settings, and sealed: nothing inside can be reached, as its own fields are private. */
  class SealedClientSession extends HttpClientSession implements contract.HttpClientSession {
    constructor(origin: string | URL, options: HttpSessionOptions = {}) {
      super(origin, {
        ...options,
        network: options.network === undefined ? undefined : networkOf(options.network),
        defaultProxy: editorProxy,
        systemCertificates: editorHttp().systemCertificates,
        clock: systemClock,
        logger,
      });
      seal(this, 'origin');
    }

    override get onDidConnect() {
      return sealEvent(super.onDidConnect);
    }

    override get onDidRebind() {
      return sealEvent(super.onDidRebind);
    }

    override get onDidReplay() {
      return sealEvent(super.onDidReplay);
    }
  }

  class SealedServerSession extends HttpServerSession implements contract.HttpServerSession {
    constructor(socket: ConstructorParameters<typeof HttpServerSession>[0], options: HttpServerOptions = {}) {
      super(socket, { ...options, clock: systemClock });
      seal(this, 'clientAddress', 'serverAddress');
    }
  }

  // Those of answers too: who puts something in their place hears what others are told.
  const answers = [HttpResponse, ResponseBody, HttpHeaders];
  const sessions = [HttpClientSession, HttpServerSession, SealedClientSession, SealedServerSession, ByteReader];
  for (const each of [...sessions, ...answers]) {
    Object.freeze(each);
    Object.freeze(each.prototype);
  }
  return Object.freeze({
    HttpClientSession: SealedClientSession,
    HttpServerSession: SealedServerSession,
    ByteReader,
    probe: async (url: string | URL, network: Network, options: contract.ProbeOptions = {}) => {
      const { systemCertificates } = editorHttp();
      return probe(url, networkOf(network), { ...options, systemCertificates, clock: systemClock });
    },
    httpTraffic: (network: contract.NetworkLink) => {
      const { bytesSent, bytesReceived } = httpTraffic(networkOf(network));
      return Object.freeze({ bytesSent, bytesReceived });
    },
  });
}

/** Nothing can be added to it, and these of its fields stay what they are. */
function seal<T extends object>(object: T, ...fixed: readonly (keyof T)[]): void {
  for (const name of fixed) {
    Object.defineProperty(object, name, { writable: false });
  }
  Object.seal(object);
}

/** What VS Code's settings name. Throws TypeError where it cannot be used: to go without would be another thing than the person wants. */
function editorProxy(): ProxyConfig | undefined {
  const { proxy } = editorHttp();
  return proxy && proxyFromSettings(proxy);
}

/** @throws TypeError when it is neither a network session nor a binding. */
function networkOf(network: unknown): Network {
  const { onDidChangeState, onDidActivateNewConfiguration, interfaceName } = (network ?? {}) as Record<string, unknown>;
  const isLink = typeof onDidChangeState === 'function' && typeof onDidActivateNewConfiguration === 'function';
  if (!isLink && (typeof interfaceName !== 'string' || onDidChangeState !== undefined)) {
    throw new TypeError('network must be a network session, or a binding with the name of an interface.');
  }
  return network as Network;
}
