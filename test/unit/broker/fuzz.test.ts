import assert from 'node:assert/strict';
import { fuzzChannel, fuzzHandshake } from '../../fixtures/fuzz.js';

suite('what windows say to each other, damaged', () => {
  test('95 000 messages that are almost right: each is understood or cuts its sender off', async function () {
    this.timeout(60_000);
    const { heard, cutOff } = await fuzzChannel(2024, 95_000);
    assert.ok(heard > 10_000 && cutOff > 10_000, JSON.stringify({ heard, cutOff }));
  });

  test('5 000 introductions that are almost right: nobody is let in, or believed', async function () {
    this.timeout(60_000);
    await fuzzHandshake(2025, 5_000);
  });
});
