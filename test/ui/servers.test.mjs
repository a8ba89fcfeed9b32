// The VS Code servers that are started here: who may use them, and that none outlives whoever has started it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startServer, workbenchUrl } from '../harness/host.mjs';
import { argumentsOf, clearProfile, clearProfilesOfTheDead, makeProfile } from '../harness/profiles.mjs';
import { openWindow } from '../harness/window.mjs';

const starter = path.join(import.meta.dirname, 'starter.mjs');

/** @type {(() => unknown)[]} for what a test that has failed leaves open */
const ends = [];

suite('the servers of VS Code', () => {
  teardown(() => Promise.all(ends.splice(0).map((end) => end())));

  test('only who was told the token may use one: no other user reads it from the list of processes', async () => {
    const window = await openWindow();
    ends.push(() => window.page.isClosed() || window.close());
    const { server } = window;
    await window.statusBar.first().waitFor(); // its extensions run, in processes of their own
    const tellers = commandLines().filter(({ words }) => words.includes(server.token));
    assert.deepEqual(tellers, []);
    assert.ok(
      commandLines().some(({ words }) => words.includes(server.data)),
      'it has looked at the server',
    );
    assert.equal(statSync(server.data).mode & 0o777, 0o700, 'nobody else looks into its profile');
    const keeper = path.join(server.data, 'token');
    assert.equal(readFileSync(keeper, 'utf8'), server.token);
    assert.equal(statSync(keeper).mode & 0o777, 0o600);
    const url = workbenchUrl(server);
    assert.equal(await statusOf(url), 302, 'it gives a cookie for the token');
    assert.equal(await statusOf(url.replace(/tkn=[^&]*/, '')), 403);
    assert.equal(await statusOf(url.replace(/tkn=./, 'tkn=x')), 403);
    await window.close();
    assert.ok(!existsSync(server.data));
  });

  test('one ends with whoever has started it, killed or not, and its profile goes', async () => {
    const run = await startedRun();
    run.process.kill('SIGKILL');
    await run.serverEnded;
    await run.allEnded;
    assert.ok(!existsSync(run.data), 'nothing of its profile stays');
    assert.deepEqual(processesOf(run.data), []);
  });

  test('one that was left by all is ended by the next start, which clears its profile', async () => {
    const run = await startedRun();
    const all = processesOf(run.data);
    const isServer = ({ words }) => words.includes('server-main.js');
    run.process.kill('SIGSTOP'); // so that it sees nothing of what happens to the others
    for (const { pid } of all.filter((each) => !isServer(each))) {
      process.kill(pid, 'SIGKILL');
    }
    run.process.kill('SIGKILL');
    await once(run.process, 'exit');
    const left = processesOf(run.data).filter(isServer).length;
    const next = await startServer();
    ends.push(next.close);
    if (left > 0) {
      await run.serverEnded;
    }
    assert.equal(left, 1, 'it had been left');
    assert.ok(!existsSync(run.data), 'nothing of its profile stays');
    assert.deepEqual(processesOf(run.data), []);
    assert.equal(await statusOf(workbenchUrl(next)), 302, 'the new one serves');
  });

  test('the next start lets the server of a living one alone', async () => {
    const run = await startedRun();
    const next = await startServer();
    ends.push(next.close);
    assert.ok(existsSync(run.data));
    assert.equal(processesOf(run.data).filter(({ words }) => words.includes('server-main.js')).length, 1);
    run.process.kill('SIGTERM');
    await run.allEnded;
    assert.ok(!existsSync(run.data));
  });

  test('the server of one that died before it could take note of it is ended; those of others are not', async () => {
    const [dead, elsewhere] = [makeProfile(), makeProfile()];
    ends.push(() => clearProfile(elsewhere));
    const [own, other] = [await standIn(argumentsOf(dead)), await standIn(argumentsOf(elsewhere))];
    const before = JSON.parse(readFileSync(`${dead}.json`, 'utf8'));
    const owner = { ...before.owner, started: '1' }; // Another process has its number by now.
    writeFileSync(`${dead}.json`, JSON.stringify({ ...before, owner }));
    writeFileSync(`${elsewhere}.json`, JSON.stringify({ ...before, owner, processes: 'pid:[1]' }));
    clearProfilesOfTheDead();
    await once(own, 'exit');
    assert.equal(own.signalCode, 'SIGKILL');
    assert.ok(!existsSync(dead), 'its owner has died');
    assert.equal(other.signalCode, null);
    assert.ok(existsSync(elsewhere), 'nobody knows of its owner here');
    writeFileSync(`${elsewhere}.json`, JSON.stringify(before));
    clearProfile(elsewhere);
    await once(other, 'exit');
    assert.equal(other.signalCode, 'SIGKILL');
  });

  test('one whose record was cleared away, as systems do with what is old, is ended by who has started it', async () => {
    const folder = makeProfile();
    const server = await standIn(argumentsOf(folder));
    rmSync(`${folder}.json`);
    clearProfile(folder);
    await once(server, 'exit');
    assert.equal(server.signalCode, 'SIGKILL');
    assert.ok(!existsSync(folder));
  });

  test('whatever stands in the record of a profile, the next start works', () => {
    const temporary = mkdtempSync(path.join(tmpdir(), 'records-'));
    const { TMPDIR: before } = process.env;
    ends.push(() => {
      Object.assign(process.env, { TMPDIR: before });
      if (before === undefined) {
        delete process.env.TMPDIR;
      }
      rmSync(temporary, { recursive: true });
    });
    process.env.TMPDIR = temporary;
    for (const content of ['', 'null', '1', '{}', '{"owner":null}', '{"owner":{"pid":1}}', '[[]]']) {
      const folder = makeProfile();
      writeFileSync(`${folder}.json`, content);
      clearProfilesOfTheDead();
      assert.ok(existsSync(folder), content);
    }
    const whole = makeProfile();
    const record = JSON.parse(readFileSync(`${whole}.json`, 'utf8'));
    writeFileSync(`${whole}.json`, JSON.stringify({ ...record, boot: 'earlier', server: null }));
    clearProfilesOfTheDead();
    assert.ok(!existsSync(whole) && !existsSync(`${whole}.json`));
  });
});

/** A process with the arguments of a server, and a process group of its own. */
async function standIn(words) {
  const script = 'console.log(1); setInterval(() => {}, 1000)';
  const child = spawn(process.execPath, ['-e', script, '--', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  ends.push(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

/** Another process that has started a server. */
async function startedRun() {
  const child = spawn(process.execPath, [starter], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr.pipe(process.stderr);
  ends.push(() => child.kill());
  const [line] = await once(child.stdout, 'data');
  const { port, data } = JSON.parse(String(line));
  const connection = createConnection(port, '127.0.0.1').on('error', () => undefined);
  await once(connection, 'connect');
  return {
    process: child,
    data,
    /** No process has the server's end of this connection any more. */
    serverEnded: new Promise((resolve) => connection.once('close', resolve)),
    /** Nobody holds what it has handed on to those who watch over the server. */
    allEnded: once(child, 'close'),
  };
}

/** Of every process of this machine, as anybody may read it. */
function commandLines() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), words: commandLineOf(name) }));
}

function commandLineOf(name) {
  try {
    return readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // ended meanwhile
  }
}

const processesOf = (folder) => commandLines().filter(({ words }) => words.includes(folder));

function statusOf(url) {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    }).on('error', reject);
  });
}
