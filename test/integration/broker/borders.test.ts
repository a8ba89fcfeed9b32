// Windows that hold as much as there may be, and say it in the longest words that there may be.
import assert from 'node:assert/strict';
import { bounds } from '../../../src/broker/messages.js';
import { type NetworkSession, SessionError } from '../../../src/engine/index.js';
import { closed, Desk, until, type Window } from '../../fixtures/windows.js';

suite('windows at the borders of what can be counted', () => {
  let desk: Desk | undefined;

  teardown(() => desk?.clear());

  const deskOf = (identifiers: readonly string[]) => {
    desk = new Desk({ accessPoints: identifiers.map((identifier) => ({ identifier, startMs: 0, stopMs: 0 })) });
    return desk;
  };

  async function twoWindows(identifiers: readonly string[]): Promise<readonly [Window, Window]> {
    const made = deskOf(identifiers);
    return [await made.window('first'), await made.window('second')];
  }

  /** Opens them at once, and tells which of them are open in the end. */
  async function openAll(window: Window, identifiers: readonly string[]): Promise<readonly NetworkSession[]> {
    const sessions = identifiers.map((identifier) => window.manager.createSession(identifier));
    for (const session of sessions) {
      session.open();
    }
    await Promise.all(sessions.map((session) => session.waitForOpened(20_000)));
    return sessions;
  }

  /** How it has counted since. */
  function changesOf({ ledger }: Window): readonly string[] {
    const changes: string[] = [];
    ledger.onDidChange(() => changes.push(ledger.sharing.kind));
    return changes;
  }

  const isOpen = ({ isOpen: is }: NetworkSession) => is;
  const heldBy = (name: string, { manager }: Window, identifiers: readonly string[]) =>
    identifiers.filter((each) => manager.holdersElsewhere(each).some(({ window }) => window === name)).length;

  for (const [who, leads] of [
    ['a window that leads', true],
    ['a window that follows', false],
  ] as const) {
    test(`O4: of ${who} one more than can be counted is refused with a sentence, and the others stay`, async () => {
      const identifiers = Array.from({ length: bounds.holdsOfClient + 1 }, (_, index) => `ap${index}`);
      const [first, second] = await twoWindows(identifiers);
      const { network } = desk as Desk;
      const [holder, other] = leads ? [first, second] : [second, first];
      const changes = changesOf(holder);
      const sessions = await openAll(holder, identifiers);
      const refused = sessions.filter((session) => !isOpen(session));
      assert.equal(refused.length, 1);
      assert.equal(refused[0]?.error, SessionError.OperationNotSupportedError);
      assert.equal(refused[0]?.failure?.cause.code, 'tooManyHeld');
      assert.match(refused[0]?.errorString ?? '', /too many access points/);
      assert.equal(network.simulation.starts(refused[0]?.configuration.identifier ?? ''), 0);
      await until(() => other.manager.holdersElsewhere('ap1').length === 1);
      assert.ok(!changes.includes('looking'), 'it was never cut off');

      const [one] = sessions.filter(isOpen);
      const end = closed(one as NetworkSession);
      one?.close();
      await end;
      refused[0]?.open();
      assert.equal(await refused[0]?.waitForOpened(5_000), true, refused[0]?.errorString);
    }).timeout(30_000);
  }

  for (const [what, letter] of [
    ['letters of three bytes', '€'],
    ['letters that are escaped', '\u0001'],
    ['half letters', '\ud800'],
    ['plain letters', 'x'],
  ] as const) {
    test(`what is held under the longest names, of ${what}, is known to the next leader; what cannot be told is refused`, async () => {
      const identifiers = Array.from({ length: bounds.holdsOfClient }, (_, index) =>
        `${index}`.padEnd(bounds.text, letter),
      );
      const [first, holder] = await twoWindows(identifiers);
      const third = await (desk as Desk).window('third');
      const sessions = await openAll(holder, identifiers);
      const held = sessions.filter(isOpen).length;
      assert.ok(held >= 12 && held < identifiers.length, `${held}`);
      for (const session of sessions.filter((each) => !isOpen(each))) {
        assert.equal(session.failure?.cause.code, 'tooManyHeld');
      }

      const changes = [holder, third].map(changesOf);
      await first.leave();
      await until(() => changes.every((each) => each.includes('looking') && each.at(-1) === 'shared'));
      const fourth = await (desk as Desk).window('fourth');
      assert.ok(heldBy('second', fourth, identifiers) > 0);
      assert.equal(sessions.filter(isOpen).length, held);
      for (const session of sessions.filter(isOpen)) {
        session.close();
      }
      await until(() => sessions.every((session) => !isOpen(session)));
      await until(() => heldBy('second', third, identifiers) === 0);
      const { simulation } = (desk as Desk).network;
      await until(() => identifiers.every((each) => simulation.link(each).link === 'down'));
    }).timeout(30_000);
  }

  for (const letter of ['\u0001', '\ud800', '€', '"']) {
    test(`as many reasons as are told, of ${JSON.stringify(letter)} alone, are known to the others`, async () => {
      const [first, second] = await twoWindows(['lan']);
      for (let index = 0; index < bounds.sessionsOfHold; index++) {
        second.manager.createSession('lan', { reason: letter.repeat(bounds.text) }).open();
      }
      await until(() => first.manager.holdersElsewhere('lan')[0]?.sessions.length === bounds.sessionsOfHold);
      const changes = changesOf(second);
      await first.leave();
      await until(() => changes.includes('looking') && changes.at(-1) === 'shared');
      const third = await (desk as Desk).window('third');
      assert.ok((third.manager.holdersElsewhere('lan')[0]?.sessions.length ?? 0) > 8);
    });
  }

  test('where the clock stands near 1970 a window is counted, and tells since when it holds what it does', async () => {
    const [first, second] = await twoWindows(['lan']);
    const before = Date.now;
    try {
      await first.open('lan');
      await second.open('lan');
      Date.now = () => 0;
      const changes = changesOf(second);
      second.manager.createSession('lan').open();
      await until(() => first.manager.holdersElsewhere('lan')[0]?.sessions.length === 2);
      assert.deepEqual(
        first.manager.holdersElsewhere('lan')[0]?.sessions.map(({ openFor }) => openFor),
        [0, 0],
      );
      await first.leave();
      await until(() => changes.includes('looking') && changes.at(-1) === 'shared');
      const third = await (desk as Desk).window('third');
      assert.equal(
        third.manager.holdersElsewhere('lan').some(({ window }) => window === 'second'),
        true,
      );
      assert.deepEqual(
        changes.filter((each) => each === 'looking'),
        ['looking'],
      );
    } finally {
      Date.now = before;
    }
  });

  test('O4: a start that fails with more words than there is room for is over for the others too', async () => {
    const [first, second] = await twoWindows(['lan']);
    const { simulation } = (desk as Desk).network;
    simulation.failNextStart('lan', SessionError.UnknownSessionError, 'why '.repeat(50_000));
    const session = second.manager.createSession('lan');
    session.open();
    assert.equal(await session.waitForOpened(5_000), false);
    const other = first.manager.createSession('lan');
    other.open();
    if (!(await other.waitForOpened(5_000))) {
      assert.match(other.failure?.cause.detail ?? '', /^why /, 'it has waited for the same start');
      other.open();
    }
    assert.equal(await other.waitForOpened(5_000), true, other.errorString);
    assert.equal(simulation.starts('lan'), 2);
  });
});
