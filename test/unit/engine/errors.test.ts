import * as assert from 'node:assert/strict';
import {
  type CauseCode,
  errorOf,
  PlatformFailure,
  plainEnglish,
  SessionError,
  type SessionFailure,
  sentenceArguments,
  sentences,
} from '../../../src/engine/index.js';
import { fakeEngine } from '../../fixtures/fakePlatform.js';

/** Every cause once, with the error that a start for it ends in. The compiler holds that none is missing. */
const expected: Readonly<Record<CauseCode, keyof typeof SessionError>> = {
  notDefined: 'InvalidConfigurationError',
  noAccessPoint: 'InvalidConfigurationError',
  notInReach: 'InvalidConfigurationError',
  cannotStart: 'OperationNotSupportedError',
  cannotStop: 'OperationNotSupportedError',
  cannotUpdate: 'OperationNotSupportedError',
  missingPermission: 'OperationNotSupportedError',
  platformAway: 'OperationNotSupportedError',
  wouldDisplace: 'OperationNotSupportedError',
  disposed: 'OperationNotSupportedError',
  refused: 'SessionAbortedError',
  secretsMissing: 'InvalidConfigurationError',
  settingsWrong: 'InvalidConfigurationError',
  noAddress: 'UnknownSessionError',
  authenticationFailed: 'InvalidConfigurationError',
  deviceFailed: 'UnknownSessionError',
  timedOut: 'UnknownSessionError',
  carrierLost: 'UnknownSessionError',
  disconnectedElsewhere: 'UnknownSessionError',
  displaced: 'UnknownSessionError',
  deviceRemoved: 'UnknownSessionError',
  profileRemoved: 'InvalidConfigurationError',
  sleeping: 'UnknownSessionError',
  networkingOff: 'UnknownSessionError',
  platformGone: 'UnknownSessionError',
  platformRestarted: 'UnknownSessionError',
  platformChanged: 'InvalidConfigurationError',
  wentDown: 'UnknownSessionError',
  stoppedBySession: 'SessionAbortedError',
  stoppedElsewhere: 'SessionAbortedError',
  cancelled: 'SessionAbortedError',
  cannotRoam: 'OperationNotSupportedError',
  notOpen: 'OperationNotSupportedError',
  mustChoose: 'InvalidConfigurationError',
  noOffer: 'RoamingError',
  notInNetwork: 'RoamingError',
  ledgerSilent: 'OperationNotSupportedError',
  movingElsewhere: 'RoamingError',
  tooManyHeld: 'OperationNotSupportedError',
  other: 'UnknownSessionError',
};

const codes = Object.keys(expected) as CauseCode[];

/** Those whose sentence needs a fact of its own, and where it comes from. */
const facts: Partial<Record<CauseCode, Partial<SessionFailure['cause']>>> = {
  missingPermission: { permission: 'network-control' },
  wouldDisplace: { other: 'Cafe' },
  displaced: { other: 'Cafe' },
  stoppedElsewhere: { other: 'VSCodium' },
  movingElsewhere: { other: 'VSCodium' },
  timedOut: { seconds: 30 },
};

function failureOf(cause: SessionFailure['cause'], name = 'Office'): SessionFailure {
  return { error: errorOf[cause.code], accessPoint: 'uuid-1', name, cause, help: 'none' };
}

suite('causes and their sentences', () => {
  test('F5, O4: every cause has its error and its sentence, and no others exist', () => {
    assert.deepEqual(Object.keys(sentences).toSorted(), codes.toSorted());
    assert.deepEqual(
      Object.fromEntries(Object.entries(errorOf).map(([code, error]) => [code, SessionError[error]])),
      expected,
    );
  });

  for (const code of codes) {
    test(`F5: the sentence of '${code}' is whole with its facts`, () => {
      const sentence = sentences[code];
      assert.match(sentence, /^[A-Z{].*\.$/, 'a sentence');
      assert.deepEqual(
        [...sentence.matchAll(/\{(.*?)\}/g)].map(([, index]) => index).filter((index) => index !== '0'),
        facts[code] === undefined ? [] : ['1'],
        'a second placeholder where the cause has a fact of its own, and only there',
      );
      const told = plainEnglish(failureOf({ code, ...facts[code] }));
      assert.doesNotMatch(told, /[{}]|undefined|null|NaN/);
      assert.equal(told.includes('Office'), sentence.includes('{0}'));
      for (const fact of Object.values(facts[code] ?? {})) {
        assert.ok(told.includes(String(fact)));
      }
    });
  }

  test('F5: no two causes have the same sentence', () => {
    assert.equal(new Set(Object.values(sentences)).size, codes.length);
  });

  test('F5: an access point without a name is told by its identifier', () => {
    assert.deepEqual(sentenceArguments(failureOf({ code: 'refused' }, '')), ['uuid-1', '']);
    assert.equal(plainEnglish(failureOf({ code: 'refused' }, '')), 'Starting uuid-1 was refused.');
  });

  test('F5: a sentence about no access point in particular is whole as well', () => {
    for (const code of codes) {
      const told = plainEnglish({ ...failureOf({ code, ...facts[code] }, ''), accessPoint: '' });
      assert.match(told, /^[A-Z]/, code);
      assert.doesNotMatch(told, / {2}|^ | [.:,]/, code);
    }
  });

  test('F5: the words of the system stand behind the sentence', () => {
    assert.equal(
      plainEnglish(failureOf({ code: 'deviceFailed', detail: 'firmware missing' })),
      'The device of Office failed. (firmware missing)',
    );
    assert.equal(plainEnglish(failureOf({ code: 'deviceFailed', detail: '' })), 'The device of Office failed.');
  });

  test('F5: a hostile name is text, not a pattern', () => {
    for (const name of ['{1}', '$&', '$1', '{0}{0}', '\\', '](command:x)']) {
      assert.equal(
        plainEnglish(failureOf({ code: 'wouldDisplace', other: name }, name)),
        `Starting ${name} would take down ${name}, and nobody could be asked.`,
      );
    }
  });

  test('F5: a platform failure is an error with its facts', () => {
    const failure = new PlatformFailure({ code: 'secretsMissing', detail: 'no agent' });
    assert.ok(failure instanceof Error);
    assert.equal(failure.error, SessionError.InvalidConfigurationError);
    assert.equal(failure.message, 'secretsMissing: no agent');
    assert.equal(new PlatformFailure({ code: 'other' }, SessionError.RoamingError).error, SessionError.RoamingError);
  });

  test('F5: what a person could do is told with the facts', async () => {
    const help = {
      carrierLost: 'comeInReach',
      missingPermission: 'askAdministrator',
      secretsMissing: 'checkSettings',
      noAddress: 'retry',
      refused: 'none',
    } as const;
    for (const [code, expectedHelp] of Object.entries(help)) {
      const { manager, platform } = await fakeEngine([{ identifier: 'lan' }]);
      const session = manager.createSession('lan');
      session.open();
      await platform.starts[0]?.reject(new PlatformFailure({ code: code as CauseCode }));
      assert.equal(session.failure?.help, expectedHelp, code);
    }
  });
});
