import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { certificateFor } from '../../fixtures/certificate.js';
import { Stage } from '../../fixtures/httpServers.js';

const engine = path.resolve(__dirname, '../../../../dist/engine.js');

suite('whom HTTP sessions trust', () => {
  let stage: Stage;
  let folder: string;
  setup(() => {
    stage = new Stage();
    folder = mkdtempSync(path.join(tmpdir(), 'network-sessions-trust-'));
  });
  teardown(async () => {
    rmSync(folder, { recursive: true });
    await stage.end();
  });

  /** Asks in a process whose environment names a list of authorities, with and without those of the system. */
  async function trusted(variable: string): Promise<unknown> {
    const certificate = certificateFor('localhost');
    const origin = await stage.serve(https.createServer(certificate, (_, response) => response.end('x')));
    const file = path.join(folder, 'authorities.pem');
    writeFileSync(file, certificate.cert);
    const script = `
      const { HttpClientSession, probe } = require(${JSON.stringify(engine)});
      const origin = 'https://localhost:${origin.port}';
      const ask = async (systemCertificates) => {
        const session = new HttpClientSession(origin, { systemCertificates });
        const status = await session.request('/').then(async (response) => (await response.dump(), response.status), (error) => error.code);
        session.dispose();
        const probed = await probe(origin, { interfaceName: 'lo', localAddress4: '127.0.0.1' }, { systemCertificates });
        return [status, probed.status ?? probed.error.code];
      };
      Promise.all([ask(undefined), ask(true), ask(false)]).then((found) => console.log(JSON.stringify(found)));`;
    const env = { ...process.env, [variable]: file };
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { timeout: 20_000, env });
    return JSON.parse(stdout);
  }

  test('the authorities of the system, where they are wanted', async () => {
    const refused = ['DEPTH_ZERO_SELF_SIGNED_CERT', 'DEPTH_ZERO_SELF_SIGNED_CERT'];
    assert.deepEqual(await trusted('SSL_CERT_FILE'), [[200, 200], [200, 200], refused]);
  });

  test('those that Node was started with, always', async () => {
    assert.deepEqual(await trusted('NODE_EXTRA_CA_CERTS'), [
      [200, 200],
      [200, 200],
      [200, 200],
    ]);
  });
});
