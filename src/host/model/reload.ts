/** Milliseconds within which a window that comes back gets its sessions again. */
export const reloadGrace = 15_000;
/** More than anybody opens by hand: the rest of a file that something else has written is not taken. */
const most = 100;

/** Where a few words can be left for the next time, at once: nothing may be waited for at the end of a window. */
export interface Store {
  read(): string | undefined;
  write(text: string): void;
  remove(): void;
}

/** Hears that the store has failed. A window goes on without its note: it begins and ends as if there were none. */
export type Report = (doing: string, error: unknown) => void;

/** Leaves a note of the sessions that the person has open at the end of the window. `now` is wall clock time. */
export function leaveNote(store: Store, identifiers: readonly string[], now: number, report: Report): void {
  if (identifiers.length > 0) {
    const note = JSON.stringify({ version: 1, endedAt: now, sessions: identifiers.slice(0, most) });
    attempt('The open sessions could not be noted', () => store.write(note), report);
  }
}

/** Takes the note and gives the configurations to open again, each as often as it was open; none when it is too old. */
export function takeNote(store: Store, now: number, report: Report): readonly string[] {
  const text = attempt('The note of open sessions could not be read', () => store.read(), report);
  if (text === undefined) {
    return [];
  }
  attempt('The note of open sessions could not be removed', () => store.remove(), report);
  return parseNote(text, now);
}

function attempt<T>(failure: string, act: () => T, report: Report): T | undefined {
  try {
    return act();
  } catch (error) {
    report(failure, error);
    return undefined;
  }
}

function parseNote(text: string, now: number): readonly string[] {
  let note: unknown;
  try {
    note = JSON.parse(text);
  } catch {
    return [];
  }
  if (typeof note !== 'object' || note === null) {
    return [];
  }
  const { version, endedAt, sessions } = note as { version?: unknown; endedAt?: unknown; sessions?: unknown };
  if (version !== 1 || typeof endedAt !== 'number' || !Array.isArray(sessions)) {
    return [];
  }
  const age = now - endedAt;
  return age >= 0 && age <= reloadGrace
    ? sessions.filter((each): each is string => typeof each === 'string' && each !== '').slice(0, most)
    : [];
}
