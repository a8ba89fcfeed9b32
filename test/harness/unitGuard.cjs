// What `npm run test:unit` promises: no test there opens a socket or starts a process. Whoever does fails, also where the
// code that is tested takes the error for one of the system and goes on.
const assert = require('node:assert/strict');
const childProcess = require('node:child_process');
const dgram = require('node:dgram');
const net = require('node:net');
const workers = require('node:worker_threads');

/** The build that some tests look at is made by a process; it is a tool of theirs, and nothing that they test. */
const isTool = (file) => /[\\/]esbuild(\.exe)?$/.test(String(file));

/** @type {string[]} */
const breaches = [];
let title = 'before the first test';

/**
 * @param {object} owner
 * @param {string} name
 * @param {string} act
 * @param {(first: any) => boolean} [isAllowed] by its first argument
 */
function forbid(owner, name, act, isAllowed = () => false) {
  const original = Reflect.get(owner, name);
  Reflect.set(owner, name, function (first, ...others) {
    if (isAllowed(first)) {
      return original.call(this, first, ...others);
    }
    const breach = `A unit test ${act}; its place is test/integration: ${title}`;
    breaches.push(breach);
    throw new Error(breach);
  });
}

forbid(net.Server.prototype, 'listen', 'listens on a socket');
forbid(net.Socket.prototype, 'connect', 'opens a socket');
forbid(dgram.Socket.prototype, 'bind', 'opens a socket');
forbid(dgram.Socket.prototype, 'send', 'opens a socket');
forbid(childProcess.ChildProcess.prototype, 'spawn', 'starts a process', ({ file }) => isTool(file));
forbid(childProcess, 'spawnSync', 'starts a process');
forbid(childProcess, 'execSync', 'starts a process');
forbid(childProcess, 'execFileSync', 'starts a process');
forbid(workers, 'Worker', 'starts a thread');

exports.mochaHooks = {
  beforeEach() {
    title = this.currentTest.fullTitle();
  },
  afterAll() {
    assert.deepEqual(breaches, []);
  },
};
