// What windows say to each other: read once, bounded, and refused in one way.
import * as assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  bounds,
  canClaim,
  canHold,
  clipped,
  type Declaration,
  fittingDeclaration,
  fittingNotification,
  fittingRelease,
  fittingSnapshot,
  type HoldDetail,
  Malformed,
  nameOf,
  newest,
  parseAnswer,
  parseCause,
  parseClaims,
  parseLeaderNotification,
  parseNotification,
  parseRequest,
  type Snapshot,
} from '../../../src/broker/messages.js';
import { errorOf } from '../../../src/engine/index.js';
import { client, nothing } from '../../fixtures/bookFixture.js';

const seed = 20261121;
const runs = 100_000;

const session = { id: 1, reason: 'why', since: 5, received: 1, written: 2, source: 'eth0' };
const detail: HoldDetail = { accessPoint: 'lan', sessions: [session, { id: 2, reason: '', since: 6 }] };
const declaration = {
  holds: [detail],
  claims: [
    { accessPoint: 'lan', activation: 'x' },
    { accessPoint: 'wifi', activation: 'y', isKept: true },
    { accessPoint: 'vpn', activation: undefined, starter: client('A').id },
  ],
  operations: [{ accessPoint: 'vpn', kind: 'start' }],
};
const snapshot = {
  term: 3,
  clients: [client('A', 'key'), client('B')],
  holds: [{ client: client('A').id, detail, absent: true, info: client('A', 'key') }],
  claims: declaration.claims,
};
const lan = { accessPoint: 'lan' };
const x = { accessPoint: 'lan', activation: 'x' };

type Parse = (value: unknown) => unknown;
interface Example {
  readonly name: string;
  readonly parse: Parse;
  readonly value: unknown;
}

const request = (method: string, value: unknown = {}): Example => ({
  name: `request ${method}`,
  parse: (params) => parseRequest(method, params).params,
  value,
});
const notification = (method: string, value: unknown = {}): Example => ({
  name: `notification ${method}`,
  parse: (params) => parseNotification(method, params).params,
  value,
});
const told = (method: string, value: unknown): Example => ({
  name: `from the leader ${method}`,
  parse: (params) => parseLeaderNotification(method, params).params,
  value,
});
const answer = (method: Parameters<typeof parseAnswer>[0], value: unknown = {}): Example => ({
  name: `answer ${method}`,
  parse: (each) => parseAnswer(method, each),
  value,
});

/** Every message once, whole. */
const examples: readonly Example[] = [
  request('declare', { client: client('A', 'key'), declaration }),
  request('ping'),
  request('hold', lan),
  request('start', lan),
  request('start', { ...lan, seen: 'x' }),
  request('leave', { ...x, policy: 'ifStartedHere', linger: 0 }),
  request('stop', lan),
  request('clear', x),
  request('move', lan),
  request('releaseAll'),
  notification('ended', { ...x, kind: 'start' }),
  notification('ended', { ...lan, kind: 'stop', cause: { code: 'timedOut', seconds: 30, detail: 'late' } }),
  notification('accepted', lan),
  notification('accepted', x),
  notification('remember', snapshot),
  notification('lost', x),
  notification('claim', x),
  notification('sessions', detail),
  notification('bye'),
  told('stopping', { ...lan, by: client('A') }),
  told('stopping', lan),
  told('ended', { ...lan, by: client('A') }),
  told('ended', { ...x, by: client('A') }),
  told('snapshot', snapshot),
  answer('declare', { term: 3, leader: client('A', 'key').id, others: snapshot }),
  answer('ping'),
  answer('hold'),
  answer('hold', { over: 'x' }),
  answer('start', { go: true }),
  answer('start', { go: false, activation: 'x' }),
  answer('leave', { stop: false }),
  answer('stop', { go: false }),
  answer('clear', { go: true }),
  answer('move'),
  answer('releaseAll', { stopped: ['lan'] }),
  { name: 'cause', parse: parseCause, value: { code: 'stoppedElsewhere', other: 'Code: A' } },
  { name: 'claims', parse: parseClaims, value: declaration.claims },
];

const overWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Every text and list in it keeps to the longest that anything may have, every number is a whole one. */
function assertBounded(value: unknown): void {
  if (typeof value === 'string') {
    assert.ok(value.length <= bounds.text);
  } else if (typeof value === 'number') {
    assert.ok(Number.isSafeInteger(value));
  } else if (Array.isArray(value)) {
    assert.ok(value.length <= bounds.clients * bounds.holdsOfClient);
    value.forEach(assertBounded);
  } else if (typeof value === 'object' && value !== null) {
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    Object.values(value).forEach(assertBounded);
  } else {
    assert.ok(value === undefined || typeof value === 'boolean');
  }
}

/** Undefined when it was refused. Anything else that is thrown is a defect. */
function read(parse: Parse, value: unknown): { readonly value: unknown } | undefined {
  try {
    return { value: parse(value) };
  } catch (error) {
    assert.ok(error instanceof Malformed, String(error));
    assert.ok(error.message.length < 200, 'it tells the place, not what stood there');
    return undefined;
  }
}

/** The paths to everything in a value. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  const below = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [path, ...below.flatMap(([key, each]) => pathsOf(each, [...path, key]))];
}

/** The same with something else at a place; `undefined` takes it away. */
function changed(value: unknown, [key, ...rest]: readonly string[], other: unknown): unknown {
  if (key === undefined) {
    return other;
  }
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[key] = changed(copy[key], rest, other);
  return copy;
}

const wrong: readonly unknown[] = [
  null,
  undefined,
  '',
  'x'.repeat(256),
  -1,
  1.5,
  1e300,
  Number.NaN,
  2 ** 53,
  true,
  [],
  Array(20_000).fill('x'),
  {},
  '__proto__',
  { __proto__: null, accessPoint: 1 },
  { length: 3 },
  'stop',
];

suite('messages between windows', () => {
  for (const { name, parse, value } of examples) {
    test(`${name}: what is sent is read, and nothing else that came along`, () => {
      assert.deepEqual(parse(overWire(value)), value);
      if (!Array.isArray(value)) {
        const more = { ...JSON.parse('{"__proto__":{"bad":1},"more":2}'), ...(overWire(value) as object) } as unknown;
        const parsed = parse(more);
        assert.deepEqual(parsed, value);
        assertBounded(parsed);
        assert.equal((parsed as { bad?: number }).bad, undefined);
      }
    });
  }

  test('a method that is not known is refused, also those that every object has', () => {
    for (const method of [
      '',
      'nothing',
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      'Hold',
      'snapshot',
    ]) {
      for (const parse of [parseRequest, parseNotification]) {
        assert.throws(() => parse(method, lan), Malformed, method);
      }
    }
    assert.throws(() => parseLeaderNotification('accepted', lan), Malformed);
  });

  test('fields that are inherited are not there', () => {
    assert.throws(() => parseRequest('hold', Object.create({ accessPoint: 'lan' })), Malformed);
    assert.throws(() => parseRequest('hold', JSON.parse('{"__proto__":{"accessPoint":"lan"}}')), Malformed);
    assert.equal(({} as { accessPoint?: string }).accessPoint, undefined);
  });

  test('what is too long, too many or too large is refused', () => {
    const holds = (count: number) => Array.from({ length: count }, () => ({ accessPoint: 'lan', sessions: [] }));
    const declares = (more: object, info: object = {}) =>
      parseRequest('declare', {
        client: { ...client('A'), ...info },
        declaration: { ...nothing, ...more },
      });
    const limits: readonly (readonly [string, (beyond: number) => unknown])[] = [
      ['an access point', (beyond) => parseRequest('hold', { accessPoint: 'x'.repeat(bounds.text + beyond) })],
      ['a product', (beyond) => declares({}, { product: 'x'.repeat(bounds.infoText + beyond) })],
      ['a window', (beyond) => declares({}, { window: 'x'.repeat(bounds.infoText + beyond) })],
      ['a window key', (beyond) => declares({}, { windowKey: 'x'.repeat(bounds.infoText + beyond) })],
      ['an identifier', (beyond) => declares({}, { id: 'a'.repeat(32 + beyond) })],
      ['holds', (beyond) => declares({ holds: holds(bounds.holdsOfClient + beyond) })],
      ['claims', (beyond) => declares({ claims: Array(bounds.claims + beyond).fill(lan) })],
      [
        'sessions',
        (beyond) =>
          parseNotification('sessions', { ...detail, sessions: Array(bounds.sessionsOfHold + beyond).fill(session) }),
      ],
      ['a linger', (beyond) => parseRequest('leave', { ...lan, policy: 'never', linger: bounds.linger + beyond })],
      [
        'clients',
        (beyond) =>
          parseLeaderNotification('snapshot', {
            ...snapshot,
            clients: Array(bounds.clients + beyond).fill(client('A')),
          }),
      ],
    ];
    for (const [what, parse] of limits) {
      parse(0);
      assert.throws(() => parse(1), Malformed, what);
    }
  });

  test('the words of a system may be long, and a cause may be of a later version', () => {
    assert.deepEqual(parseCause({ code: 'newer', detail: 'x'.repeat(1000) }), {
      code: 'other',
      detail: 'x'.repeat(255),
    });
    for (const code of [...Object.keys(errorOf), 'constructor', '__proto__']) {
      assert.equal(parseCause({ code }).code, code in { constructor: 1, __proto__: 1 } ? 'other' : code);
    }
  });

  test(`fuzz, seed ${seed}: mutated messages are read within bounds, or refused`, function () {
    this.timeout(60_000);
    let [accepted, refused] = [0, 0];
    const paths = examples.map(({ value }) => pathsOf(value));
    fc.assert(
      fc.property(
        fc.nat(examples.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 3 }),
        (index, changes) => {
          const { parse, value } = examples[index] as Example;
          const places = paths[index] as readonly (readonly string[])[];
          let mutated: unknown = overWire(value);
          for (const [place, other] of changes) {
            const path = places[place % places.length] as readonly string[];
            if (read(() => changed(mutated, path, wrong[other % wrong.length]), undefined) !== undefined) {
              mutated = changed(mutated, path, wrong[other % wrong.length]);
            }
          }
          const result = read(parse, mutated);
          if (result === undefined) {
            refused++;
          } else {
            accepted++;
            assertBounded(result.value);
          }
        },
      ),
      { seed, numRuns: runs },
    );
    assert.ok(accepted > runs / 50 && refused > runs / 2, `${accepted} read, ${refused} refused`);
  });

  test(`fuzz, seed ${seed}: anything at all is refused, or nothing was wanted of it`, function () {
    this.timeout(60_000);
    const keys = fc.constantFrom('accessPoint', 'activation', 'kind', 'client', 'holds', '__proto__', 'constructor');
    const anything = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(...wrong),
        fc.string(),
        fc.double(),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(keys, tie('value')),
      ),
    })).value;
    fc.assert(
      fc.property(fc.nat(examples.length - 1), anything, (index, value) => {
        const result = read((examples[index] as Example).parse, value);
        assertBounded(result?.value);
      }),
      { seed, numRuns: runs / 5 },
    );
  });
});

suite('messages that must not be too long', () => {
  const asManyAs = (may: (names: readonly string[]) => boolean, names: readonly string[]) =>
    names.filter((_, index) => may(names.slice(0, index + 1)));
  const sessions = (count: number) =>
    Array.from({ length: count }, (_, id) => ({ id, reason: 'r'.repeat(255), since: 1000 - id }));

  test('the newest sessions are told of', () => {
    assert.deepEqual(
      newest(sessions(100))
        .map(({ id }) => id)
        .toSorted((one, other) => one - other),
      Array.from({ length: 64 }, (_, id) => id),
    );
    assert.equal(newest(sessions(3)).length, 3);
    assert.equal(clipped('x'.repeat(300)).length, 255);
    assert.equal(nameOf(client('A')), 'Code: A');
    assert.equal(nameOf({ ...client('A'), window: '' }), 'Code');
  });

  test('a declaration loses details, and no hold', () => {
    const holds = Array.from({ length: 256 }, (_, index) => ({ accessPoint: `ap${index}`, sessions: sessions(64) }));
    const fitting = fittingDeclaration({ ...nothing, holds });
    assert.equal(fitting.holds.length, 256);
    assert.ok(JSON.stringify({ client: client('A'), declaration: fitting }).length < bounds.message);
    parseRequest('declare', overWire({ client: client('A'), declaration: fitting }));
  });

  test('a snapshot loses details, and at last holds', () => {
    const info = { ...client('A'), product: '€'.repeat(200) };
    const full: Snapshot = {
      term: 1,
      clients: [info],
      holds: Array.from({ length: 2000 }, (_, index) => ({
        client: info.id,
        detail: { accessPoint: `ap${index}`, sessions: sessions(1) },
        absent: false,
        info,
      })),
      claims: [],
    };
    const fitting = fittingSnapshot(full);
    assert.ok(fitting.holds.length > 10 && fitting.holds.every((held) => held.detail.sessions.length === 0));
    assert.ok(Buffer.byteLength(JSON.stringify(fitting)) < bounds.message);
    const few = { ...full, holds: full.holds.slice(0, 3) };
    assert.deepEqual(fittingSnapshot(few), few);
  });

  test('a snapshot of as many windows as there may be, with the longest names, shortens those, and is read', () => {
    for (const letter of ['€', '"', '\u0001', '\ud800']) {
      const clients = Array.from({ length: bounds.clients }, (_, index) => ({
        ...client(String.fromCodePoint(0x100 + index)),
        product: letter.repeat(bounds.infoText),
        window: letter.repeat(bounds.infoText),
      }));
      const holds = clients.map((info) => ({ client: info.id, detail, absent: false, info }));
      const fitting = fittingSnapshot({ term: 1, clients, holds, claims: declaration.claims });
      assert.ok(Buffer.byteLength(JSON.stringify(fitting)) < bounds.message);
      assert.deepEqual([fitting.clients.length, fitting.claims], [bounds.clients, declaration.claims]);
      assert.ok(fitting.holds.length > 10, 'and as many holds as there is room for');
      parseLeaderNotification('snapshot', overWire(fitting));
    }
  });

  test('in a snapshot of all that there may be are all claims, whatever else there is', () => {
    for (const letter of ['€', '"', '\u0001', '\ud800', 'x', '']) {
      const clients = Array.from({ length: bounds.clients }, (_, index) => ({
        ...client(String.fromCodePoint(0x100 + index), 'a'.repeat(32)),
        product: letter.repeat(bounds.infoText),
        window: letter.repeat(bounds.infoText),
        pid: 2 ** 32 - 1,
      }));
      const names = Array.from({ length: bounds.claims }, (_, index) => `${index}`.padEnd(bounds.text, letter));
      const claimed = asManyAs(canClaim, names);
      const claims = claimed.map((accessPoint) => ({ accessPoint, activation: accessPoint, isKept: true }));
      const holds = clients.flatMap((info) =>
        claimed.map((accessPoint) => ({
          client: info.id,
          detail: { accessPoint, sessions: sessions(1) },
          absent: false,
          info,
        })),
      );
      assert.ok(claimed.length > 10);
      const fitting = fittingSnapshot({ term: 1, clients, holds, claims });
      assert.equal(fitting.claims.length, claimed.length);
      assert.ok(Buffer.byteLength(JSON.stringify(fitting)) < bounds.message);
      parseLeaderNotification('snapshot', overWire(fitting));
    }
  });

  test('a declaration of all that one window may have loses claims, and neither holds nor what is being done', () => {
    for (const letter of ['€', '"', '\u0001', '\ud800', 'x']) {
      const names = Array.from({ length: bounds.holdsOfClient }, (_, index) => `${index}`.padEnd(bounds.text, letter));
      const held = asManyAs(canHold, names);
      const whole: Declaration = {
        holds: held.map((accessPoint) => ({ accessPoint, sessions: sessions(1) })),
        operations: held.map((accessPoint) => ({ accessPoint, kind: 'start' })),
        claims: Array.from({ length: 2 * bounds.claims }, (_, index) => ({
          accessPoint: names[index % names.length] ?? '',
          activation: 'x'.repeat(bounds.text),
          isOwn: index % 2 === 0,
        })),
      };
      const fitting = fittingDeclaration(whole);
      assert.deepEqual([fitting.holds.length, fitting.operations.length], [held.length, held.length]);
      const message = { client: client('A'), declaration: fitting };
      assert.ok(Buffer.byteLength(JSON.stringify(message)) < bounds.message);
      parseRequest('declare', overWire(message));
    }
  });

  test('the sessions of one access point are told with as many details as there is room for', () => {
    for (const letter of ['€', '\u0001', '\ud800']) {
      const long = letter.repeat(bounds.text);
      const all = Array.from({ length: bounds.sessionsOfHold }, (_, id) => ({
        ...{ id, since: id, reason: long, source: long, received: 1, written: 1 },
      }));
      const fitting = fittingNotification('sessions', { accessPoint: long, sessions: all });
      assert.ok(Buffer.byteLength(JSON.stringify(fitting)) < bounds.message);
      const { sessions: told } = parseNotification('sessions', overWire(fitting)).params as HoldDetail;
      assert.ok(told.length >= 8);
      assert.equal(told.at(-1)?.id, bounds.sessionsOfHold - 1);
      assert.ok(Buffer.byteLength(JSON.stringify(told)) <= Buffer.byteLength(JSON.stringify(fitting)));
    }
  });

  test('what a release has stopped is told in one message', () => {
    const stopped = Array.from({ length: bounds.claims }, (_, index) => `${index}`.padEnd(bounds.text, '€'));
    const fitting = fittingRelease({ stopped });
    assert.ok(fitting.stopped.length > 10);
    assert.ok(Buffer.byteLength(JSON.stringify(fitting)) < bounds.message);
    assert.deepEqual(fittingRelease({ stopped: ['lan'] }), { stopped: ['lan'] });
  });

  test('a snapshot of too many claims loses claims, and is read', () => {
    const claims = Array.from({ length: bounds.claims }, (_, index) => ({
      accessPoint: `${index}`.padEnd(255, '€'),
      activation: 'x'.repeat(255),
    }));
    const fitting = fittingSnapshot({ term: 1, clients: [client('A')], holds: [], claims });
    assert.ok(fitting.claims.length > 10);
    assert.ok(Buffer.byteLength(JSON.stringify(fitting)) < bounds.message);
    assert.deepEqual(parseLeaderNotification('snapshot', overWire(fitting)).params, fitting);
  });
});
