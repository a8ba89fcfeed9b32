// One request and its answer, over all the times that it is sent.
import type { Disposable } from '../engine/index.js';
import { type BodySource, ResponseBody } from './body.js';
import type { EngineController, EngineHandler } from './engine.js';
import { NetworkLostError, protocolErrorOf, systemError } from './errors.js';
import type { ReceivedHeaders, SentHeaders } from './headers.js';
import type { RequestBody } from './requestBody.js';
import { HttpResponse, type ResponseFacts } from './response.js';
import { askForRest, type Begun, restIn, resumable } from './resume.js';

/** What carries an exchange, as the exchange sees it. */
interface Carrier {
  readonly interfaceName: string | undefined;
  /** Why the answer under way is not taken, where it is none of HTTP. */
  readonly refusal: Error | undefined;
  hasOthersBehind(exchange: Exchange): boolean;
  begins(exchange: Exchange): void;
  ends(exchange: Exchange): void;
}

/** What is asked. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: SentHeaders;
  readonly body: RequestBody;
  readonly isIdempotent: boolean;
  /** Milliseconds that the body waits for 100 (Continue); undefined: it is sent with the head. */
  readonly expectContinue: number | undefined;
}

/** Who sends requests, and sends them again. */
export interface ExchangeOwner {
  /** An attempt has failed. Either it is sent again, or `reject` is called. */
  exchangeFailed(exchange: Exchange, error: Error): void;
  /** A head has come. */
  exchangeAnswered(exchange: Exchange): void;
  /** It is over, however it ended. */
  exchangeOver(exchange: Exchange): void;
}

type Stage = 'unsent' | 'sent' | 'answered' | 'over';

export class Exchange implements EngineHandler, BodySource, ResponseFacts {
  readonly asked: Asked;
  /** How often it was sent again, and how often since the link was last another. */
  replays = 0;
  replaysOnLink = 0;
  /** How often it was given to a connection of the link that it was last given to. */
  attemptsOnLink = 0;
  /** Which link it was last sent over. */
  epoch = -1;
  /** The server has asked for the body. */
  continued = false;
  /** The last byte of the request is not sent yet. */
  isUploading = false;
  /** It asks for no more bytes now. */
  isPaused = false;
  /** It asked for none at some time since somebody looked. */
  #wasPaused = false;
  readonly #owner: ExchangeOwner;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (error: Error) => void;
  #stage: Stage = 'unsent';
  #connection: Carrier | undefined;
  #controller: EngineController | undefined;
  #response: HttpResponse | undefined;
  #body: ResponseBody | undefined;
  #fields: ReceivedHeaders = {};
  #received = 0;
  /** Bytes of a second answer that are known from the first. */
  #toSkip = 0;
  /** Bytes that all answers have to come to together, once there is a second one. */
  #whole: number | undefined;
  #reason: Error | undefined;
  #stops: Disposable[] | undefined;
  #link: string | undefined;

  constructor(
    asked: Asked,
    owner: ExchangeOwner,
    resolve: (response: HttpResponse) => void,
    reject: (error: Error) => void,
  ) {
    this.asked = asked;
    this.#owner = owner;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get link(): string | undefined {
    return this.#link;
  }

  get isOver(): boolean {
    return this.#stage === 'over';
  }

  get isUnsent(): boolean {
    return this.#stage === 'unsent';
  }

  /** The caller has its head. */
  get hasHead(): boolean {
    return this.#response !== undefined;
  }

  /** The rest of its body can be asked for. */
  get isResumable(): boolean {
    return this.#begun !== undefined;
  }

  get hasOthersBehind(): boolean {
    return this.#connection?.hasOthersBehind(this) ?? false;
  }

  /** Is given back when it is over. */
  stopWith(stop: Disposable): void {
    this.#stops ??= [];
    this.#stops.push(stop);
  }

  /** It waits for its turn on a connection. */
  joins(connection: Carrier, epoch: number): void {
    this.#connection = connection;
    this.#link = connection.interfaceName;
    this.attemptsOnLink = epoch === this.epoch ? this.attemptsOnLink + 1 : 1;
    this.epoch = epoch;
    this.#stage = 'unsent';
    this.#controller = undefined;
    this.isPaused = false;
  }

  /** The fields to send now. */
  get headersToSend(): SentHeaders {
    const { headers } = this.asked;
    const begun = this.#begun;
    return begun === undefined ? headers : { ...headers, ...askForRest(begun, this.#received) };
  }

  /** Another request waits behind it. */
  othersWait(): void {
    this.#body?.othersWait();
  }

  resume(): void {
    if (this.isPaused) {
      this.isPaused = false;
      this.#wasPaused = true;
      this.#controller?.resume();
    }
  }

  abandon(reason: Error): void {
    this.fail(reason);
  }

  /** Ends it for good: the caller gets the error, by the promise or the body, and its connection ends if it was in use. */
  fail(error: Error): void {
    if (this.isOver) {
      return;
    }
    this.#reason = error;
    const hadHead = this.hasHead;
    this.#over();
    if (hadHead) {
      this.#body?.fail(error);
    } else {
      this.#reject(error);
    }
    this.#controller?.abort(error);
    this.#leave();
  }

  onRequestStart(controller: EngineController): void {
    this.#controller = controller;
    if (this.#reason !== undefined) {
      controller.abort(this.#reason);
      return;
    }
    const { isIdempotent, body } = this.asked;
    if (this.#stage === 'answered' || (this.#stage === 'sent' && (!isIdempotent || body.isUsed))) {
      // undici sends again by itself what was in flight behind what broke; here it must not.
      controller.abort(systemError('ECONNRESET', 'The connection broke while the request was out.'));
      return;
    }
    this.#stage = 'sent';
    this.#connection?.begins(this);
    if (!body.isEmpty) {
      this.isUploading = true;
      body.begun();
    }
  }

  onRequestSent(): void {
    this.isUploading = false;
  }

  onResponseStart(_controller: EngineController, status: number, headers: ReceivedHeaders, statusText = ''): void {
    if (this.isOver) {
      return;
    }
    this.#stage = 'answered';
    if (this.#response !== undefined) {
      this.#resumeWith(status, headers);
      return;
    }
    this.#fields = headers;
    this.#body = new ResponseBody(this);
    this.#response = new HttpResponse(status, statusText, headers, this.#body, this);
    this.#owner.exchangeAnswered(this);
    this.#resolve(this.#response);
  }

  onResponseData(controller: EngineController, chunk: Uint8Array): void {
    const known = Math.min(this.#toSkip, chunk.length);
    this.#toSkip -= known;
    const news = known > 0 ? chunk.subarray(known) : chunk;
    if (news.length === 0 || this.isOver) {
      return;
    }
    this.#received += news.length;
    if (this.#body?.push(news) === false) {
      this.isPaused = true;
      controller.pause();
    }
  }

  onResponseEnd(_controller: EngineController, trailers: ReceivedHeaders): void {
    this.#leave();
    if (this.isOver) {
      return;
    }
    this.#over();
    if (this.#toSkip > 0 || this.#received !== (this.#whole ?? this.#received)) {
      this.#body?.fail(new NetworkLostError({ link: this.#link }));
    } else {
      this.#body?.end(trailers);
    }
  }

  onResponseError(_controller: EngineController | null, error: Error): void {
    const refusal = this.#connection?.refusal;
    this.#leave();
    if (!this.isOver) {
      this.#owner.exchangeFailed(this, protocolErrorOf(error, refusal, this.#link));
    }
  }

  /** Nobody has begun to read its body, which is held back. */
  get isForgotten(): boolean {
    return this.isPaused && this.#body?.isRead === false;
  }

  /** Nothing has come for too long. False where it was not the peer's turn all the time. */
  isLate(needsDrain: boolean): boolean {
    const wasPaused = this.#wasPaused;
    this.#wasPaused = false;
    return !wasPaused && !this.isPaused && (!this.isUploading || needsDrain);
  }

  /** What can be gone on with; worked out only where it broke off. */
  get #begun(): Begun | undefined {
    const { method, headers } = this.asked;
    return this.#response && resumable(method, headers, this.#response.status, this.#fields);
  }

  /** The answer to a second request: the rest, or the end. */
  #resumeWith(status: number, headers: ReceivedHeaders): void {
    const begun = this.#begun;
    const rest = begun && restIn(begun, this.#received, status, headers);
    if (rest === undefined) {
      this.fail(new NetworkLostError({ link: this.#link, cause: new Error('The rest is of another version.') }));
      return;
    }
    this.#toSkip = rest.known;
    this.#whole = rest.length;
  }

  #over(): void {
    this.#stage = 'over';
    for (const stop of this.#stops ?? []) {
      stop.dispose();
    }
    this.#stops = undefined;
    this.#owner.exchangeOver(this);
  }

  #leave(): void {
    this.isUploading = false;
    this.#connection?.ends(this);
    this.#connection = undefined;
  }
}
