// What is taken from elsewhere: it installs on every system, names no registry, and goes out with its licence.
import * as assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { type BuildOptions, build } from 'esbuild';

const root = path.resolve(__dirname, '../../..');
const read = (...parts: string[]): string => fs.readFileSync(path.join(root, ...parts), 'utf8');

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const locked = Object.entries(
  (JSON.parse(read('package-lock.json')) as { readonly packages: Readonly<Record<string, Locked>> }).packages,
).filter(([folder]) => folder !== '');

suite('packages: the lock file', () => {
  test('it has the packages of every system that others name as optional', () => {
    const named = locked.flatMap(([folder, { optionalDependencies = {} }]) =>
      Object.entries(optionalDependencies).map(([name, version]) => ({ folder, name, version })),
    );
    const missing = named.filter(
      ({ folder, name }) =>
        !locked.some(([where]) => where === `node_modules/${name}` || where === `${folder}/node_modules/${name}`),
    );
    assert.deepEqual(missing, []);
    for (const tool of ['@biomejs/biome', 'esbuild', 'typescript']) {
      assert.ok(
        named.filter(({ folder }) => folder === `node_modules/${tool}`).length > 7,
        `${tool} is for many systems`,
      );
    }
  });

  test('it names no registry, and every package by its content', () => {
    const wrong = locked.filter(([, { integrity, resolved }]) => !integrity?.startsWith('sha512-') || resolved);
    assert.deepEqual(wrong, []);
    assert.match(read('.npmrc'), /^omit-lockfile-registry-resolved=true$/m, 'nor will it after the next change');
  });

  for (const [os, cpu] of [
    ['linux', 'x64'],
    ['darwin', 'arm64'],
    ['win32', 'x64'],
  ] as const) {
    test(`npm ci takes it on ${os} ${cpu}, and asks nobody`, async () => {
      const folder = fs.mkdtempSync(path.join(tmpdir(), 'network-sessions-lock-'));
      try {
        for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
          fs.copyFileSync(path.join(root, file), path.join(folder, file));
        }
        const args = ['ci', '--dry-run', '--offline', `--cache=${folder}/cache`, `--os=${os}`, `--cpu=${cpu}`];
        const npm = spawn('npm', args, {
          cwd: folder,
          stdio: ['ignore', 'pipe', 'pipe'],
          shell: process.platform === 'win32',
        });
        let said = '';
        npm.stdout.on('data', (text) => (said += text));
        npm.stderr.on('data', (text) => (said += text));
        const [code] = await once(npm, 'close');
        assert.equal(code, 0, said);
        assert.ok(said.includes(`add @esbuild/${os}-${cpu} `), said);
      } finally {
        fs.rmSync(folder, { recursive: true });
      }
    });
  }
});

suite('packages: licences', () => {
  const licenses = read('dist', 'third-party-licenses.txt');
  const isNamed = (name: string, version: string) => `\n${licenses}`.includes(`\n${name} ${version}\n\n`);

  test('every package in what is shipped goes out with its licence', async () => {
    const { builds } = require(path.join(root, 'esbuild.js')) as { readonly builds: readonly BuildOptions[] };
    const packages = new Set<string>();
    for (const options of builds) {
      const { metafile } = await build({
        ...options,
        write: false,
        metafile: true,
        sourcemap: false,
        logLevel: 'silent',
      });
      for (const { inputs } of Object.values(metafile.outputs)) {
        for (const input of Object.keys(inputs)) {
          packages.add(/^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0] ?? '');
        }
      }
    }
    packages.delete('');
    const missing = [...packages].filter((folder) => {
      const { name, version } = JSON.parse(read(folder, 'package.json')) as { name: string; version: string };
      return !isNamed(name, version);
    });
    assert.deepEqual(missing, []);
    assert.ok(packages.has('node_modules/undici'), 'it looked at something');
  });

  test("so does undici's parser, which is another's", () => {
    // These bytes are those of undici's repository beside the sources of llhttp 9.3.1. Others may be of another version:
    // look there, and change the name of it in esbuild.js.
    const parser = createHash('sha1').update(require('undici/lib/llhttp/llhttp-wasm.js')).digest('hex');
    assert.equal(parser, 'd17eab7eeac05534500b930cadc86bab67ee3d1c');
    assert.ok(isNamed('llhttp', '9.3.1'));
    assert.match(
      licenses,
      /llhttp 9\.3\.1\n\nThis software is licensed under the MIT License\.\n\nCopyright Fedor Indutny/,
    );
  });
});
