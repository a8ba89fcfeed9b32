// Builds the extension, the engine for use outside the editor, and the tests.
//   node esbuild.js [--production] [--watch] [--tests [test file...]]
const esbuild = require('esbuild');
const fs = require('node:fs');
const path = require('node:path');

const flag = (name) => process.argv.includes(`--${name}`);
const production = flag('production');

/** Introspection is the only thing in dbus-native that needs xml2js, and nothing here introspects. */
const withoutXml = {
  name: 'without-xml2js',
  setup(build) {
    build.onResolve({ filter: /^xml2js$/ }, () => ({
      path: 'xml2js',
      namespace: 'absent',
    }));
    build.onLoad({ filter: /.*/, namespace: 'absent' }, () => ({
      contents: `throw new Error('xml2js is not part of this bundle');`,
    }));
  },
};

/**
 * The files that are read one by one as they are needed, each with the file of the source that it begins with. Whoever
 * imports that file requires the part beside it; all else that a part uses lies in it, so that it may hold copies of what
 * it shares with others. No part asks for the class of an object that another one made: failures have a brand.
 */
const parts = {
  /** What activation reads. */
  extension: 'src/extension.ts',
  platforms: 'src/platforms/choose.ts',
  /** How windows find each other. */
  broker: 'src/broker/open.ts',
  /** What the engine asks of it; a window that counts for itself reads neither. */
  ledger: 'src/broker/index.ts',
  /** What is asked of the person step by step. */
  dialogs: 'src/host/dialogs/dialogs.ts',
  /** What other extensions get, read when the first of them asks. */
  api: 'src/host/api/api.ts',
  /** HTTP sessions as the API gives them out. */
  apiHttp: 'src/host/api/http.ts',
  /** HTTP sessions, with undici in them, which they load at their first request. Platforms read it at their first suitability test. */
  http: 'src/http/index.ts',
};
const heavy = ['dbus-native', 'systeminformation'];
/** Inside files of ours. */
const bundled = ['vscode-jsonrpc', 'undici'];
/** What others made that lies inside of those packages without its licence: undici's parser is this one, as WebAssembly. */
const insidePackages = { 'llhttp 9.3.1': 'src/http/licenses/llhttp.txt' };
/** undici without its second parser, which it leaves out where it knows that it is bundled. */
const leanUndici = { esbuildDetection: 'true' };
const source = path.join(__dirname, 'src', path.sep);

/** The other parts, and the packages that are files of their own, are required as they lie in dist. */
const apartFrom = (own) => ({
  name: 'parts-apart',
  setup(build) {
    const begins = new Map(Object.entries(parts).map(([name, file]) => [path.join(__dirname, file), name]));
    build.onResolve({ filter: /^\..*\.js$/ }, ({ path: imported, resolveDir }) => {
      const file = path.join(resolveDir, imported.replace(/\.js$/, '.ts'));
      const part = begins.get(file);
      if (part !== undefined && part !== own) {
        return { path: `./${part}.js`, external: true };
      }
      // nothing of ours is imported for what it does: what a part does not use of the engine is left out
      return file.startsWith(source) ? { path: file, sideEffects: false } : undefined;
    });
    build.onResolve({ filter: new RegExp(`^(${heavy.join('|')})$`) }, ({ path: name }) => ({
      path: `./${name}.js`,
      external: true,
    }));
  },
});

const common = {
  absWorkingDir: __dirname,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  supported: { 'dynamic-import': false },
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'warning',
};
const shipped = {
  ...common,
  minify: production,
  sourcemap: production ? false : 'linked',
};

const testFiles = (suite) => {
  const dir = path.join(__dirname, 'test', suite);
  const files = fs.existsSync(dir) ? fs.readdirSync(dir, { recursive: true }).map(String) : [];
  return files
    .filter((file) => /\.(test|bench)\.ts$|(^|\/)index\.ts$/.test(file))
    .map((file) => path.join('test', suite, file));
};

const builds = [
  ...Object.entries(parts).map(([name, file]) => ({
    ...shipped,
    entryPoints: [file],
    outfile: `dist/${name}.js`,
    external: ['vscode'],
    plugins: [apartFrom(name)],
    ...(name === 'http' ? { define: leanUndici } : {}),
  })),
  {
    ...shipped,
    entryPoints: ['src/index.ts'],
    outfile: 'dist/engine.js',
    define: leanUndici,
    plugins: [withoutXml],
  },
  ...heavy.map((name) => ({
    ...shipped,
    sourcemap: false,
    entryPoints: { [name]: name },
    outdir: 'dist',
    plugins: [withoutXml],
  })),
];

/** Each test file becomes one of the same name below `out`. */
const testBuild = (entryPoints) => ({
  ...common,
  sourcemap: 'inline',
  packages: 'external',
  outdir: 'out/test',
  outbase: 'test',
  entryPoints,
  external: ['vscode', '*/dist/engine.js'],
});
if (flag('tests')) {
  const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  builds.push(testBuild(named.length > 0 ? named : ['unit', 'integration', 'lab', 'host', 'bench'].flatMap(testFiles)));
}

/** The licences of what is bundled want to go along with it. */
function writeLicenses() {
  const ofPackages = [...heavy, ...bundled].map((name) => {
    const folder = path.join(__dirname, 'node_modules', name);
    const { version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const license = fs.readdirSync(folder).find((file) => /^licen[cs]e(\.|$)/i.test(file));
    return licenseOf(`${name} ${version}`, path.join(folder, license));
  });
  const ofTheirParts = Object.entries(insidePackages).map(([name, file]) =>
    licenseOf(name, path.join(__dirname, file)),
  );
  const texts = [...ofPackages, ...ofTheirParts];
  fs.mkdirSync(path.join(__dirname, 'dist'), { recursive: true });
  fs.writeFileSync(path.join(__dirname, 'dist', 'third-party-licenses.txt'), texts.join('\n\n'));
}

const licenseOf = (name, file) => `${name}\n\n${fs.readFileSync(file, 'utf8').trim()}\n`;

/** One line when something is built anew, and one when everything is: who starts the extension waits for the second. */
function announceAll() {
  const unfinished = new Set(builds);
  console.log('build started');
  return (options) => ({
    name: 'announce',
    setup(build) {
      build.onStart(() => {
        if (unfinished.size === 0) {
          console.log('build started');
        }
        unfinished.add(options);
      });
      build.onEnd(() => {
        unfinished.delete(options);
        if (unfinished.size === 0) {
          console.log('all built');
        }
      });
    },
  });
}

async function watchAll() {
  const announce = announceAll();
  for (const options of builds) {
    const context = await esbuild.context({ ...options, plugins: [...(options.plugins ?? []), announce(options)] });
    await context.watch();
  }
}

async function buildAll() {
  writeLicenses();
  if (flag('watch')) {
    await watchAll();
    return;
  }
  for (const options of builds) {
    await esbuild.build(options);
  }
}

if (require.main === module) {
  buildAll().catch(() => process.exit(1));
}

/** For the test of the layers, which looks at what is built, not at something like it; and for watching single tests. */
module.exports = { builds, parts, testBuild };
