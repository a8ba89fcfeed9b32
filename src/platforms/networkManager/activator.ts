import { type Cause, type Clock, type Disposable, PlatformFailure } from '../../engine/index.js';
import { BusError } from '../dbus/bus.js';
import { text } from '../dbus/values.js';
import type { AccessPoint, Context, Picture } from './accessPoints.js';
import type { Attached } from './attachment.js';
import { ActivationState, interfaces, managerPath } from './names.js';
import { mustBeAllowed, mustNotAsk, type Permissions } from './permissions.js';
import { failureOf } from './reasons.js';

/** Milliseconds that a call may take for which the person may be asked. */
const personTimeout = 180_000;
/**
 * Milliseconds that a start in the background may wait for a secret. Each start with one passes through this state,
 * also when the secret is kept somewhere; only one that stays there is waiting for the person.
 */
const secretGrace = 2_000;

const alreadyInactive = 'org.freedesktop.NetworkManager.ConnectionNotActive';

/** The activator's surroundings. */
export interface ActivatorHost {
  readonly clock: Clock;
  /** Where NetworkManager serves now. */
  attached(): Attached | undefined;
  permissions(): Permissions;
  /** All that is known now, signals of this turn included. */
  picture(): Picture | undefined;
  /** Something here is different: look at it at the end of this turn. */
  changed(): void;
  /** NetworkManager has begun a start that was asked for here, as the activation with this path. */
  started(identifier: string, activation: string): void;
}

/** A start that was asked for and has not ended. */
interface Start {
  readonly identifier: string;
  readonly interactive: boolean;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (failure: PlatformFailure) => void;
  /** The path of its activation, when it is known. */
  activation: string | undefined;
  /** It has failed, and is told so once the facts are. */
  failure: PlatformFailure | undefined;
  /** Runs while it waits for a secret although nobody may be asked. */
  grace: Disposable | undefined;
}

/** A call that starts, and was not answered yet. */
interface Request {
  /** The system may be asking the person for the right to it. */
  readonly asks: boolean;
  /** False when the start was cancelled: what comes of it is ended. */
  isWanted: boolean;
}

interface Stop {
  readonly identifier: string;
  readonly accept: () => void;
  readonly resolve: () => void;
  readonly reject: (failure: PlatformFailure) => void;
  isAccepted: boolean;
  failure: PlatformFailure | undefined;
}

/** Starts and stops access points, each operation to its one end. They end in {@link settle}, after the facts were told. */
export class Activator {
  readonly #host: ActivatorHost;
  readonly #starts = new Map<string, Start>();
  readonly #requests = new Map<string, Request>();
  readonly #stops = new Set<Stop>();
  /** Identifiers by the path of an activation that nobody wants any more. */
  readonly #unwanted = new Map<string, string>();
  /** Identifiers of stops that wait for an answer for which the person may be asked. */
  readonly #stopsAsking = new Map<string, number>();
  /** Why activations ended, by their path, while a start may still be waiting to hear of its own. */
  readonly #ends = new Map<string, Cause>();

  constructor(host: ActivatorHost) {
    this.#host = host;
  }

  /** What the description of access points needs to know of the operations. */
  get context(): Pick<Context, 'starting' | 'unwanted' | 'asking'> {
    const requests = [...this.#requests];
    const identifiers = (of: readonly (readonly [string, Request])[]) => of.map(([identifier]) => identifier);
    return {
      starting: new Set(identifiers(requests.filter(([, { isWanted }]) => isWanted))),
      unwanted: new Set([...identifiers(requests.filter(([, { isWanted }]) => !isWanted)), ...this.#unwanted.values()]),
      asking: new Set([...identifiers(requests.filter(([, { asks }]) => asks)), ...this.#stopsAsking.keys()]),
    };
  }

  /** Whether it is being ended from here, so that nobody else did. */
  isEnding(identifier: string, activation: string): boolean {
    return this.#unwanted.has(activation) || [...this.#stops].some((stop) => stop.identifier === identifier);
  }

  async start(identifier: string, interactive: boolean): Promise<void> {
    const running = this.#starts.get(identifier);
    if (running !== undefined) {
      return running.promise;
    }
    const accessPoint = this.#accessPoint(identifier);
    mustBeAllowed(this.#host.permissions());
    if (!interactive) {
      mustNotAsk(this.#host.permissions(), accessPoint.profile);
    }
    const { link, inReach } = accessPoint.facts;
    const request = this.#requests.get(identifier);
    if (link === 'down' && !inReach && request === undefined) {
      throw new PlatformFailure({ code: 'notInReach' });
    }
    const start = this.#newStart(identifier, interactive);
    const [activation] = accessPoint.activations;
    if (request !== undefined) {
      request.isWanted = true;
    } else if (link === 'starting' && activation !== undefined) {
      // Activating what is active or about to be would tear it down first.
      start.activation = activation;
    } else if (link !== 'up') {
      this.#request(start, accessPoint);
    }
    this.#host.changed();
    return start.promise;
  }

  async stop(identifier: string, accepted: () => void): Promise<void> {
    const { activations } = this.#accessPoint(identifier);
    const request = this.#requests.get(identifier);
    if (activations.length === 0 && request === undefined) {
      accepted();
      return;
    }
    mustBeAllowed(this.#host.permissions());
    await new Promise<void>((resolve, reject) => {
      const stop: Stop = { identifier, accept: accepted, resolve, reject, isAccepted: false, failure: undefined };
      this.#stops.add(stop);
      if (request !== undefined) {
        request.isWanted = false;
        this.#accepted(stop);
      }
      for (const activation of activations) {
        this.#deactivate(activation, stop);
      }
      this.#host.changed();
    });
  }

  /** Takes note of why an activation ended. */
  ended(activation: string, cause: Cause): void {
    this.#unwanted.delete(activation);
    if (this.#starts.size > 0) {
      this.#ends.set(activation, cause);
    }
  }

  /** Ends the operations that have reached their end by these facts, which everybody has been told. */
  settle(picture: Picture): void {
    for (const start of this.#starts.values()) {
      this.#settleStart(start, picture);
    }
    for (const stop of this.#stops) {
      this.#settleStop(stop, picture.accessPoints.get(stop.identifier));
    }
    if (this.#starts.size === 0) {
      this.#ends.clear();
    }
  }

  /** Ends all operations: whoever carried them out is gone. */
  abandon(failure: PlatformFailure): void {
    for (const start of this.#starts.values()) {
      this.#endStart(start, failure);
    }
    for (const stop of this.#stops) {
      this.#stops.delete(stop);
      stop.reject(failure);
    }
    this.#requests.clear();
    this.#unwanted.clear();
    this.#stopsAsking.clear();
    this.#ends.clear();
  }

  #accessPoint(identifier: string): AccessPoint {
    const picture = this.#host.picture();
    if (picture === undefined) {
      throw new PlatformFailure({ code: 'platformAway' });
    }
    const accessPoint = picture.accessPoints.get(identifier);
    if (accessPoint === undefined) {
      throw new PlatformFailure({ code: 'notDefined' });
    }
    return accessPoint;
  }

  #newStart(identifier: string, interactive: boolean): Start {
    const { promise, resolve, reject } = promiseWithResolvers();
    const start: Start = {
      identifier,
      interactive,
      promise,
      resolve,
      reject,
      activation: undefined,
      failure: undefined,
      grace: undefined,
    };
    this.#starts.set(identifier, start);
    return start;
  }

  #request(start: Start, { profile, startDevice }: AccessPoint): void {
    const attached = this.#host.attached();
    if (attached === undefined) {
      return;
    }
    const { identifier, interactive } = start;
    const request: Request = { asks: interactive && this.#host.permissions().control === 'auth', isWanted: true };
    this.#requests.set(identifier, request);
    const answered = () => {
      const isCurrent = this.#requests.get(identifier) === request;
      if (isCurrent) {
        this.#requests.delete(identifier);
        this.#host.changed();
      }
      return isCurrent;
    };
    this.#call('ActivateConnection', 'ooo', [profile.path, startDevice, '/'], interactive).then(
      ([path]) => {
        if (answered()) {
          this.#activated(identifier, request, text(path));
        }
      },
      (error: unknown) => {
        const current = this.#starts.get(identifier);
        if (answered() && current !== undefined) {
          current.failure = this.#startFailure(error, profile.path);
        }
      },
    );
  }

  #activated(identifier: string, { isWanted }: Request, path: string | undefined): void {
    const start = this.#starts.get(identifier);
    if (isWanted && start !== undefined) {
      start.activation = path;
      if (path !== undefined) {
        this.#host.started(identifier, path);
      }
    } else if (path !== undefined) {
      this.#unwanted.set(path, identifier);
      this.#deactivate(path);
    }
  }

  #startFailure(error: unknown, profilePath: string): PlatformFailure {
    const failure = failureOf(error);
    // One name for a profile that is gone and for one that cannot be started now.
    const isGone = failure.facts.code === 'notInReach' && !this.#host.attached()?.tree.profiles.has(profilePath);
    return isGone ? new PlatformFailure({ ...failure.facts, code: 'notDefined' }) : failure;
  }

  #deactivate(activation: string, stop?: Stop): void {
    const asks = stop !== undefined && this.#host.permissions().control === 'auth';
    if (asks) {
      this.#countAsking(stop.identifier, 1);
    }
    const answered = () => {
      if (asks) {
        this.#countAsking(stop.identifier, -1);
      }
      this.#host.changed();
    };
    this.#call('DeactivateConnection', 'o', [activation], true).then(
      () => {
        answered();
        if (stop !== undefined) {
          this.#accepted(stop);
        }
      },
      (error: unknown) => {
        answered();
        if (error instanceof BusError && error.dbusName === alreadyInactive) {
          this.#unwanted.delete(activation);
          if (stop !== undefined) {
            this.#accepted(stop);
          }
        } else if (stop !== undefined && !stop.isAccepted) {
          stop.failure ??= failureOf(error);
        } else {
          this.#unwanted.delete(activation);
        }
      },
    );
  }

  #countAsking(identifier: string, change: number): void {
    const count = (this.#stopsAsking.get(identifier) ?? 0) + change;
    if (count > 0) {
      this.#stopsAsking.set(identifier, count);
    } else {
      this.#stopsAsking.delete(identifier);
    }
  }

  /** From here on nothing refuses the stop: a start under way is over. */
  #accepted(stop: Stop): void {
    if (stop.isAccepted || !this.#stops.has(stop)) {
      return;
    }
    stop.isAccepted = true;
    const start = this.#starts.get(stop.identifier);
    if (start !== undefined) {
      this.#endStart(start, new PlatformFailure({ code: 'cancelled' }));
    }
    stop.accept();
  }

  #settleStart(start: Start, { accessPoints, activations }: Picture): void {
    const { identifier, activation } = start;
    const facts = accessPoints.get(identifier)?.facts;
    const shown = activations.find(({ path }) => path === activation);
    const end = activation === undefined ? undefined : this.#ends.get(activation);
    if (facts?.link === 'up') {
      this.#endStart(start, undefined);
    } else if (start.failure !== undefined) {
      this.#endStart(start, start.failure);
    } else if (end !== undefined) {
      this.#endStart(start, new PlatformFailure(end));
    } else if (shown?.state === ActivationState.activated && facts?.lingers) {
      // The cable was pulled meanwhile; NetworkManager would keep it as if it were up.
      this.#unwanted.set(shown.path, identifier);
      this.#deactivate(shown.path);
      this.#endStart(start, new PlatformFailure({ code: 'carrierLost' }));
    } else {
      this.#watchSecret(start, !start.interactive && facts?.awaitsPerson === true);
    }
  }

  #watchSecret(start: Start, waits: boolean): void {
    if (!waits) {
      start.grace?.dispose();
      start.grace = undefined;
      return;
    }
    start.grace ??= this.#host.clock.setTimeout(() => {
      if (start.activation !== undefined) {
        this.#unwanted.set(start.activation, start.identifier);
        this.#deactivate(start.activation);
      }
      start.failure = new PlatformFailure({ code: 'secretsMissing' });
      this.#host.changed();
    }, secretGrace);
  }

  #endStart(start: Start, failure: PlatformFailure | undefined): void {
    start.grace?.dispose();
    this.#starts.delete(start.identifier);
    if (failure === undefined) {
      start.resolve();
    } else {
      start.reject(failure);
    }
  }

  #settleStop(stop: Stop, accessPoint: AccessPoint | undefined): void {
    const request = this.#requests.get(stop.identifier);
    const isEnding = accessPoint === undefined || accessPoint.facts.link === 'stopping';
    // Where the system asks the person first, nobody waits for the answer: what comes of it is ended then.
    const isOver = (accessPoint?.activations.length ?? 0) === 0 && (request === undefined || request.asks);
    if (!stop.isAccepted && stop.failure !== undefined && !isOver) {
      this.#stops.delete(stop);
      stop.reject(stop.failure);
      return;
    }
    if (isOver || isEnding) {
      this.#accepted(stop);
    }
    if (isOver) {
      this.#stops.delete(stop);
      stop.resolve();
    }
  }

  async #call(
    member: string,
    signature: string,
    body: readonly unknown[],
    interactive: boolean,
  ): Promise<readonly unknown[]> {
    const attached = this.#host.attached();
    if (attached === undefined) {
      throw new PlatformFailure({ code: 'platformAway' });
    }
    return attached.bus.call({
      destination: attached.owner,
      path: managerPath,
      interface: interfaces.manager,
      member,
      signature,
      body,
      timeout: personTimeout,
      interactive,
    });
  }
}

function promiseWithResolvers() {
  let resolve!: () => void;
  let reject!: (failure: PlatformFailure) => void;
  const promise = new Promise<void>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  return { promise, resolve, reject };
}
