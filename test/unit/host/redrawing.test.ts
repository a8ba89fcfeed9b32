import * as assert from 'node:assert/strict';
import type { ItemModel } from '../../../src/host/model/item.js';
import { Redrawing } from '../../../src/host/model/redrawing.js';
import { TestClock } from '../../fixtures/testClock.js';

/** Longer than changes are collected. */
const soon = 100;
/** Longer than the editor is waited for. */
const late = 1_000;
/** After it everything is told once more. */
const quiet = 1_500;

suite('when a tree is drawn again', () => {
  let clock: TestClock;
  let isVisible: boolean;
  /** By what they are under; '' is the top. */
  let elements: Record<string, readonly string[]>;
  let shown: Record<string, string>;
  let told: (readonly string[] | undefined)[];
  let redrawing: Redrawing<string>;

  setup(() => {
    clock = new TestClock();
    isVisible = true;
    elements = { '': ['office', 'home'], home: ['cafe'] };
    shown = {};
    told = [];
    redrawing = new Redrawing<string>(
      {
        elements: (parent) => elements[parent ?? ''] ?? [],
        model: (element) => item(shown[element] ?? ''),
        isExpanded: (element) => element === 'home',
        isVisible: () => isVisible,
        tell: (what) => told.push(what),
      },
      clock,
    );
  });

  const item = (description: string): ItemModel => ({
    label: '',
    description,
    icon: { id: '' },
    contextValue: '',
    accessibleLabel: '',
  });

  function draw(parent?: string): void {
    for (const element of redrawing.take(parent)) {
      redrawing.draw(element);
    }
  }

  function drawAll(): void {
    draw();
    draw('home');
  }

  async function change(element: string, description: string): Promise<void> {
    shown[element] = description;
    redrawing.request();
    await clock.advance(soon);
  }

  test('only what shows something else, once for all changes that come together', async () => {
    drawAll();
    shown['cafe'] = 'Connecting';
    redrawing.request();
    await change('cafe', 'Connected');
    assert.deepEqual(told, [['cafe']]);
    redrawing.draw('cafe');
    redrawing.request();
    await clock.advance(soon);
    assert.deepEqual(told, [['cafe']]);
  });

  test('the whole of it when the list is another, and what is under an element with it', async () => {
    drawAll();
    elements = { ...elements, '': ['home', 'office'] };
    redrawing.request();
    await clock.advance(soon);
    assert.deepEqual(told, [undefined]);
    drawAll();
    elements = { ...elements, home: ['cafe', 'bar'] };
    redrawing.request();
    await clock.advance(soon);
    assert.deepEqual(told, [undefined, ['home']]);
  });

  test('not what is gone from under an element', async () => {
    drawAll();
    elements = { ...elements, home: ['bar'] };
    redrawing.request();
    await clock.advance(soon);
    assert.deepEqual(told, [['home']]);
    redrawing.draw('home');
    draw('home');
    await change('cafe', 'gone');
    assert.deepEqual(told, [['home']]);
    await change('bar', 'Connected');
    assert.deepEqual(told, [['home'], ['bar']]);
  });

  test('nothing before the editor has asked for the tree: it asks by itself', async () => {
    await change('office', 'Connected');
    assert.deepEqual(told, []);
    drawAll();
    await change('office', 'Closing');
    assert.deepEqual(told, [['office']]);
  });

  test('nothing while the editor still reads what it shows expanded', async () => {
    draw();
    await change('office', 'Closing');
    assert.deepEqual(told, []);
    draw('home');
    await clock.advance(soon);
    assert.deepEqual(told, [['office']]);
  });

  test('nothing while the editor has yet to draw what it was told of; then what is new', async () => {
    drawAll();
    await change('office', 'Closing');
    await change('office', 'Disconnected');
    await change('cafe', 'Connected');
    assert.deepEqual(told, [['office']]);
    redrawing.draw('office');
    await clock.advance(soon);
    assert.deepEqual(told, [['office'], ['cafe']]);
    redrawing.draw('cafe');
    elements = { ...elements, '': ['home'] };
    redrawing.request();
    await clock.advance(soon);
    await change('home', 'Connected');
    assert.deepEqual(told, [['office'], ['cafe'], undefined]);
  });

  test('an editor that does not ask, because the row is collapsed or gone, is told again after a while', async () => {
    draw();
    await change('office', 'Closing');
    await clock.advance(late);
    assert.deepEqual(told, [['office']]);
    await change('office', 'Disconnected');
    await clock.advance(late);
    assert.deepEqual(told, [['office'], ['office']]);
  });

  test('once more what it was told of, when that has been quiet: the editor may have lost what it has asked for', async () => {
    drawAll();
    await change('office', 'Closing');
    redrawing.draw('office');
    await clock.advance(quiet / 2);
    await change('cafe', 'Connected');
    redrawing.draw('cafe');
    await clock.advance(quiet / 2);
    assert.deepEqual(told, [['office'], ['cafe'], ['office']], 'each in its time');
    redrawing.draw('office');
    await clock.advance(10 * quiet);
    assert.deepEqual(told, [['office'], ['cafe'], ['office'], ['cafe']], 'and once');
    assert.equal(clock.pending, 0);
  });

  test('all at the top once more instead of the whole: while the editor reads that, commands do not know rows', async () => {
    drawAll();
    elements = { ...elements, '': ['office', 'home', 'phone'] };
    redrawing.request();
    await clock.advance(soon);
    drawAll();
    await clock.advance(10 * quiet);
    assert.deepEqual(told, [undefined, ['office', 'home', 'phone']]);
    assert.equal(clock.pending, 0);
  });

  test('the whole of it once more where the editor has never asked for it', async () => {
    drawAll();
    elements = { ...elements, '': ['office'] };
    redrawing.request();
    await clock.advance(10 * quiet);
    assert.deepEqual(told, [undefined, undefined]);
    assert.equal(clock.pending, 0);
  });

  test('what changes again and again is not told of more often for that', async () => {
    drawAll();
    for (let second = 0; second < 5; second++) {
      await change('office', `${second} s`);
      redrawing.draw('office');
      await clock.advance(1_000 - soon);
    }
    assert.equal(told.length, 5);
  });

  test('nothing once more when the tree has been there for a while', async () => {
    drawAll();
    await clock.advance(6_000);
    await change('office', 'Closing');
    redrawing.draw('office');
    assert.equal(clock.pending, 0);
    assert.deepEqual(told, [['office']]);
  });

  test('nobody is told once more while nobody looks', async () => {
    drawAll();
    await change('office', 'Closing');
    redrawing.draw('office');
    isVisible = false;
    await clock.advance(10 * quiet);
    assert.deepEqual([told, clock.pending], [[['office']], 0]);
  });

  test('nothing while nobody looks, and no timer while nothing changes', async () => {
    drawAll();
    isVisible = false;
    await change('office', 'Closing');
    assert.deepEqual(told, []);
    isVisible = true;
    redrawing.request();
    await clock.advance(soon);
    assert.deepEqual(told, [['office']]);
    redrawing.draw('office');
    await clock.advance(quiet);
    assert.equal(clock.pending, 0);
    await change('office', 'Connected');
    redrawing.request();
    redrawing.dispose();
    assert.equal(clock.pending, 0);
  });
});
