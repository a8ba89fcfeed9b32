import { randomBytes } from 'node:crypto';
import { readdirSync, unlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { type Clock, Emitter, type Event, type Logger } from '../engine/index.js';
import { codeOf, NotPrivate } from '../shared/privateFiles.js';
import { type Channel, type ChannelBounds, SocketChannel } from './channel.js';
import { HandshakeFailure, introduce } from './handshake.js';
import { type LeaderServer, lead } from './leader.js';
import { type Lock, Locksmith } from './lock.js';
import { bounds as mostClients } from './messages.js';
import { checkFolders, makeFolders, type Place, type Places, PlaceUnusable, socketIn, whyNot } from './place.js';
import { isTerm, readTerm } from './term.js';
import { type ElectionTimes, electionTimes } from './times.js';
import { ensureToken, readToken } from './token.js';

export interface ConnectorOptions {
  readonly places: Places;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What this window speaks. */
  readonly versions: readonly number[];
  random?(bytes: number): Buffer;
  readonly times?: Partial<ElectionTimes> | undefined;
  /** Windows that one leader serves at once. */
  readonly clients?: number | undefined;
  readonly bounds?: ChannelBounds | undefined;
}

export interface Leadership {
  readonly role: 'leader';
  readonly term: number;
  readonly server: LeaderServer;
  readonly place: Place;
  mayAct(): boolean;
}

export interface Followership {
  readonly role: 'follower';
  /** The term of the leader. */
  readonly term: number;
  readonly channel: Channel;
  readonly place: Place;
  /** Whether a permit of this term may still be acted on: look just before the act. */
  mayAct(): boolean;
}

export type Membership = Leadership | Followership;

/** What came of looking for a leader: nobody listens, or somebody who cannot serve at this moment. */
type Outcome = Followership | 'nobody' | 'again' | 'stalled';

/**
 * Times in a row that a leader may not know the token that we have read, until it counts as a stranger. Tokens change when
 * one is lost; a leader that has missed that steps down as soon as the next one comes.
 */
const patienceWithToken = 3;

/** How often a window that counts for itself tries at once, where others are just finding out who leads. */
const triesAlone = 16;

/** Finds the leader of this person's windows, or becomes it. Never are there two that act. */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #times: ElectionTimes;
  readonly #random: (bytes: number) => Buffer;
  readonly #locksmiths = new Map<string, Locksmith>();
  readonly #didStall: Emitter<void>;
  /** Told each time somebody listens and does not answer in time: a leader that is stopped, or very busy. */
  readonly onDidStall: Event<void>;
  /** How often in a row, by the place. */
  readonly #strangers = new Map<Place, number>();

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#times = { ...electionTimes, ...options.times };
    this.#random = options.random ?? ((bytes) => randomBytes(bytes));
    this.#didStall = new Emitter((error) => options.logger.error(`${error}`));
    this.onDidStall = this.#didStall.event;
  }

  /**
   * Resolves when this window leads, or has a leader. Goes on for as long as there is one that does not answer. Rejects
   * with {@link PlaceUnusable}, and with the reason of the signal; nothing is left open then.
   *
   * @param before how often in a row that came to nothing at once: it takes its time then
   * @param isAlone it counts for itself meanwhile, and rather goes on with that than it waits for one that does not answer
   */
  async join(signal: AbortSignal, before = 0, isAlone = false): Promise<Membership> {
    this.#strangers.clear();
    if (before > 0) {
      await this.#pause(8 * (before - 1), signal);
    }
    for (let tries = 0; ; tries++) {
      signal.throwIfAborted();
      const found = await this.#find(signal);
      if (typeof found === 'object') {
        return found;
      }
      if (found === 'nobody') {
        const membership = await this.#elect(signal);
        if (membership !== undefined) {
          return membership;
        }
      } else if (found === 'stalled') {
        this.#didStall.fire();
      }
      if (isAlone && (found === 'stalled' || tries === triesAlone)) {
        throw new PlaceUnusable('silent', 'the window that counts for all does not answer');
      }
      await this.#pause(tries, signal);
    }
  }

  /** For a window that counts for itself, before it tries to join once more: longer and longer. */
  async rest(tries: number, signal: AbortSignal): Promise<void> {
    const [least, most] = this.#times.alone;
    await this.#wait(Math.min(most, least * 2 ** tries), signal);
  }

  /** In all places, so that nobody leads in the second one while there is a leader in the first, or the other way round. */
  async #find(signal: AbortSignal): Promise<Outcome> {
    for (const place of this.#options.places.candidates) {
      const found = await this.#meet(place, signal);
      if (found !== 'nobody') {
        return found;
      }
    }
    return 'nobody';
  }

  async #elect(signal: AbortSignal): Promise<Membership | undefined> {
    const { candidates, passedOver } = this.#options.places;
    const reasons = [...passedOver];
    for (const place of candidates) {
      try {
        return await this.#takeOver(place, signal);
      } catch (error) {
        this.#throwUnlessOpenToOthers(place, error);
        if (error instanceof PlaceUnusable || signal.aborted) {
          throw error;
        }
        const reason = whyNot(place.folders.at(-1) ?? '', error);
        this.#options.logger.debug(reason);
        reasons.push(reason);
      }
    }
    throw new PlaceUnusable('noPlace', reasons.join('; '));
  }

  /** Undefined where somebody else was faster. Throws what the system says when the place cannot be written to. */
  async #takeOver(place: Place, signal: AbortSignal): Promise<Membership | undefined> {
    makeFolders(place);
    const lock = place.lock === undefined ? undefined : this.#locksmith(place.lock).take();
    if (lock === undefined && place.lock !== undefined) {
      return undefined;
    }
    try {
      return await this.#takeOverWith(lock, place, signal);
    } catch (error) {
      // What is made here goes only when another one takes over at the same moment.
      if (codeOf(error) === 'ENOENT' || (lock !== undefined && !lock.isHeld() && !(error instanceof PlaceUnusable))) {
        signal.throwIfAborted();
        return undefined;
      }
      throw error;
    } finally {
      lock?.release();
    }
  }

  async #takeOverWith(lock: Lock | undefined, place: Place, signal: AbortSignal): Promise<Membership | undefined> {
    // Somebody may have taken over between our last look and the lock.
    const found = await this.#meet(place, signal);
    if (found !== 'nobody') {
      return typeof found === 'object' ? found : undefined;
    }
    signal.throwIfAborted();
    if (lock?.isHeld() === false) {
      return undefined;
    }
    if (lock !== undefined) {
      this.#tidy(place);
    }
    readTerm(place.term); // What is not ours is found out before anything is written.
    const { candidates } = this.#options.places;
    const { clock, logger, versions, clients, bounds } = this.#options;
    const { handshake, check } = this.#times;
    const server = await lead(place, ensureToken(place.token, this.#random), lock, {
      clock,
      logger,
      versions,
      random: this.#random,
      handshake,
      check,
      clients: clients ?? mostClients.clients - 1, // It is one of them itself.
      bounds,
      better: candidates.slice(0, candidates.indexOf(place)),
      worse: candidates.slice(candidates.indexOf(place) + 1),
      isLed: (other) => this.#isLed(other, signal),
    });
    if (server !== undefined && signal.aborted) {
      await server.close();
      signal.throwIfAborted();
    }
    return server && { role: 'leader', term: server.term, server, place, mayAct: () => server.mayAct() };
  }

  #locksmith(file: string): Locksmith {
    let locksmith = this.#locksmiths.get(file);
    if (locksmith === undefined) {
      const { clock } = this.#options;
      const digits = (count: number) => this.#random(count).toString('hex').slice(0, count);
      locksmith = new Locksmith(file, { clock, digits, patience: this.#times.lock });
      this.#locksmiths.set(file, locksmith);
    }
    return locksmith;
  }

  /** What those have left that were killed while they took over or wrote. Only who holds the lock makes such files. */
  #tidy({ folders }: Place): void {
    const folder = folders.at(-1) ?? '';
    for (const name of readdirSync(folder)) {
      if (/^((s|l|token)\.[0-9a-f]{6}|(term|claims)\.tmp)$/.test(name)) {
        try {
          unlinkSync(path.join(folder, name));
        } catch (error) {
          this.#options.logger.debug(`What was left of an earlier window is still there: ${codeOf(error)}`);
        }
      }
    }
  }

  /** At random, so that those that met part; longer and longer, for something that lasts. */
  async #pause(tries: number, signal: AbortSignal): Promise<void> {
    const [least, most] = this.#times.retry;
    const time = (least + ((most - least) * this.#random(1).readUInt8()) / 255) * 2 ** Math.min(5, tries >> 3);
    await this.#wait(time, signal);
  }

  async #wait(time: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        timer.dispose();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = this.#options.clock.setTimeout(done, time);
      signal.addEventListener('abort', done);
      if (signal.aborted) {
        done();
      }
    });
  }

  // Following -----------------------------------------------------------------------------------------------------------

  /** Connects to who listens in a place, and has it prove itself. */
  async #meet(place: Place, signal: AbortSignal): Promise<Outcome> {
    const { clock, logger, versions, bounds } = this.#options;
    const strangers = this.#strangers.get(place) ?? 0;
    this.#strangers.delete(place);
    if (!this.#isThere(place)) {
      return 'nobody';
    }
    const socket = await this.#connected(place, signal);
    if (typeof socket === 'string') {
      return socket;
    }
    const abort = () => socket.destroy();
    signal.addEventListener('abort', abort);
    try {
      signal.throwIfAborted();
      // Where it is missing or damaged, a leader sees that as soon as somebody comes; only a stranger goes on with any other.
      const token = this.#tokenOf(place) ?? this.#random(32);
      const options = { token, versions, clock, random: this.#random, limit: this.#times.handshake };
      const { term } = await introduce(socket, options);
      signal.throwIfAborted();
      const channel = new SocketChannel(socket, { clock, logger, bounds });
      return { role: 'follower', term, channel, place, mayAct: () => !channel.isClosed && isTerm(place.term, term) };
    } catch (error) {
      socket.destroy();
      signal.throwIfAborted();
      if (error instanceof HandshakeFailure) {
        return this.#outcomeOf(error, place, strangers);
      }
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Somebody leads there, and answers. */
  async #isLed(place: Place, signal: AbortSignal): Promise<boolean> {
    try {
      const found = await this.#meet(place, signal);
      if (typeof found === 'object') {
        found.channel.close();
      }
      return typeof found === 'object';
    } catch {
      return false; // Nobody of this window's kind does.
    }
  }

  #isThere(place: Place): boolean {
    try {
      checkFolders(place);
      return place.lock === undefined || socketIn(place) !== undefined;
    } catch (error) {
      this.#throwUnlessOpenToOthers(place, error);
      return false; // Why it cannot be used is told when it is to be written to.
    }
  }

  /** What is not private in a place that is this user's alone is somebody's doing. Elsewhere it only is not ours. */
  #throwUnlessOpenToOthers({ isOpenToOthers }: Place, error: unknown): void {
    if (error instanceof NotPrivate && !isOpenToOthers) {
      throw new PlaceUnusable('notPrivate', error.message);
    }
  }

  #tokenOf(place: Place) {
    try {
      return readToken(place.token);
    } catch (error) {
      this.#throwUnlessOpenToOthers(place, error);
      return undefined;
    }
  }

  #connected(place: Place, signal: AbortSignal): Promise<Socket | 'nobody' | 'again' | 'stalled'> {
    return new Promise((resolve, reject) => {
      const socket = connect(place.socket);
      const abort = () => {
        socket.destroy();
        finish();
        reject(signal.reason);
      };
      const finish = () => signal.removeEventListener('abort', abort);
      socket.on('error', (error) => {
        finish();
        switch (codeOf(error)) {
          case 'ENOENT':
          case 'ECONNREFUSED':
            return resolve('nobody'); // Nothing else means that nobody lives there.
          case 'EAGAIN':
          case 'EBUSY':
            return resolve('stalled'); // It has too many before us that it has not looked at.
          case 'ECONNRESET':
          case 'EPIPE':
            return resolve('again');
          default:
            return reject(new PlaceUnusable('noPlace', whyNot(place.socket, error)));
        }
      });
      socket.once('connect', () => {
        finish();
        resolve(socket);
      });
      signal.addEventListener('abort', abort);
      if (signal.aborted) {
        abort();
      }
    });
  }

  #outcomeOf({ trouble, versions }: HandshakeFailure, place: Place, strangers: number): Outcome {
    switch (trouble) {
      case 'lost':
        return 'again';
      case 'timedOut':
        return 'stalled';
      case 'token':
      case 'stranger':
      case 'garbage':
        // It may be that the token is being made anew.
        this.#strangers.set(place, strangers + 1);
        if (strangers + 1 >= patienceWithToken) {
          throw new PlaceUnusable(
            'stranger',
            'who listens in the place of the other windows does not know their token',
          );
        }
        return 'again';
      case 'full':
        throw new PlaceUnusable('tooMany', 'more windows are open than can count their sessions together');
      case 'version':
        throw new PlaceUnusable(
          'otherVersion',
          `the other windows run another version of this extension (they speak ${versions.join(', ')})`,
          versions,
        );
    }
  }
}
