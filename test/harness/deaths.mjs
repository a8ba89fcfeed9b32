// Where in a move a process is killed, and how the machine is after the next one has taken back what it left.
import assert from 'node:assert/strict';
import { active, cafe, lab, office, snapshot, until, untilOnNetwork, untilSnapshot } from './machine.mjs';

/** @type {readonly import('./deaths.mjs').Death[]} */
export const deaths = [
  { at: 'start: before CheckpointCreate', ends: 'office' },
  { at: 'start: after CheckpointCreate', ends: 'office' },
  { at: 'start: before ActivateConnection', ends: 'office', inHost: true },
  { at: 'start: after ActivateConnection', ends: 'office', isLower: true, inHost: true },
  { at: 'start: before Reapply', ends: 'office', isLower: true },
  { at: 'start: after Reapply', ends: 'office', isLower: true },
  { at: 'after start', ends: 'office' },
  { at: 'prepare: before Reapply', ends: 'office', inHost: true },
  { at: 'prepare: after Reapply', ends: 'office', isLower: true, inHost: true },
  { at: 'before test', ends: 'office', inHost: true },
  { at: 'activated', ends: 'office', inHost: true },
  { at: 'before prefer', ends: 'office', isLower: true },
  { at: 'prefer: before Reapply', ends: 'office', inHost: true },
  { at: 'prefer: after Reapply', ends: 'office', isLower: true, inHost: true },
  { at: 'after prefer', ends: 'both' },
  { at: 'stop: before DeactivateConnection', ends: 'both', isOurs: true, inHost: true },
  { at: 'stop: after DeactivateConnection', ends: 'cafe', isOurs: true, inHost: true },
  { at: 'stop: before DeactivateConnection', ends: 'office', answer: 'reject', inHost: true },
  { at: 'stop: after DeactivateConnection', ends: 'office', answer: 'reject', isLower: true },
  { at: 'restore: before Reapply', ends: 'both', answer: 'reject', isUp: true },
  { at: 'restore: after Reapply', ends: 'both', answer: 'reject', isUp: true, isLower: true, inHost: true },
];

export function titleOf({ at, answer = 'accept', isUp = false, isLower = false }) {
  return `${at}, ${answer}, the metric of the new one ${isLower ? 'lower' : 'higher'}${isUp ? ', it was up before' : ''}`;
}

export class Machine {
  #begin;
  /** What it is like when the person has brought up just these. */
  #natural = new Map();

  constructor(begin) {
    this.#begin = begin;
  }

  async learn() {
    for (const isLower of [false, true]) {
      await this.#begin(isLower);
      this.#natural.set(`office ${isLower}`, await snapshot());
      await lab.nmcli('connection', 'up', cafe);
      this.#natural.set(`both ${isLower}`, await snapshot());
      await lab.nmcli('connection', 'down', office);
      this.#natural.set(`cafe ${isLower}`, await snapshot());
    }
  }

  async beginFor({ isOurs = false, isUp = false, isLower = false }) {
    await this.#begin(isLower);
    if (isOurs) {
      await lab.nmcli('connection', 'down', office);
    }
    if (isUp) {
      await lab.nmcli('connection', 'up', cafe);
    }
  }

  async isOnNetwork({ ends }) {
    await untilOnNetwork();
    assert.equal((await active()).includes(office), ends !== 'cafe');
  }

  async isAsBefore({ ends, isLower = false }, journals) {
    await untilSnapshot(this.#natural.get(`${ends} ${isLower}`) ?? '');
    await until(() => journals().length === 0);
    await untilOnNetwork();
  }
}
