// The public names of HTTP sessions on network sessions.
export { ResponseBody } from './body.js';
export { ByteReader } from './byteReader.js';
export { HttpClientSession, type UpgradeInit } from './clientSession.js';
export type { DetachedConnection } from './detach.js';
export {
  BodyTooLargeError,
  BodyUnreadError,
  HttpAbortedError,
  HttpError,
  HttpProtocolError,
  HttpSessionClosedError,
  HttpTimeoutError,
  type MissingAddress,
  NetworkLostError,
  NetworkUnavailableError,
  NoAddressError,
  ProxyError,
  type TimeoutPhase,
  UpgradeRefusedError,
} from './errors.js';
export { HttpHeaders, type HttpHeadersInit } from './headers.js';
export { bindingOf, type NetworkBinding, type NetworkLink } from './network.js';
export {
  type HttpRequestInit,
  type HttpSessionOptions,
  idempotentMethods,
  type QueueOptions,
  type ReplayOptions,
} from './options.js';
export { connectOver, type OverOptions, resolveOver } from './over.js';
export { type HttpConnectivity, type ProbeOptions, type ProbeResult, probe } from './probe.js';
export { type ProxyConfig, type ProxySettings, proxyFromSettings } from './proxy.js';
export type { ReplayEvent } from './replays.js';
export type { HttpBodyInit } from './requestBody.js';
export { HttpResponse } from './response.js';
export type { RouteCheck } from './route.js';
export { type DetachedSocket, type HttpExchange, type HttpServerOptions, HttpServerSession } from './serverSession.js';
export { httpTraffic } from './traffic.js';
