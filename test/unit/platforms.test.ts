// A new platform is a folder, a line in the list, and its words.
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { singlePlatformNames } from '../../src/host/model/platformWords.js';
import { settingRules } from '../../src/host/model/settingRules.js';
import { platformNames } from '../../src/platforms/choose.js';

const root = path.resolve(__dirname, '../../..');
const read = (file: string) => fs.readFileSync(path.join(root, file), 'utf8');
const listFile = 'src/platforms/list.ts';
const wordsFile = 'src/host/model/platformWords.ts';

const folder = `
  import { BearerType, Capability, Purpose } from '../../engine/index.js';
  export class MadeUpPlatform {
    async start(onUpdate) {
      const accessPoint = { identifier: 'x', name: 'X', bearerType: BearerType.Other, purpose: Purpose.Unknown,
        inReach: true, link: 'down', lingers: false, awaitsPerson: false, connectivity: 'unknown', connectTimeout: 1000, obstacles: {} };
      this.become = async (link) => {
        await undefined;
        onUpdate({ accessPoints: [{ ...accessPoint, link }] });
      };
      onUpdate({ whole: true, accessPoints: [accessPoint], system: {
        capabilities: Capability.CanStartAndStopInterfaces, obstacles: {}, defaultIdentifier: 'x', defaultIsRouted: false,
        isOnline: false, connectivity: 'none', polls: false, away: undefined, platform: 'madeUp' } });
    }
    startAccessPoint() { return this.become('up'); }
    stopAccessPoint(_, accepted) { accepted(); return this.become('down'); }
    async look() {}
    counters() { return undefined; }
    async dispose() {}
  }`;

const inserted = (file: string, after: string, line: string) => {
  const code = read(file);
  assert.equal(code.split(after).length, 2, `${file} has its place for another one`);
  return code.replace(after, `${after}\n${line}`);
};

/** What the project is with one platform more, of which nothing stands anywhere else. */
const withMadeUp: Plugin = {
  name: 'with-made-up',
  setup({ onLoad, onResolve }) {
    const madeUp = path.join(root, 'src/platforms/madeUp/index.ts');
    const texts: Readonly<Record<string, string>> = {
      [madeUp]: folder,
      [path.join(root, listFile)]:
        `import { MadeUpPlatform } from './madeUp/index.js';\n` +
        inserted(
          listFile,
          'export const platforms = {',
          '  madeUp: { make: () => new MadeUpPlatform(), autoOn: () => true },',
        ),
      [path.join(root, wordsFile)]: inserted(
        wordsFile,
        'readonly [Name in SinglePlatformName]: PlatformWords } = {',
        `  madeUp: {
             whenAway: (t) => t('Start the made-up daemon.'),
             permissions: { 'made-up.start': (t) => t('to make things up') },
           },`,
      ),
    };
    onResolve({ filter: /\/madeUp\/index\.js$/ }, () => ({ path: madeUp }));
    onLoad({ filter: /\/(madeUp\/index|list|platformWords)\.ts$/ }, ({ path: file }) =>
      file in texts
        ? {
            contents: texts[file] ?? '',
            loader: 'ts',
            resolveDir: path.join(
              root,
              file === madeUp ? 'src/platforms/kernel' : path.relative(root, path.dirname(file)),
            ),
          }
        : undefined,
    );
  },
};

async function builtWithMadeUp() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: {
      contents: `
        export * from './src/index.ts';
        export * from './src/host/model/sentences.ts';
        export * from './src/host/model/settingRules.ts';`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    packages: 'external',
    logLevel: 'silent',
    plugins: [withMadeUp],
  });
  const exported = { exports: {} };
  new Function('require', 'module', 'exports', outputFiles[0]?.text ?? '')(require, exported, exported.exports);
  return exported.exports as typeof import('../../src/index.js') &
    typeof import('../../src/host/model/sentences.js') &
    typeof import('../../src/host/model/settingRules.js');
}

suite('platforms', () => {
  test('the setting has those of the list, after auto', () => {
    assert.deepEqual(platformNames, [...singlePlatformNames, 'auto']);
    assert.deepEqual(settingRules.platform.kind === 'oneOf' && settingRules.platform.values, [
      'auto',
      ...singlePlatformNames,
    ]);
  });

  test('a new one is a folder, a line in the list, and its words', async () => {
    const project = await builtWithMadeUp();
    const name = 'madeUp' as 'auto';
    assert.ok(project.platformNames.includes(name));
    assert.deepEqual(project.parseSetting('platform', name), { value: name, wrong: false });
    assert.match(project.allowedValues('platform'), /^auto, madeUp, /);
    for (const chosen of [name, 'auto'] as const) {
      const manager = new project.NetworkConfigurationManager(project.createPlatform(chosen));
      await manager.start();
      assert.equal(manager.system.platform, name, `${chosen} makes it`);
      const session = manager.createSession('x');
      session.open();
      assert.ok(await session.waitForOpened(1000), session.errorString);
      await manager.dispose();
    }
    const english = (message: string, ...values: readonly (string | number)[]) =>
      message.replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)]));
    const failure = (cause: import('../../src/index.js').Cause, help: import('../../src/index.js').Help) =>
      project.messageOf(
        { error: project.SessionError.OperationNotSupportedError, accessPoint: 'x', name: 'X', cause, help },
        name,
        english,
      );
    assert.match(failure({ code: 'platformAway' }, 'startService'), / Start the made-up daemon\.$/);
    assert.match(
      failure({ code: 'missingPermission', permission: 'made-up.start' }, 'none'),
      /permission to make things up is/,
    );
  });

  test('nothing but its folder, the list and the words names one, or a tool of one', () => {
    const named = fs
      .readdirSync(path.join(root, 'src'), { recursive: true })
      .map((file) => `src/${String(file).replaceAll(path.sep, '/')}`)
      .filter((file) => file.endsWith('.ts') && file !== listFile && file !== wordsFile)
      .filter((file) => !/^src\/platforms\/\w+\//.test(file))
      .filter((file) => {
        const code = read(file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
        return /network-?manager\b|systeminformation|polkit|freedesktop|'kernel'/i.test(code);
      });
    assert.deepEqual(named, []);
  });
});
