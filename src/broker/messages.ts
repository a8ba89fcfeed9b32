import { type Cause, type CauseCode, errorOf } from '../engine/index.js';
import { bounds, nameOf } from './bounds.js';

export { bounds, nameOf };

/** The major version of what windows say to each other. */
export const protocolVersion = 1;

/** Who a client is, for the eyes of a person in another window. Hostile text; each at most 200 letters. */
export interface ClientInfo {
  /** 32 random hexadecimal digits, new in each process. */
  readonly id: string;
  readonly product: string;
  /** The workspace's name, or ''. */
  readonly window: string;
  /** The same after a reload of the window; '' where there is none. */
  readonly windowKey: string;
  readonly pid: number;
}

/** One session behind a hold, for display. */
export interface SessionDetail {
  readonly id: number;
  /** Hostile text. */
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** The counters of the interface at the opening, in bytes, and which interface that is: below 0 when they have started again since. */
  readonly received?: number;
  readonly written?: number;
  readonly source?: string;
}

/** What stands behind one client's hold on an access point. */
export interface HoldDetail {
  readonly accessPoint: string;
  readonly sessions: readonly SessionDetail[];
}

/** An access point that is up because this software started it (O5a). */
export interface Claim {
  readonly accessPoint: string;
  /** Which start of it is ours; undefined: one that is under way, or was cut off. */
  readonly activation: string | undefined;
  /** Whose start that is, while it has no name. */
  readonly starter?: string | undefined;
  /** When that was permitted, while it has no name: milliseconds of the clock that all processes share. */
  readonly since?: number | undefined;
  /** The last one to close it has left it up on purpose: nobody stops it for being unheld. */
  readonly isKept?: boolean | undefined;
  /** Said by the window that has started it, and sees it: what others have heard of it may be older. */
  readonly isOwn?: boolean | undefined;
}

export type OperationKind = 'start' | 'stop' | 'move';

/** A stop after the last session, or one that has ended all sessions already; somebody's `stop()`; of what is left of a lost link. */
export type StopReason = 'leave' | 'stop' | 'clear';

export interface OperationDetail {
  readonly accessPoint: string;
  readonly kind: OperationKind | StopReason;
}

/** What a client brings along when it comes back: nothing at its first start. */
export interface Declaration {
  readonly holds: readonly HoldDetail[];
  readonly claims: readonly Claim[];
  readonly operations: readonly OperationDetail[];
}

/** One client's hold as all others see it. */
export interface HeldBy {
  readonly client: string;
  readonly detail: HoldDetail;
  /** Its client is gone, and may come back within the grace. */
  readonly absent: boolean;
  readonly info: ClientInfo;
}

/** Everything for display and for whoever is leader next. */
export interface Snapshot {
  readonly term: number;
  readonly clients: readonly ClientInfo[];
  readonly holds: readonly HeldBy[];
  readonly claims: readonly Claim[];
}

/** What becomes of an access point after the last `leave` (O5a). */
export type LeavePolicy = 'ifStartedHere' | 'always' | 'never';

export interface Named {
  readonly accessPoint: string;
}

export interface Activated extends Named {
  readonly activation: string;
}

export interface Leave extends Named {
  readonly activation?: string;
  readonly policy: LeavePolicy;
  /** Milliseconds. */
  readonly linger: number;
}

/** Who has stopped it, and which activation of it, which the client may still see up. */
export interface Ended extends Named {
  readonly by: ClientInfo;
  readonly activation?: string;
}

/** How an operation that was permitted has ended. */
export interface OperationEnd extends Named {
  readonly kind: OperationKind;
  /** Of a start: it is up. Of a stop: what was stopped. */
  readonly activation?: string;
  /** It has failed. Of a start neither: it was given up. Of a stop none: it is down. */
  readonly cause?: Cause;
}

/** From a client to the leader, each with an answer. */
export interface Requests {
  /** Is anybody there? Everything that was asked before has been read when it is answered. */
  ping: Nothing;
  /** The first one of all; takes over the absent holds of this client or of its window before the reload. */
  declare: { readonly client: ClientInfo; readonly declaration: Declaration };
  /** Counts the client; waits while that access point is being stopped. */
  hold: Named;
  /** May it start the access point? Needs a hold; waits while somebody starts it. `seen`: the activation that is over for it. */
  start: Named & { readonly seen?: string };
  /** Gives up the hold. */
  leave: Leave;
  /** Somebody has called `stop()` (O7); needs no hold. */
  stop: Named;
  /** A link of ours was lost, and the system still keeps it half up (O8). */
  clear: Activated;
  /** A session is to be moved to it. */
  move: Named;
  /** The rescue: all holds are dropped, all that is claimed is stopped. */
  releaseAll: Nothing;
}

export interface Answers {
  ping: Nothing;
  /** `leader` is the client that answers. */
  declare: { readonly term: number; readonly leader: string; readonly others: Snapshot };
  /** `over`: an activation that was stopped, which the client may still see up. */
  hold: { readonly over?: string };
  /** `go`: this client starts it, nobody else does. Otherwise somebody else has started it, as this activation. */
  start: { readonly go: boolean; readonly activation?: string };
  /** True: this client stops it. */
  leave: { readonly stop: boolean };
  /** True: this client stops it. False: somebody else has. */
  stop: { readonly go: boolean };
  /** True: this client clears it away. */
  clear: { readonly go: boolean };
  move: Nothing;
  releaseAll: { readonly stopped: readonly string[] };
}

/** From a client to the leader, without an answer. */
export interface Notifications {
  ended: OperationEnd;
  /** The platform has accepted a `stop()` of this activation (O7). */
  accepted: Named & { readonly activation?: string };
  /** This activation is over from outside. */
  lost: Activated;
  /** A start that is under way got this name. */
  claim: Activated;
  sessions: HoldDetail;
  /** What the client knows of the leader before, for one that knows less of it. Comes before `declare`, or not at all. */
  remember: Snapshot;
  /** The client's window is being closed or reloaded. */
  bye: Nothing;
}

/** From the leader to a client. */
export interface LeaderNotifications {
  /** Somebody is about to stop it; without `by`, is not any more. */
  stopping: Named & { readonly by?: ClientInfo };
  /** Somebody has stopped it, and this client's hold is gone. */
  ended: Ended;
  snapshot: Snapshot;
  /** A request: stop what nobody holds any more, the leader cannot. */
  stopUnheld: Activated;
}

export type Nothing = Readonly<Record<never, never>>;

/** A method with its parameters. */
export type MessageOf<Methods> = {
  [Method in keyof Methods]: { readonly method: Method; readonly params: Methods[Method] };
}[keyof Methods];

/** The leader says no. What it says is the cause, in the error's data. */
export class Refusal extends Error {
  override readonly cause: Cause;

  constructor(cause: Cause) {
    super(cause.code);
    this.name = 'Refusal';
    this.cause = cause;
  }
}

/** A message that nobody of this software would have sent. Its text names the place, and nothing of what stood there. */
export class Malformed extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Malformed';
  }
}

/** A peer that wants more than there is for one: it is dropped. */
export class OutOfBounds extends Error {
  constructor(what: keyof typeof bounds) {
    super(`more than ${bounds[what]}: ${what}`);
    this.name = 'OutOfBounds';
  }
}

// Sending ----------------------------------------------------------------------------------------------------------------

/** Bytes of a message that are for its envelope, and for who sends it. */
const envelope = 2048;
/** Those of a snapshot that are for claims: all windows must know all of them. */
const roomForClaims = 48 * 1024;
const fits = (value: unknown): boolean => Buffer.byteLength(JSON.stringify(value)) <= bounds.message - envelope;

/** Bytes that an access point needs: in a declaration held, and something being done with it; in a snapshot claimed. */
const roomOf = (accessPoint: string): number => 80 + 2 * Buffer.byteLength(JSON.stringify(accessPoint));
const roomOfAll = (accessPoints: readonly string[]): number =>
  accessPoints.reduce((sum, each) => sum + roomOf(each), 0);

/** One client can hold all of these: it can tell the next leader of them in one message. */
export const canHold = (accessPoints: readonly string[]): boolean =>
  accessPoints.length <= bounds.holdsOfClient && roomOfAll(accessPoints) <= bounds.message - envelope;

/** All of these can be claimed: all windows can be told of them in one message. */
export const canClaim = (accessPoints: readonly string[]): boolean =>
  accessPoints.length <= bounds.claims && roomOfAll(accessPoints) <= roomForClaims;

/** A text that is not too long to be sent. */
export const clipped = (text: string, limit: number = bounds.text): string => text.slice(0, limit);

/** The sessions that are told of: the newest. */
export const newest = (sessions: readonly SessionDetail[], limit: number = bounds.sessionsOfHold) =>
  sessions.length <= limit
    ? sessions
    : sessions.toSorted((one, other) => one.since - other.since).slice(sessions.length - limit);

/** Letters that no person can read, and JSON writes six times as long. */
const unreadable = /[\p{Cc}\p{Cs}]/gu;
const cleaned = (words: string): string => words.replace(unreadable, ' ');

/** Of these details as many of each as are short enough for one message together, or none. */
function firstThatFits<T>(details: readonly HoldDetail[], make: (limit: number) => T): T {
  const longest = details.reduce((most, { sessions }) => Math.max(most, sessions.length), 0);
  for (let limit = Math.min(longest, bounds.sessionsOfHold); limit > 0; limit >>= 1) {
    const value = make(limit);
    if (fits(value)) {
      return value;
    }
  }
  return make(0);
}

const withDetails = (detail: HoldDetail, limit: number): HoldDetail => ({
  ...detail,
  sessions: newest(detail.sessions, limit).map((session) => ({
    ...session,
    reason: cleaned(clipped(session.reason)),
    ...(session.source !== undefined && { source: cleaned(clipped(session.source)) }),
  })),
});

/** The same with these lists cut by halves until it is short enough, or they are empty. */
function cut<T extends { readonly [Key in What]: readonly unknown[] }, What extends string>(
  value: T,
  ...lists: readonly What[]
): T {
  let fitting = value;
  while (!fits(fitting) && lists.some((what) => fitting[what].length > 0)) {
    const halves = lists.map((what) => [what, fitting[what].slice(0, fitting[what].length >> 1)]);
    fitting = { ...fitting, ...Object.fromEntries(halves) };
  }
  return fitting;
}

/**
 * The same with as many details as a message has room for, and then as many claims, its own first. Who holds what is told
 * in any case: no window holds more than there is room for.
 */
export function fittingDeclaration({ holds, claims, operations }: Declaration): Declaration {
  const own = claims.filter(({ isOwn }) => isOwn);
  const known = {
    claims: [...own, ...claims.filter(({ isOwn }) => !isOwn)].slice(0, bounds.claims),
    operations: operations.slice(0, 2 * bounds.holdsOfClient),
  };
  const fitting = firstThatFits(holds, (limit) => ({
    ...known,
    holds: holds.map((detail) => withDetails(detail, limit)),
  }));
  return cut(cut(fitting, 'claims'), 'operations');
}

/** Letters of a window's name where there is no room for more. */
const shortName = 40;

function withNames(snapshot: Snapshot, letters: number): Snapshot {
  const short = (info: ClientInfo): ClientInfo => ({
    ...info,
    product: clipped(info.product, letters),
    window: clipped(info.window, letters),
  });
  return {
    ...snapshot,
    clients: snapshot.clients.map(short),
    holds: snapshot.holds.map((held) => ({ ...held, info: short(held.info) })),
  };
}

/**
 * The same with as many details as a message has room for, then with short names and as many holds, and without names. All
 * claims have room for themselves, but for those with names of starts that are longer than any that are known.
 */
export function fittingSnapshot(snapshot: Snapshot): Snapshot {
  const details = snapshot.holds.map(({ detail }) => detail);
  const fitting = firstThatFits<Snapshot>(details, (limit) => ({
    ...snapshot,
    holds: snapshot.holds.map((held) => ({ ...held, detail: withDetails(held.detail, limit) })),
  }));
  if (fits(fitting)) {
    return fitting;
  }
  const held = cut(withNames(fitting, shortName), 'holds');
  return fits(held) ? held : cut(withNames(held, 0), 'claims');
}

/** The same with as many names as a message has room for. */
export const fittingRelease = (answer: Answers['releaseAll']): Answers['releaseAll'] => cut(answer, 'stopped');

/** What a client tells, with as much for the eyes of a person as a message has room for. */
export function fittingNotification(method: string, params: object): object {
  if (method === 'sessions') {
    return firstThatFits([params as HoldDetail], (limit) => withDetails(params as HoldDetail, limit));
  }
  const { cause } = params as { readonly cause?: Cause | undefined };
  return cause?.detail === undefined ? params : { ...params, cause: { ...cause, detail: clipped(cause.detail) } };
}

// Reading ----------------------------------------------------------------------------------------------------------------

/** Reads what stands at a place of a message, or throws {@link Malformed}. */
type Parser<T> = (value: unknown, where: string) => T;

function malformed(where: string, expected: string): never {
  throw new Malformed(`${where}: ${expected} expected`);
}

const text =
  (longest: number, shortest = 0): Parser<string> =>
  (value, where) =>
    typeof value === 'string' && value.length >= shortest && value.length <= longest
      ? value
      : malformed(where, `a text of ${shortest} to ${longest} letters`);

const whole =
  (least: number, most: number): Parser<number> =>
  (value, where) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
      ? (value as number)
      : malformed(where, `a whole number from ${least} to ${most}`);

const truth: Parser<boolean> = (value, where) => (typeof value === 'boolean' ? value : malformed(where, 'yes or no'));

const oneOf =
  <T extends string>(...allowed: readonly T[]): Parser<T> =>
  (value, where) =>
    allowed.find((each) => each === value) ?? malformed(where, `one of ${allowed.join(', ')}`);

const list =
  <T>(each: Parser<T>, most: number): Parser<readonly T[]> =>
  (value, where) =>
    Array.isArray(value) && value.length <= most
      ? Array.from(value, (element, index) => each(element, `${where}[${index}]`))
      : malformed(where, `a list of at most ${most}`);

const maybe =
  <T>(parser: Parser<T>): Parser<T | undefined> =>
  (value, where) =>
    value === undefined || value === null ? undefined : parser(value, where);

/** An object with these fields of its own. Others are left out, a later version may send them, and so are those without a value. */
const record =
  <T extends object>(parsers: { readonly [Key in keyof Required<T>]: Parser<T[Key]> }): Parser<T> =>
  (value, where) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return malformed(where, 'an object');
    }
    const fields = Object.entries<Parser<unknown>>(parsers).map(([key, parse]) => {
      const field = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
      return [key, parse(field, `${where}.${key}`)] as const;
    });
    return Object.fromEntries(fields.filter(([, field]) => field !== undefined)) as T;
  };

/** What a person reads: told on it takes three bytes a letter at most. */
const readable =
  (longest: number): Parser<string> =>
  (value, where) =>
    cleaned(text(longest)(value, where));

const largest = Number.MAX_SAFE_INTEGER;
const name = text(bounds.text, 1);
const infoText = readable(bounds.infoText);

const identifier: Parser<string> = (value, where) =>
  typeof value === 'string' && /^[0-9a-f]{32}$/.test(value) ? value : malformed(where, '32 hexadecimal digits');

const clientInfo = record<ClientInfo>({
  id: identifier,
  product: infoText,
  window: infoText,
  windowKey: infoText,
  pid: whole(0, 0xffff_ffff),
});

const sessionDetail = record<SessionDetail>({
  id: whole(0, largest),
  reason: readable(bounds.text),
  since: whole(0, largest),
  received: maybe(whole(-largest, largest)),
  written: maybe(whole(-largest, largest)),
  source: maybe(readable(bounds.text)),
});

const named = record<Named>({ accessPoint: name });
const activated = record<Activated>({ accessPoint: name, activation: name });

const holdDetail = record<HoldDetail>({ accessPoint: name, sessions: list(sessionDetail, bounds.sessionsOfHold) });

const claimFields = record<Omit<Claim, 'activation'> & { readonly activation?: string }>({
  accessPoint: name,
  activation: maybe(name),
  starter: maybe(identifier),
  since: maybe(whole(0, largest)),
  isKept: maybe(truth),
  isOwn: maybe(truth),
});

const claim: Parser<Claim> = (value, where) => {
  const { accessPoint, activation, ...more } = claimFields(value, where);
  return { accessPoint, activation, ...more };
};

const operationKind = oneOf<OperationKind>('start', 'stop', 'move');
const operationDetail = record<OperationDetail>({
  accessPoint: name,
  kind: oneOf<OperationDetail['kind']>('start', 'stop', 'leave', 'clear', 'move'),
});

const declaration = record<Declaration>({
  holds: list(holdDetail, bounds.holdsOfClient),
  claims: list(claim, bounds.claims),
  operations: list(operationDetail, 2 * bounds.holdsOfClient),
});

const snapshot = record<Snapshot>({
  term: whole(0, largest),
  clients: list(clientInfo, bounds.clients),
  holds: list(
    record<HeldBy>({ client: identifier, detail: holdDetail, absent: truth, info: clientInfo }),
    bounds.clients * bounds.holdsOfClient,
  ),
  claims: list(claim, bounds.claims),
});

/** The system's own words may be long, and a code may be of a later version: neither is worth losing a window. */
const words: Parser<string> = (value, where) =>
  typeof value === 'string' ? clipped(value) : malformed(where, 'a text');

const causeCode: Parser<CauseCode> = (value, where) => {
  const code = text(bounds.text, 1)(value, where);
  return Object.hasOwn(errorOf, code) ? (code as CauseCode) : 'other';
};

const cause = record<Cause>({
  code: causeCode,
  detail: maybe(words),
  permission: maybe(words),
  other: maybe(words),
  seconds: maybe(whole(0, 0xffff_ffff)),
});

const nothing: Parser<Nothing> = (value, where) =>
  value === undefined || value === null || typeof value === 'object' ? {} : malformed(where, 'nothing');

const go = record<{ readonly go: boolean }>({ go: truth });

type Parsers<Methods> = { readonly [Method in keyof Methods]: Parser<Methods[Method]> };

const requests: Parsers<Requests> = {
  ping: nothing,
  declare: record({ client: clientInfo, declaration }),
  hold: named,
  start: record<Requests['start']>({ accessPoint: name, seen: maybe(name) }),
  leave: record<Leave>({
    accessPoint: name,
    activation: maybe(name),
    policy: oneOf<LeavePolicy>('ifStartedHere', 'always', 'never'),
    linger: whole(0, bounds.linger),
  }),
  stop: named,
  clear: activated,
  move: named,
  releaseAll: nothing,
};

const answers: Parsers<Answers> = {
  ping: nothing,
  declare: record({ term: whole(0, largest), leader: identifier, others: snapshot }),
  hold: record<Answers['hold']>({ over: maybe(name) }),
  start: record<Answers['start']>({ go: truth, activation: maybe(name) }),
  leave: record({ stop: truth }),
  stop: go,
  clear: go,
  move: nothing,
  releaseAll: record({ stopped: list(name, bounds.claims) }),
};

const notifications: Parsers<Notifications> = {
  ended: record<OperationEnd>({
    accessPoint: name,
    kind: operationKind,
    activation: maybe(name),
    cause: maybe(cause),
  }),
  accepted: record<Notifications['accepted']>({ accessPoint: name, activation: maybe(name) }),
  lost: activated,
  claim: activated,
  sessions: holdDetail,
  remember: snapshot,
  bye: nothing,
};

const leaderNotifications: Parsers<LeaderNotifications> = {
  stopping: record<LeaderNotifications['stopping']>({ accessPoint: name, by: maybe(clientInfo) }),
  ended: record<Ended>({ accessPoint: name, by: clientInfo, activation: maybe(name) }),
  snapshot,
  stopUnheld: activated,
};

function parse<Methods>(parsers: Parsers<Methods>, method: string, params: unknown): MessageOf<Methods> {
  if (!Object.hasOwn(parsers, method)) {
    throw new Malformed('this method is not known');
  }
  const parser = parsers[method as keyof Methods];
  return { method: method as keyof Methods, params: parser(params, method) } as MessageOf<Methods>;
}

export type Request = MessageOf<Requests>;
export type Notification = MessageOf<Notifications>;
export type LeaderNotification = MessageOf<LeaderNotifications>;

/** Reads what a client asks. Like all of these it throws {@link Malformed}, and nothing else. */
export const parseRequest = (method: string, params: unknown): Request => parse(requests, method, params);

/** Reads what a client tells. */
export const parseNotification = (method: string, params: unknown): Notification =>
  parse(notifications, method, params);

/** Reads what the leader tells. */
export const parseLeaderNotification = (method: string, params: unknown): LeaderNotification =>
  parse(leaderNotifications, method, params);

/** Reads what the leader answers. */
export const parseAnswer = <Method extends keyof Answers>(method: Method, value: unknown): Answers[Method] =>
  answers[method](value, method);

/** Reads whether a window has stopped what the leader could not. */
export const parseStopped = (value: unknown): boolean =>
  record<{ readonly isDown: boolean }>({ isDown: truth })(value, 'stopUnheld').isDown;

/** Reads why the leader has refused: the data of the error. */
export const parseCause = (value: unknown): Cause => cause(value, 'cause');

/** Reads what a leader before has written down of its claims. */
export const parseClaims = (value: unknown): readonly Claim[] => list(claim, bounds.claims)(value, 'claims');
