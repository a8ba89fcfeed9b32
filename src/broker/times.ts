// All time constants of the broker, in milliseconds. README.md beside this file says how they relate.

/** Until everybody sees what one window has started: then a window believes what it sees, and no longer what it was told. */
export const sight = 1_000;

/** Those of the leader's book. */
export interface BookTimes {
  /** Until the holds of a client that is gone are dropped. */
  readonly grace: number;
  /** From then until what is ours and unheld is stopped. */
  readonly deathLinger: number;
  /** In which a new leader drops no absent hold and stops nothing unheld: of the time in which it runs. */
  readonly quiet: number;
  /** In which a new leader answers nothing, unless the former clients are back before: of the time in which it runs. */
  readonly settle: number;
  /** In which what one window has started comes into the sight of all. */
  readonly sight: number;
}

export const bookTimes: BookTimes = Object.freeze({
  grace: 15_000,
  deathLinger: 30_000,
  quiet: 5_000,
  settle: 60,
  sight,
});

/** After which the rescue is answered, although somebody is not done yet. */
export const rescueTime = 5_000;

/** Those of finding a leader, and of being one. */
export interface ElectionTimes {
  /** For a handshake. */
  readonly handshake: number;
  /** Between two looks of the leader at its place. */
  readonly check: number;
  /** After which a lock is broken whose process lives. */
  readonly lock: number;
  /** Before trying again, at least and at most. */
  readonly retry: readonly [number, number];
  /** Before a window that counts for itself tries again: the first time, and at most. */
  readonly alone: readonly [number, number];
}

export const electionTimes: ElectionTimes = {
  handshake: 3_000,
  check: 10_000,
  lock: 5_000,
  retry: [2, 20],
  alone: [10_000, 60_000],
};

/** For the first word to a leader; one that needs longer does not answer at all. */
export const greetingTime = 5_000;
/** A leader that is left within this time may be left again and again, by a window that it cuts off. */
export const soon = 1_000;
/** A leader that gives no sign for twice this time does not answer. */
export const patience = 1_500;
/** For a request as far as the connection is concerned: whoever asks sees to the end of the wait. */
export const untilAnswered = 0x7fff_ffff;
/** For a window to say that it has heard who is about to stop what it holds. */
export const hearingTime = 50;
/** For a window to stop what the leader cannot. */
export const stoppingTime = 40_000;
/** Between two accounts of everything to all windows, as long as something changes. */
export const snapshotPause = 100;
/** For what was said last on a connection that closes. */
export const farewell = 3_000;
