/** What went wrong with a session. The numbers are part of the contract. */
export enum SessionError {
  UnknownSessionError = 0,
  SessionAbortedError = 1,
  RoamingError = 2,
  OperationNotSupportedError = 3,
  InvalidConfigurationError = 4,
}

/**
 * Why something failed, is refused or ended, as a code that a host can turn into a sentence in any language.
 * Each has its plain English sentence in {@link sentences} and the error it amounts to in {@link errorOf}.
 */
export type CauseCode =
  // refused before anything happened
  | 'notDefined'
  | 'noAccessPoint'
  | 'notInReach'
  | 'cannotStart'
  | 'cannotStop'
  | 'cannotUpdate'
  | 'missingPermission'
  | 'platformAway'
  | 'wouldDisplace'
  | 'disposed'
  | 'cannotRoam'
  | 'notOpen'
  | 'mustChoose'
  | 'noOffer'
  | 'notInNetwork'
  | 'ledgerSilent'
  | 'movingElsewhere'
  | 'tooManyHeld'
  // a start that failed
  | 'refused'
  | 'secretsMissing'
  | 'settingsWrong'
  | 'noAddress'
  | 'authenticationFailed'
  | 'deviceFailed'
  | 'timedOut'
  // an end from outside
  | 'carrierLost'
  | 'disconnectedElsewhere'
  | 'displaced'
  | 'deviceRemoved'
  | 'profileRemoved'
  | 'sleeping'
  | 'networkingOff'
  | 'platformGone'
  | 'platformRestarted'
  | 'platformChanged'
  | 'wentDown'
  // an end from inside
  | 'stoppedBySession'
  | 'stoppedElsewhere'
  | 'cancelled'
  | 'other';

/** The facts behind a failure. */
export interface Cause {
  readonly code: CauseCode;
  /** The system's own words or code, for display only: never decided on, may be in any language, hostile text. */
  readonly detail?: string;
  /** The permission that is missing, as the system names it. */
  readonly permission?: string;
  /**
   * The other access point's name, for `wouldDisplace` and `displaced`; the other window, for `stoppedElsewhere` and
   * `movingElsewhere`. Hostile text.
   */
  readonly other?: string;
  /** How long was waited, in seconds, for `timedOut`. */
  readonly seconds?: number;
}

/** What a start that failed for this cause reports (O4). When an open session is ended from outside it is always SessionAbortedError (O8). */
export const errorOf: Readonly<Record<CauseCode, SessionError>> = {
  notDefined: SessionError.InvalidConfigurationError,
  noAccessPoint: SessionError.InvalidConfigurationError,
  notInReach: SessionError.InvalidConfigurationError,
  cannotStart: SessionError.OperationNotSupportedError,
  cannotStop: SessionError.OperationNotSupportedError,
  cannotUpdate: SessionError.OperationNotSupportedError,
  missingPermission: SessionError.OperationNotSupportedError,
  platformAway: SessionError.OperationNotSupportedError,
  wouldDisplace: SessionError.OperationNotSupportedError,
  disposed: SessionError.OperationNotSupportedError,
  cannotRoam: SessionError.OperationNotSupportedError,
  notOpen: SessionError.OperationNotSupportedError,
  mustChoose: SessionError.InvalidConfigurationError,
  noOffer: SessionError.RoamingError,
  notInNetwork: SessionError.RoamingError,
  ledgerSilent: SessionError.OperationNotSupportedError,
  movingElsewhere: SessionError.RoamingError,
  tooManyHeld: SessionError.OperationNotSupportedError,
  refused: SessionError.SessionAbortedError,
  secretsMissing: SessionError.InvalidConfigurationError,
  settingsWrong: SessionError.InvalidConfigurationError,
  noAddress: SessionError.UnknownSessionError,
  authenticationFailed: SessionError.InvalidConfigurationError,
  deviceFailed: SessionError.UnknownSessionError,
  timedOut: SessionError.UnknownSessionError,
  carrierLost: SessionError.UnknownSessionError,
  disconnectedElsewhere: SessionError.UnknownSessionError,
  displaced: SessionError.UnknownSessionError,
  deviceRemoved: SessionError.UnknownSessionError,
  profileRemoved: SessionError.InvalidConfigurationError,
  sleeping: SessionError.UnknownSessionError,
  networkingOff: SessionError.UnknownSessionError,
  platformGone: SessionError.UnknownSessionError,
  platformRestarted: SessionError.UnknownSessionError,
  platformChanged: SessionError.InvalidConfigurationError,
  wentDown: SessionError.UnknownSessionError,
  stoppedBySession: SessionError.SessionAbortedError,
  stoppedElsewhere: SessionError.SessionAbortedError,
  cancelled: SessionError.SessionAbortedError,
  other: SessionError.UnknownSessionError,
};

/** What a person could do about it; a host may offer it. */
export type Help = 'none' | 'retry' | 'comeInReach' | 'checkSettings' | 'askAdministrator' | 'startService';

/** The facts of a failure, from which a host makes a localised sentence (F5). */
export interface SessionFailure {
  readonly error: SessionError;
  /** Identifier and name of the access point; the name is hostile text. */
  readonly accessPoint: string;
  readonly name: string;
  readonly cause: Cause;
  readonly help: Help;
}

/**
 * One plain sentence a cause. `{0}` is the access point's name, `{1}` the cause's own fact: the other access point or
 * window, the permission or the seconds. These are also the keys of the localised sentences.
 */
export const sentences: Readonly<Record<CauseCode, string>> = {
  notDefined: '{0} is not known on this machine any more.',
  noAccessPoint: 'There is no access point to use: none is up or in reach on this machine.',
  notInReach: '{0} is not in reach: check the cable, the signal or the device.',
  cannotStart: '{0} is down, and it cannot be started from here on this system.',
  cannotStop: '{0} cannot be stopped from here on this system.',
  cannotUpdate: 'Looking for networks again is not possible on this system.',
  missingPermission: 'The system does not allow this for {0}: the permission {1} is missing.',
  platformAway: 'The network service of this system is not answering at the moment.',
  wouldDisplace: 'Starting {0} would take down {1}, and nobody could be asked.',
  disposed: 'This session was already given back.',
  cannotRoam: 'This session cannot move: {0} has nowhere else to go, or the system gives no way to.',
  notOpen: 'This session on {0} is not open.',
  mustChoose: '{0} needs somebody to choose, and nobody could be asked.',
  noOffer: 'There is no move of {0} to answer now.',
  notInNetwork: 'That is not another access point of {0}.',
  ledgerSilent: 'The window that counts the sessions on {0} does not answer.',
  movingElsewhere: 'Another window is just moving to {0}: {1}.',
  tooManyHeld: '{0} cannot be counted as well: too many access points are held already.',
  refused: 'Starting {0} was refused.',
  secretsMissing: '{0} needs a password or key that was not given.',
  settingsWrong: 'The settings of {0} were not accepted.',
  noAddress: '{0} gave no address to this machine.',
  authenticationFailed: '{0} did not accept the password or key.',
  deviceFailed: 'The device of {0} failed.',
  timedOut: '{0} was not ready within {1} seconds.',
  carrierLost: 'The link of {0} was lost: the cable was pulled or the signal is gone.',
  disconnectedElsewhere: '{0} was disconnected by another program or person.',
  displaced: '{0} was taken down because {1} was started on the same device.',
  deviceRemoved: 'The device of {0} was removed.',
  profileRemoved: '{0} was deleted.',
  sleeping: '{0} went down because the machine went to sleep.',
  networkingOff: '{0} went down because networking was switched off.',
  platformGone: 'The network service of this system went away and did not come back.',
  platformRestarted: 'The network service of this system was restarted meanwhile.',
  platformChanged: '{0} is listed in another way since the network service of this system is back.',
  wentDown: '{0} went down.',
  stoppedBySession: '{0} was stopped by another session.',
  stoppedElsewhere: '{0} was stopped by another window: {1}.',
  cancelled: 'Opening {0} was cancelled.',
  other: '{0} could not be used.',
};

const helpOf: Partial<Readonly<Record<CauseCode, Help>>> = {
  noAccessPoint: 'comeInReach',
  notInReach: 'comeInReach',
  carrierLost: 'comeInReach',
  missingPermission: 'askAdministrator',
  platformAway: 'startService',
  platformGone: 'startService',
  platformRestarted: 'retry',
  wentDown: 'retry',
  secretsMissing: 'checkSettings',
  settingsWrong: 'checkSettings',
  authenticationFailed: 'checkSettings',
  noAddress: 'retry',
  deviceFailed: 'retry',
  timedOut: 'retry',
  ledgerSilent: 'retry',
  movingElsewhere: 'retry',
  disconnectedElsewhere: 'retry',
  displaced: 'retry',
  other: 'retry',
};

/** In the registry that all of a process share: each file of dist has a copy of the class below, and all know its failures. */
const brand = Symbol.for('networkSessions.PlatformFailure');

/** The error a platform rejects with. Anything else it throws is a defect and becomes `other`. */
export class PlatformFailure extends Error {
  readonly error: SessionError;
  readonly facts: Cause;

  constructor(facts: Cause, error: SessionError = errorOf[facts.code]) {
    super(facts.detail === undefined ? facts.code : `${facts.code}: ${facts.detail}`);
    this.name = 'PlatformFailure';
    this.facts = facts;
    this.error = error;
  }

  get [brand](): true {
    return true;
  }
}

/** Whether somebody rejected with a `PlatformFailure`. By its brand: it may come from another file of dist, which has another class. */
export function isPlatformFailure(error: unknown): error is PlatformFailure {
  return typeof error === 'object' && error !== null && brand in error;
}

/** The daemon died with the operation: what became of it is read when the daemon is back. */
export function isPlatformGone(error: unknown): boolean {
  return isPlatformFailure(error) && error.facts.code === 'platformGone';
}

/** Builds the facts of a failure. `error` is what the cause amounts to unless given. */
export function sessionFailure(
  accessPoint: { readonly identifier: string; readonly name: string },
  cause: Cause,
  error: SessionError = errorOf[cause.code],
): SessionFailure {
  return Object.freeze({
    error,
    accessPoint: accessPoint.identifier,
    name: accessPoint.name,
    cause,
    help: helpOf[cause.code] ?? 'none',
  });
}

/** What a sentence is about that is about no access point in particular. */
const nameless = 'an access point';

/** The arguments of the sentence of a failure: the name, and the cause's own fact. */
export function sentenceArguments({ name, accessPoint, cause }: SessionFailure): readonly [string, string] {
  return [
    name || accessPoint || nameless,
    cause.other ?? cause.permission ?? (cause.seconds === undefined ? '' : String(cause.seconds)),
  ];
}

/** The plain English sentence of a failure, with the system's own words behind it where it gave any. */
export function plainEnglish(failure: SessionFailure): string {
  const values = sentenceArguments(failure);
  const template = sentences[failure.cause.code];
  const filled = template.replace(/\{([01])\}/g, (_, index: string) => values[Number(index)] ?? '');
  const begins = values[0] === nameless && template.startsWith('{0}');
  const sentence = begins ? `A${filled.slice(1)}` : filled;
  return failure.cause.detail ? `${sentence} (${failure.cause.detail})` : sentence;
}
