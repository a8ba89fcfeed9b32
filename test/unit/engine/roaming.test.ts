// Moves of a session among the access points of its service network (R2 to R11).
import * as assert from 'node:assert/strict';
import { SessionError, SessionState } from '../../../src/engine/index.js';
import { networkEngine } from '../../fixtures/networkFixture.js';

suite('roaming', () => {
  test('R2: another child that becomes preferred is offered once, to who listens', async () => {
    const { simulation, clock, open, offers } = await networkEngine({ roaming: 'automatic' });
    const session = await open();
    const told = offers(session);
    assert.equal(session.activeConfiguration.identifier, 'wifi');
    simulation.set('lan', { inReach: true });
    await clock.advance(0);
    simulation.set('lan', { speed: 7 });
    await clock.advance(0);
    assert.deepEqual(told, ['lan upgrade']);
    assert.equal(session.offer.kind, 'offered');
    assert.equal(session.state, SessionState.Connected);
    assert.deepEqual(simulation.starts('lan'), 0);
  });

  test('R3, R4: migrate starts the new one beside the old; accept moves the traffic and releases the old', async () => {
    const { simulation, clock, open, events } = await networkEngine();
    const session = await open();
    const told = events(session);
    simulation.set('lan', { inReach: true });
    await clock.advance(0);
    session.migrate();
    assert.equal(session.state, SessionState.Roaming);
    await clock.advance(0);
    assert.deepEqual(told, ['preferred lan', 'Roaming', 'activated lan']);
    assert.equal(session.activeConfiguration.identifier, 'lan');
    assert.equal(simulation.routed, 'wifi');
    session.accept();
    await clock.advance(0);
    assert.deepEqual(told.slice(3), ['Connected']);
    assert.equal(simulation.routed, 'lan');
    assert.equal(simulation.stops('wifi'), 1);
    assert.equal(session.isOpen, true);
  });

  test('R5: reject goes back, stops what the move started, and it is not offered again', async () => {
    const { simulation, clock, open, events } = await networkEngine();
    const session = await open();
    const told = events(session);
    simulation.set('lan', { inReach: true });
    await clock.advance(0);
    session.migrate();
    await clock.advance(0);
    session.reject();
    await clock.advance(0);
    assert.deepEqual(told, ['preferred lan', 'Roaming', 'activated lan', 'Connected']);
    assert.equal(session.activeConfiguration.identifier, 'wifi');
    assert.equal(simulation.stops('lan'), 1);
    await clock.advance(31_000);
    assert.equal(session.offer.kind, 'none');
    simulation.set('lan', { inReach: false });
    await clock.advance(0);
    simulation.set('lan', { inReach: true });
    await clock.advance(0);
    assert.equal(session.offer.kind, 'offered');
  });

  test('R8: the one in use is lost: Roaming, then Connected on the next one, and sockets must be reopened', async () => {
    const { simulation, clock, open, events } = await networkEngine();
    const session = await open();
    const told = events(session);
    simulation.set('phone', { inReach: true });
    simulation.set('wifi', { inReach: false });
    assert.equal(session.state, SessionState.Roaming);
    await clock.advance(0);
    assert.deepEqual(told, ['Roaming', 'Connected', 'activated phone']);
    assert.equal(session.isOpen, true);
    assert.equal(session.error, SessionError.UnknownSessionError);
    assert.equal(simulation.routed, 'phone');
  });

  test('R8, O8: none works: the state, the error, closed', async () => {
    const { simulation, clock, open, events } = await networkEngine();
    const session = await open();
    const told = events(session);
    simulation.set('wifi', { inReach: false });
    await clock.advance(0);
    assert.deepEqual(told, ['NotAvailable', 'SessionAbortedError', 'closed']);
  });

  test('R2: without a listener the engine moves it by itself', async () => {
    const { simulation, clock, open } = await networkEngine({ roaming: 'automatic' });
    const session = await open();
    simulation.set('lan', { inReach: true });
    await clock.advance(0);
    assert.equal(session.activeConfiguration.identifier, 'lan');
    assert.equal(session.state, SessionState.Connected);
    assert.equal(simulation.routed, 'lan');
  });
});
