// Who may import whom: the rooms, held against what esbuild really bundles and against imports of types, which it erases.
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { isBuiltin } from 'node:module';
import * as net from 'node:net';
import * as path from 'node:path';
import { type BuildOptions, type BuildResult, build, type ImportKind } from 'esbuild';
import { isPlatformFailure, PlatformFailure } from '../../src/engine/index.js';

const root = path.resolve(__dirname, '../../..');
const publicNames = 'src/engine/index.ts';
const brokerNames = 'src/broker/index.ts';
/** Suitability tests ask a link as HTTP sessions do. */
const httpNames = 'src/http/index.ts';
/** The files among the shared helpers that touch the disk; what is pure or runs in a browser must not reach them. */
const privateFiles = 'src/shared/privateFiles.ts';
const processes = 'src/shared/processes.ts';
/** Asks Node, so it is not for browsers. */
const addresses = 'src/shared/addresses.ts';
const onDisk = [privateFiles, processes];
/** Who says what a person reads of each platform knows their names, as types: what is bundled has none of the platforms in it. */
const platformNames = 'src/platforms/list.ts';
const keepsFiles = /^(src\/(platforms|broker)|test\/(unit|integration))\//;

/** The host's dialogs are entered from the commands and open commands in turn. */
const mayBeRound = /^src\/host\//;

interface Rule {
  /** Folders and files of the project. */
  readonly rooms: readonly string[];
  /** Modules from outside. */
  readonly modules?: RegExp;
}

/**
 * The first whose folder holds a file is that file's. `src/host/model` is the part of the host that does not know the
 * editor: it decides what is shown, so it has unit tests, and they may import it.
 */
const rules: readonly (readonly [room: string, rule: Rule])[] = [
  ['src/engine/', { rooms: ['src/engine/', 'src/shared/'] }],
  [privateFiles, { rooms: [], modules: /^node:(fs|path)$/ }],
  [processes, { rooms: [privateFiles], modules: /^node:(fs|path)$/ }],
  [addresses, { rooms: [], modules: /^node:net$/ }],
  ['src/shared/', { rooms: ['src/shared/'] }],
  ['src/protocol/', { rooms: ['src/protocol/'] }],
  [
    'src/platforms/dbus/',
    { rooms: ['src/platforms/dbus/', publicNames, 'src/shared/'], modules: /^(node:.+|dbus-native)$/ },
  ],
  [
    'src/platforms/systemInformation/',
    { rooms: ['src/platforms/', publicNames, httpNames, 'src/shared/'], modules: /^(node:.+|systeminformation)$/ },
  ],
  ['src/platforms/', { rooms: ['src/platforms/', publicNames, httpNames, 'src/shared/'], modules: /^node:/ }],
  [
    'src/broker/',
    { rooms: ['src/broker/', publicNames, 'src/shared/'], modules: /^(node:.+|vscode-jsonrpc(\/node)?)$/ },
  ],
  [
    'src/http/',
    { rooms: ['src/http/', publicNames, addresses], modules: /^(node:.+|undici\/lib\/dispatcher\/client\.js)$/ },
  ],
  ['src/host/model/', { rooms: ['src/host/model/', publicNames, brokerNames, platformNames, 'src/shared/'] }],
  [
    'src/host/',
    { rooms: ['src/host/', publicNames, brokerNames, httpNames, 'src/protocol/', 'src/shared/'], modules: /^vscode$/ },
  ],
  ['src/extension.ts', { rooms: ['src/'], modules: /^(node:.+|vscode)$/ }],
  ['src/index.ts', { rooms: ['src/engine/', 'src/platforms/', 'src/broker/', 'src/http/'] }],
  ['test/integration/', { rooms: ['src/', 'test/'], modules: /^(?!vscode$)/ }],
  ['test/unit/', { rooms: ['src/', 'test/'], modules: /^(?!vscode$)/ }],
];

/**
 * The wings of the host, each with those that it may have from the start. All else it knows by types, and loads what it
 * needs of `dialogs` and `api` when somebody asks for it: each is a file of dist.
 */
const wings: Readonly<Record<string, readonly string[]>> = {
  shell: ['views', 'editor', 'model'],
  views: ['editor', 'model'],
  dialogs: ['editor', 'model'],
  api: ['editor', 'model'],
  editor: ['model'],
  model: [],
};
const wingOf = (file: string): string | undefined => /^src\/host\/(\w+)\//.exec(file)?.[1];

/** What of the host lies in the files of dist that hold any. */
const common = ['src/host/editor/', 'src/host/model/', 'src/shared/'];
/** The files of dist, each with the folders of the source that it is made of: the border of a file is a folder. */
const foldersOf: Readonly<Record<string, readonly string[]>> = {
  extension: ['src/extension.ts', 'src/engine/', 'src/host/shell/', 'src/host/views/', ...common],
  platforms: ['src/platforms/', 'src/shared/', 'src/engine/'],
  broker: ['src/broker/', 'src/shared/', 'node_modules/vscode-jsonrpc/', 'src/engine/'],
  ledger: ['src/broker/', 'src/shared/', 'src/engine/'],
  dialogs: ['src/host/dialogs/', ...common, 'src/engine/'],
  api: ['src/host/api/', ...common, 'src/engine/'],
  apiHttp: ['src/host/api/', ...common, 'src/engine/'],
  http: ['src/http/', addresses, 'node_modules/undici/', 'src/engine/'],
};

const filesUnder = (folder: string): readonly string[] =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true })
    .map((file) => `${folder}/${String(file).replaceAll(path.sep, '/')}`)
    .filter((file) => file.endsWith('.ts'));

/** The folder of the platform that a file belongs to; undefined for what they share. */
const platformFolder = (file: string): string | undefined => /^src\/platforms\/(\w+)\//.exec(file)?.[1];

/** What a file imports and exports again, types too. */
const importsOf = (code: string): readonly string[] =>
  [...code.matchAll(/^(?:import|export)\s(?:[^'";]*?\sfrom\s)?['"]([^'"]+)['"]/gm)].map(([, target = '']) => target);

const resolvedFrom = (file: string, target: string): string =>
  path.posix.join(path.posix.dirname(file), target.replace(/\.js$/, '.ts'));

/** Those that import each other, over whatever ways: the first circle that a walk finds from each. */
function circlesOf(imports: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) {
      circles.push([...way.slice(way.indexOf(file)), file].join(' -> '));
    } else if (!done.has(file)) {
      for (const target of imports.get(file) ?? []) {
        walk(target, [...way, file]);
      }
      done.add(file);
    }
  };
  for (const file of imports.keys()) {
    walk(file, []);
  }
  return circles;
}

function breach(file: string, target: string, isModule: boolean): string | undefined {
  const [, rule] = rules.find(([room]) => file.startsWith(room)) ?? [];
  const isInModel = target.startsWith('src/host/model/');
  const [home, away] = [platformFolder(file), platformFolder(target)];
  const isAllowed = isModule
    ? rule?.modules?.test(target)
    : rule?.rooms.some((room) => target.startsWith(room)) &&
      // what knows the editor is tested in the editor
      !(
        /^test\/(unit|integration)\//.test(file) &&
        (target === 'src/extension.ts' || (target.startsWith('src/host/') && !isInModel))
      ) &&
      (!onDisk.includes(target) || keepsFiles.test(file) || onDisk.includes(file)) &&
      // platforms share what lies beside their folders and the message bus, and know nothing of each other
      !(home !== undefined && away !== undefined && away !== 'dbus' && home !== away);
  return isAllowed ? undefined : `${file} imports ${target}`;
}

/** A wing of the host that another one has from the start, though it should load it when it is needed. */
function breachOfWings(file: string, target: string, kind: ImportKind): string | undefined {
  const [home, away] = [wingOf(file), wingOf(target)];
  const isLoaded = kind === 'dynamic-import' || kind === 'require-call';
  const isAllowed = home === undefined || away === undefined || home === away || wings[home]?.includes(away);
  return isAllowed || isLoaded ? undefined : `${file} has ${target} from the start`;
}

/** One of the files in `dist`, made as it is shipped. */
async function shipped(name: string): Promise<BuildResult<{ metafile: true; write: false }>> {
  const { builds } = require(path.join(root, 'esbuild.js')) as { readonly builds: readonly BuildOptions[] };
  const options = builds.find(({ outfile }) => outfile === `dist/${name}.js`);
  assert.ok(options, `esbuild.js builds dist/${name}.js`);
  return build({ ...options, write: false, metafile: true, sourcemap: false, logLevel: 'silent' });
}

/** The files of which something lies in it. */
const inputsOf = ({ metafile }: Awaited<ReturnType<typeof shipped>>): readonly string[] =>
  Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );

/** Runs a file of `dist`, which gets what it requires from `load`. */
function evaluate(
  { outputFiles }: Awaited<ReturnType<typeof shipped>>,
  load: (name: string) => unknown,
): Record<string, unknown> {
  const exported = { exports: {} };
  new Function('require', 'module', 'exports', outputFiles[0]?.text ?? '')(load, exported, exported.exports);
  return exported.exports;
}

/** Stands for any value of the editor's. */
const anything: unknown = new Proxy(class {}, {
  get: (_, key) => (key === Symbol.toPrimitive ? undefined : anything),
});

/** Gives a file what is there before anything is loaded, and keeps what was asked for. */
function loaderOf(own: Readonly<Record<string, unknown>>) {
  const loaded: string[] = [];
  const load = (name: string): unknown => {
    loaded.push(name);
    return own[name] ?? (isBuiltin(name) ? require(name) : assert.fail(`${name} was loaded`));
  };
  return { loaded, load };
}

/** Of a machine where nobody listens. */
class RefusedSocket extends net.Socket {
  override connect(): this {
    return this.destroy(Object.assign(new Error('nobody listens'), { code: 'ECONNREFUSED' }));
  }
}

suite('layers', () => {
  test('what is bundled keeps to the rooms', async () => {
    const entries = filesUnder('src').filter((file) => !file.endsWith('.d.ts'));
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: [...entries],
      bundle: true,
      write: false,
      metafile: true,
      outdir: 'out/layers',
      platform: 'node',
      packages: 'external',
      logLevel: 'silent',
    });
    const breaches = Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
      imports.flatMap(({ path: target, external, kind }) => [
        breach(file, target, external === true),
        breachOfWings(file, target, kind),
      ]),
    );
    assert.deepEqual(
      breaches.filter((each) => each !== undefined),
      [],
    );
    assert.ok(Object.keys(metafile.inputs).length > 30, 'it looked at something');
  });

  test('imports of types keep to the rooms too', () => {
    const breaches: (string | undefined)[] = [];
    for (const file of [...filesUnder('src'), ...filesUnder('test/unit'), ...filesUnder('test/integration')]) {
      const code = fs.readFileSync(path.join(root, file), 'utf8');
      for (const target of importsOf(code)) {
        const isModule = !target.startsWith('.');
        breaches.push(breach(file, isModule ? target : resolvedFrom(file, target), isModule));
      }
      assert.ok(
        !/import\(\s*['"]vscode['"]\s*\)/.test(code) ||
          file.startsWith('src/host/') ||
          file === 'test/unit/layers.test.ts',
        `${file} names the types of vscode`,
      );
    }
    assert.deepEqual(
      breaches.filter((each) => each !== undefined),
      [],
    );
  });

  test('there are no circles, of types neither', () => {
    const imports = new Map<string, readonly string[]>();
    for (const file of filesUnder('src').filter((name) => !mayBeRound.test(name))) {
      const targets = importsOf(fs.readFileSync(path.join(root, file), 'utf8')).filter((name) => name.startsWith('.'));
      imports.set(
        file,
        targets.map((target) => resolvedFrom(file, target)),
      );
    }
    assert.deepEqual(circlesOf(imports), []);
    const [first = ''] = imports.get('src/engine/mover.ts') ?? [];
    assert.ok(imports.has(first), 'it knows the files that are imported');
  });

  test('a circle is found', () => {
    const imports = { a: ['b', 'd'], b: ['c'], c: ['b'], d: [] };
    assert.deepEqual(circlesOf(new Map(Object.entries(imports))), ['b -> c -> b']);
  });

  test('the walls stand: what they forbid is found', () => {
    const forbidden: readonly (readonly [file: string, target: string, isModule?: boolean])[] = [
      ['src/engine/session.ts', 'node:fs', true],
      ['src/engine/session.ts', 'src/platforms/choose.ts'],
      ['src/engine/session.ts', privateFiles],
      ['src/shared/format.ts', privateFiles],
      ['src/shared/format.ts', 'node:fs', true],
      [privateFiles, 'node:child_process', true],
      ['src/host/editor/log.ts', privateFiles],
      ['src/host/editor/log.ts', processes],
      [privateFiles, processes],
      ['src/broker/channel.ts', 'src/platforms/journal.ts'],
      ['src/host/model/item.ts', 'vscode', true],
      ['src/host/editor/prompts.ts', 'src/engine/session.ts'],
      ['src/host/shell/windows.ts', 'src/broker/open.ts'],
      ['src/host/api/http.ts', 'src/http/connector.ts'],
      ['src/host/model/editorHttp.ts', httpNames],
      ['src/host/model/lazyBroker.ts', 'src/broker/broker.ts'],
      ['src/host/model/settingRules.ts', 'src/platforms/choose.ts'],
      ['src/platforms/kernel/index.ts', 'src/platforms/networkManager/index.ts'],
      ['src/platforms/kernel/index.ts', 'dbus-native', true],
      ['src/platforms/networkManager/index.ts', 'dbus-native', true],
      ['src/platforms/dbus/bus.ts', 'src/platforms/networkManager/names.ts'],
      ['src/platforms/dbus/bus.ts', 'src/platforms/journal.ts'],
      ['src/broker/book.ts', 'src/engine/session.ts'],
      ['src/broker/book.ts', 'src/platforms/choose.ts'],
      ['src/broker/book.ts', 'dbus-native', true],
      ['src/http/connector.ts', 'src/engine/session.ts'],
      ['src/http/connector.ts', 'src/platforms/routes.ts'],
      ['src/platforms/suitability.ts', 'src/http/connector.ts'],
      ['src/platforms/suitability.ts', 'undici/lib/dispatcher/client.js', true],
      ['src/http/engine.ts', 'undici', true],
      ['test/unit/host/items.test.ts', 'src/extension.ts'],
      ['test/unit/host/items.test.ts', 'src/host/editor/prompts.ts'],
    ];
    for (const [file, target, isModule = false] of forbidden) {
      assert.ok(breach(file, target, isModule), `${file} imports ${target}`);
    }
    assert.equal(breach('src/platforms/kernel/index.ts', 'src/platforms/counters.ts', false), undefined);
    assert.equal(breach('src/platforms/networkManager/attachment.ts', 'src/platforms/dbus/bus.ts', false), undefined);
    assert.equal(breach('src/platforms/journal.ts', privateFiles, false), undefined);
    assert.equal(breach('src/platforms/suitability.ts', httpNames, false), undefined);
    assert.equal(breach(privateFiles, 'node:fs', true), undefined);
    assert.equal(breach('src/platforms/choose.ts', 'src/platforms/kernel/index.ts', false), undefined);
  });

  test('the wings stand: what they forbid is found, and what is loaded or known by its type is not', () => {
    for (const [file, target] of [
      ['src/host/shell/frontend.ts', 'src/host/dialogs/dialogs.ts'],
      ['src/host/views/statusBar.ts', 'src/host/dialogs/picks.ts'],
      ['src/host/views/statusBar.ts', 'src/host/shell/windows.ts'],
      ['src/host/dialogs/handlers.ts', 'src/host/views/statusBar.ts'],
      ['src/host/editor/prompts.ts', 'src/host/api/api.ts'],
    ] as const) {
      assert.ok(breachOfWings(file, target, 'import-statement'), `${file} has ${target}`);
      assert.equal(breachOfWings(file, target, 'dynamic-import'), undefined);
    }
    assert.equal(
      breachOfWings('src/host/shell/frontend.ts', 'src/host/views/statusBar.ts', 'import-statement'),
      undefined,
    );
  });

  test('every file of the source is in a room, and every file of the host in a wing', () => {
    const homeless = filesUnder('src').filter((file) => !rules.some(([room]) => file.startsWith(room)));
    assert.deepEqual(homeless, []);
    const wingless = filesUnder('src/host').filter((file) => wings[wingOf(file) ?? ''] === undefined);
    assert.deepEqual(wingless, []);
  });

  test('no two files of the host have one name', () => {
    const names = filesUnder('src/host').map((file) => path.basename(file));
    assert.deepEqual(names.toSorted(), [...new Set(names)].toSorted());
  });

  test('the border of each file of dist is a folder: it holds what comes from its own, and nothing else', async () => {
    const { parts } = require(path.join(root, 'esbuild.js')) as { readonly parts: object };
    assert.deepEqual(Object.keys(parts).toSorted(), Object.keys(foldersOf).toSorted());
    for (const [name, folders] of Object.entries(foldersOf)) {
      const inputs = inputsOf(await shipped(name));
      assert.deepEqual(
        inputs.filter((file) => !folders.some((folder) => file.startsWith(folder))),
        [],
        `dist/${name}.js`,
      );
    }
  });

  test('the engine is in one file of dist; others hold copies of what is small in it', async () => {
    const heldBy = async (name: string): Promise<number> =>
      Object.values((await shipped(name)).metafile.outputs)
        .flatMap(({ inputs }) => Object.entries(inputs))
        .reduce((sum, [file, { bytesInOutput }]) => sum + (file.startsWith('src/engine/') ? bytesInOutput : 0), 0);
    const whole = await heldBy('extension');
    for (const name of Object.keys(foldersOf).filter((each) => each !== 'extension')) {
      const held = await heldBy(name);
      assert.ok(held < whole / 10, `dist/${name}.js holds ${held} of ${whole} bytes`);
    }
  });

  test('the extension loads nothing heavy until it is needed', async () => {
    const extension = await shipped('extension');
    const { loaded, load } = loaderOf({ vscode: anything });
    assert.equal(typeof evaluate(extension, load)['activate'], 'function');
    assert.ok(loaded.includes('vscode'));
  });

  test('the platforms are a file of their own', async () => {
    const platforms = await shipped('platforms');
    assert.ok(inputsOf(platforms).filter((file) => file.startsWith('src/platforms/')).length > 30);
    const { loaded, load } = loaderOf({});
    const { createPlatform } = evaluate(platforms, load) as unknown as typeof import('../../src/platforms/choose.js');
    assert.deepEqual(
      loaded.filter((name) => !name.startsWith('node:')),
      [],
    );
    await assert.rejects(createPlatform('simulated').startAccessPoint('nowhere'), (error) => {
      assert.ok(!(error instanceof PlatformFailure), 'the platforms have a class of their own');
      assert.ok(isPlatformFailure(error), 'the engine knows a failure of the platforms as one');
      return true;
    });
  });

  test('nobody asks for the class of a failure: each file of dist has another one', () => {
    const asking = filesUnder('src').filter((file) =>
      fs.readFileSync(path.join(root, file), 'utf8').includes('instanceof PlatformFailure'),
    );
    assert.deepEqual(asking, [], 'isPlatformFailure knows all of them');
  });

  test('the broker is a file of its own', async () => {
    const broker = await shipped('broker');
    assert.ok(!inputsOf(broker).includes('src/broker/sharedLedger.ts'));
    const { load } = loaderOf({});
    assert.equal(typeof evaluate(broker, load)['openBroker'], 'function');
  });

  test('what the engine asks of the broker is a file of its own', async () => {
    const ledger = await shipped('ledger');
    const names = ['bounds', 'calls', 'index', 'sharedAccount', 'sharedLedger', 'times'];
    const asked = names.map((name) => `src/broker/${name}.ts`);
    const held = inputsOf(ledger).filter((file) => file.startsWith('src/broker/'));
    assert.deepEqual(held.toSorted(), asked, 'not how windows find each other');
    const { load } = loaderOf({});
    assert.equal(typeof evaluate(ledger, load)['SharedLedger'], 'function');
  });

  test('the dialogs are a file of their own', async () => {
    const dialogs = await shipped('dialogs');
    const { load } = loaderOf({ vscode: anything });
    assert.equal(typeof evaluate(dialogs, load)['Dialogs'], 'function');
  });

  test('HTTP sessions are a file of their own, and load undici at the first request', async () => {
    const http = await shipped('http');
    const { loaded, load } = loaderOf({ 'node:net': { ...net, Socket: RefusedSocket } });
    const { HttpClientSession } = evaluate(http, load) as unknown as typeof import('../../src/http/index.js');
    const session = new HttpClientSession('http://127.0.0.1:9');
    assert.ok(!loaded.includes('node:stream/web'), 'undici is not loaded before');
    await assert.rejects(session.request('/'), { code: 'ECONNREFUSED' });
    assert.ok(loaded.includes('node:assert'), 'undici is loaded now');
    await session.close();
  });

  test('what other extensions get is a file of its own', async () => {
    const api = await shipped('api');
    const { load } = loaderOf({ vscode: anything });
    assert.equal(typeof evaluate(api, load)['ApiDoor'], 'function');
  });

  test('what the API gives out of HTTP sessions is a file of its own, and loads no undici', async () => {
    const [http, apiHttp] = await Promise.all([shipped('http'), shipped('apiHttp')]);
    const { loaded, load } = loaderOf({});
    const vscode = { workspace: { getConfiguration: () => new Map() } };
    const own = { './http.js': evaluate(http, load), vscode };
    const made = evaluate(apiHttp, loaderOf(own).load) as unknown as {
      httpApi: (report: () => void) => { HttpClientSession: new (origin: string) => object };
    };
    const { HttpClientSession } = made.httpApi(() => undefined);
    assert.ok(Object.isSealed(new HttpClientSession('http://127.0.0.1:9')));
    assert.ok(!loaded.includes('node:stream/web'), 'undici is not loaded before the first request');
  });

  test('the package has every file that the extension loads', async () => {
    const parts = Object.keys(foldersOf);
    const made = await Promise.all(parts.map((name) => shipped(name)));
    const outputs = made.flatMap(({ metafile }) => Object.values(metafile.outputs));
    const loaded = outputs.flatMap(({ imports }) => imports.map((each) => each.path));
    const ours = ['./extension.js', ...loaded.filter((name) => name.startsWith('./'))];
    const files = new Set(ours.map((name) => path.posix.join('dist', name)));
    assert.deepEqual(
      [...files].sort(),
      [...parts, 'dbus-native', 'systeminformation'].sort().map((name) => `dist/${name}.js`),
    );
    const packaged = fs.readFileSync(path.join(root, '.vscodeignore'), 'utf8').split('\n');
    assert.deepEqual(
      [...files].filter((file) => !packaged.includes(`!${file}`)),
      [],
    );
  });
});
