#!/usr/bin/env node
// Stands where @vscode/test-electron expects the program of VS Code: same arguments, same exit code. But the host is the
// one from npm, and its window is a page of headless Chromium.
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { atExit } from './atExit.mjs';
import { launchBrowser, newPage, startServer, workbenchUrl } from './host.mjs';

const PATIENCE_MS = 180_000;

const { values } = parseArgs({
  strict: false, // VS Code takes many more switches; the rest do not matter here
  options: { extensionDevelopmentPath: { type: 'string' }, extensionTestsPath: { type: 'string' } },
});
const extension = path.resolve(String(values.extensionDevelopmentPath));
const tests = path.resolve(String(values.extensionTestsPath));

// The report comes over a socket of its own, apart from what the workbench has to say.
const socket = path.join(tmpdir(), `network-sessions-report-${process.pid}.sock`);
atExit(() => rmSync(socket, { force: true }));
const report = createServer((connection) => connection.pipe(process.stdout, { end: false }));
await new Promise((resolve) => report.listen(socket, () => resolve(undefined)));

const server = await startServer({ mode: 'tests', extension, env: { NETWORK_SESSIONS_REPORT: socket } });
const browser = await launchBrowser();
const said = [];
try {
  const page = await newPage(browser);
  await page.exposeFunction('codeAutomationLog', (type, args) => said.push([type, ...args].join(' ')));
  const exit = new Promise((resolve, reject) => {
    void page.exposeFunction('codeAutomationExit', resolve);
    setTimeout(() => reject(new Error(`the tests took more than ${PATIENCE_MS / 1000} s`)), PATIENCE_MS).unref();
  });
  await page.goto(workbenchUrl(server, { extension, tests }));
  process.exitCode = await exit;
} catch (error) {
  console.error(error, said.join('\n'), server.output());
  process.exitCode = 1;
} finally {
  await browser.close();
  await server.close();
  report.close();
}
