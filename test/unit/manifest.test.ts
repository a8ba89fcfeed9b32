// package.json, the texts and the code must tell the same story, both ways.
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { sentences } from '../../src/engine/index.js';
import {
  commandId,
  commandNames,
  configurationsViewId,
  containerId,
  contextKeys,
  itemWords,
  sessionsViewId,
} from '../../src/host/model/names.js';
import { networksKey, testProblemSentences } from '../../src/host/model/serviceNetworks.js';
import { settingKeys, settingRules } from '../../src/host/model/settingRules.js';

interface Menu {
  readonly command: string;
  readonly when?: string;
  readonly group?: string;
}
interface Manifest {
  readonly icon: string;
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly {
      command: string;
      title: string;
      category: string;
      icon?: string;
      enablement?: string;
    }[];
    readonly configuration: { readonly properties: Readonly<Record<string, Record<string, unknown>>> };
    readonly viewsContainers: { readonly activitybar: readonly { id: string; icon: string }[] };
    readonly views: Readonly<Record<string, readonly { id: string; icon: string }[]>>;
    readonly viewsWelcome: readonly { view: string; when: string; contents: string }[];
    readonly menus: Readonly<Record<string, readonly Menu[]>>;
  };
}

const root = path.resolve(__dirname, '../../..');
const read = (file: string) => fs.readFileSync(path.join(root, file), 'utf8');
const sorted = (values: Iterable<string>) => [...new Set(values)].sort();
const manifest = JSON.parse(read('package.json')) as Manifest;
const { contributes } = manifest;
const menus = Object.values(contributes.menus).flat();
const clauses = [
  ...menus.map(({ when }) => when ?? ''),
  ...contributes.commands.map(({ enablement }) => enablement ?? ''),
  ...contributes.viewsWelcome.map(({ when }) => when),
];

/** All files that put text before a person, and so may say `t('…')`. */
const sources = [
  'src/extension.ts',
  ...fs
    .readdirSync(path.join(root, 'src/host'), { recursive: true })
    .map((file) => `src/host/${String(file)}`)
    .filter((file) => file.endsWith('.ts')),
].map((file) => ({ file, code: read(file) }));

const unquote = (literal: string) =>
  literal
    .slice(1, -1)
    .replace(/\\u([0-9a-f]{4})|\\(.)/gi, (_, code: string | undefined, letter: string) =>
      code === undefined ? letter : String.fromCharCode(Number.parseInt(code, 16)),
    );

suite('manifest', () => {
  test('commands: those of the manifest are those of the code', () => {
    assert.deepEqual(sorted(contributes.commands.map(({ command }) => command)), sorted(commandNames.map(commandId)));
    for (const { category, icon } of contributes.commands) {
      assert.equal(category, 'Network Sessions');
      assert.match(icon ?? '', /^\$\([a-z-]+\)$/);
    }
  });

  test('menus and links name commands that are there', () => {
    const known = new Set(commandNames.map(commandId));
    assert.deepEqual(
      menus.map(({ command }) => command).filter((command) => !known.has(command)),
      [],
    );
    const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
    for (const text of Object.values(texts)) {
      for (const [, command = ''] of text.matchAll(/\(command:([\w.]+)/g)) {
        assert.ok(known.has(command) || command === 'workbench.action.openSettings', command);
      }
    }
  });

  test('only the table registers commands, only the door sets context keys', () => {
    const using = (word: string) => sources.filter(({ code }) => code.includes(word)).map(({ file }) => file);
    assert.deepEqual(using('registerCommand('), ['src/host/shell/commands.ts']);
    assert.deepEqual(using("'setContext'"), ['src/host/editor/contextKeys.ts']);
    // our settings, and those of the editor itself
    assert.deepEqual(using('getConfiguration(').sort(), [
      'src/host/editor/httpSettings.ts',
      'src/host/editor/settings.ts',
    ]);
  });

  test('settings: name, kind, default and limits', () => {
    const { properties } = contributes.configuration;
    const keys = [...settingKeys, networksKey].map((key) => `networkSessions.${key}`);
    assert.deepEqual(sorted(Object.keys(properties)), sorted(keys));
    for (const key of settingKeys) {
      const rule = settingRules[key];
      const property = properties[`networkSessions.${key}`] ?? {};
      assert.deepEqual(property['default'], rule.fallback, key);
      assert.match(String(property['markdownDescription']), /^%/, key);
      assert.equal(typeof property['order'], 'number', key);
      if (rule.kind === 'oneOf') {
        assert.deepEqual(property['enum'], rule.values, key);
        assert.equal((property['markdownEnumDescriptions'] as unknown[]).length, rule.values.length, key);
      } else if (rule.kind === 'whole') {
        assert.deepEqual([property['minimum'], property['maximum']], [rule.minimum, rule.maximum], key);
      } else if (rule.kind === 'address') {
        const pattern = new RegExp(String(property['pattern']));
        assert.deepEqual(
          ['', 'http://a', 'https://a/b', 'ftp://a', 'a'].map((each) => pattern.test(each)),
          [true, true, true, false, false],
          key,
        );
      } else {
        const parts = property['properties'] as Record<string, Record<string, unknown>>;
        assert.deepEqual(Object.keys(parts), Object.keys(rule.fallback as object), key);
        assert.equal(property['additionalProperties'], false, key);
        for (const part of Object.values(parts)) {
          assert.deepEqual([part['minimum'], part['maximum']], [rule.minimum, rule.maximum], key);
        }
      }
    }
    for (const key of ['platform', 'sessions.lastClose', 'sessions.linger', 'internet.roaming', networksKey]) {
      assert.equal(properties[`networkSessions.${key}`]?.['scope'], 'application', `${key} touches the machine`);
    }
    assert.equal(properties['networkSessions.probeUrl']?.['scope'], 'application', 'no folder decides whom to contact');
  });

  test('views and their container', () => {
    assert.deepEqual(
      contributes.viewsContainers.activitybar.map(({ id }) => id),
      [containerId],
    );
    assert.deepEqual(Object.keys(contributes.views), [containerId]);
    assert.deepEqual(sorted((contributes.views[containerId] ?? []).map(({ id }) => id)), [
      configurationsViewId,
      sessionsViewId,
    ]);
    const icons = [
      manifest.icon,
      ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
      ...Object.values(contributes.views).flatMap((views) => views.map(({ icon }) => icon)),
    ];
    for (const icon of icons) {
      assert.ok(fs.existsSync(path.join(root, icon)), icon);
    }
  });

  test('context keys: those that clauses ask for are those that the code sets', () => {
    const views = new Set([configurationsViewId, sessionsViewId]);
    const asked = clauses.flatMap((clause) => clause.match(/networkSessions\.[\w.]+/g) ?? []);
    for (const [, view = ''] of clauses.join('\n').matchAll(/\bview == ([\w.]+)/g)) {
      assert.ok(views.has(view), view);
    }
    assert.deepEqual(sorted(asked.filter((name) => !views.has(name))), sorted(Object.keys(contextKeys)));
  });

  test('words of items: those that clauses ask for are those that the code gives', () => {
    const asked = clauses
      .flatMap((clause) => [...clause.matchAll(/viewItem =~ \/\\b\(?([\w|]+)\)?\\b\//g)])
      .flatMap(([, words = '']) => words.split('|'));
    // these tell the kind to other extensions' menus, and are not asked for here
    assert.deepEqual(sorted([...asked, 'closing', 'session', 'elsewhere']), sorted(itemWords));
    assert.equal(
      clauses.join('').split('viewItem =~').length - 1,
      clauses.join('').match(/viewItem =~ \/\\b/g)?.length,
    );
  });

  test('every %key% is in package.nls.json, and no text is left over', () => {
    const used = [...read('package.json').matchAll(/"%([^%"]+)%"/g)].map(([, key = '']) => key);
    assert.deepEqual(sorted(Object.keys(JSON.parse(read('package.nls.json')) as object)), sorted(used));
  });

  test('every text in code is in the bundle of texts, and none is left over', () => {
    const used = [...Object.values(sentences), ...testProblemSentences];
    for (const { file, code } of sources) {
      for (const [call, literal] of code.matchAll(
        /(?<![\w.])(?:l10n\.)?t\(\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^)])/g,
      )) {
        if (literal === undefined || !/^['"]/.test(literal)) {
          // the two places where the text comes from a table, and the door itself
          const tables = ['src/host/model/sentences.ts', 'src/host/model/serviceNetworks.ts'];
          assert.ok([...tables, 'src/host/editor/translation.ts'].includes(file), `${file}: ${call}`);
        } else {
          used.push(unquote(literal));
        }
      }
    }
    const bundle = JSON.parse(read('l10n/bundle.l10n.json')) as Record<string, string>;
    assert.deepEqual(sorted(Object.keys(bundle)), sorted(used));
    for (const [key, text] of Object.entries(bundle)) {
      assert.equal(text, key, 'the bundle without a language is the English');
    }
  });

  test('texts for the person go through t', () => {
    for (const { file, code } of sources) {
      assert.doesNotMatch(code, /show(Error|Warning|Information)Message\(\s*['"`]/, file);
    }
  });

  test('it starts with the editor, for the status bar; views and commands start it by themselves', () => {
    assert.deepEqual(manifest.activationEvents, ['onStartupFinished']);
  });

  test('the contract that other extensions copy has the numbers of the engine', async () => {
    const contract = read('src/host/api/network-sessions.d.ts');
    const engine = (await import('../../src/engine/index.js')) as unknown as Record<string, Record<string, number>>;
    const enums = [...contract.matchAll(/^ {2}readonly (\w+): \{([^}]*)\}/gm)];
    assert.ok(enums.length >= 8);
    for (const [, name = '', body = ''] of enums) {
      const members = [...body.matchAll(/readonly '?(\w+)'?: (\d+)/g)].map(([, member = '', number]) => [
        member,
        Number(number),
      ]);
      const numbers = Object.entries(engine[name] ?? {}).filter(([, value]) => typeof value === 'number');
      assert.deepEqual(Object.fromEntries(members), Object.fromEntries(numbers), name);
    }
    assert.doesNotMatch(contract, /^\s*import /m, 'it stands alone');
    assert.doesNotMatch(contract, /\benum \w+ \{/, 'who copies it has types only, and compiles file by file');
  });
});
