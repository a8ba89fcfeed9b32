// Builds the extension, the engine for use outside the editor, and the tests.
//   node esbuild.js [--production] [--tests] [--watch]
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

/** In the extension the heavy packages are files of their own, loaded when first needed. */
const heavy = ['dbus-native', 'systeminformation'];
const heavyApart = {
  name: 'heavy-packages-apart',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(${heavy.join('|')})$`) }, ({ path: name }) => ({
      path: `./${name}.js`,
      external: true,
    }));
  },
};

const common = {
  absWorkingDir: __dirname,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  supported: { 'dynamic-import': false },
  legalComments: 'none',
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
  {
    ...shipped,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    external: ['vscode'],
    plugins: [heavyApart],
  },
  {
    ...shipped,
    entryPoints: ['src/index.ts'],
    outfile: 'dist/engine.js',
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
if (flag('tests')) {
  const suites = ['unit', 'lab', 'host', 'bench'];
  const tests = {
    ...common,
    sourcemap: 'inline',
    packages: 'external',
    outdir: 'out/test',
    outbase: 'test',
  };
  builds.push({
    ...tests,
    entryPoints: suites.flatMap(testFiles),
    external: ['vscode', '*/dist/engine.js'],
  });
}

/** The licences of what is bundled want to go along with it. */
function writeLicenses() {
  const texts = heavy.map((name) => {
    const folder = path.dirname(require.resolve(`${name}/package.json`));
    const { version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    return `${name} ${version}\n\n${fs.readFileSync(path.join(folder, 'LICENSE'), 'utf8').trim()}\n`;
  });
  fs.mkdirSync(path.join(__dirname, 'dist'), { recursive: true });
  fs.writeFileSync(path.join(__dirname, 'dist', 'third-party-licenses.txt'), texts.join('\n\n'));
}

(async () => {
  writeLicenses();
  for (const options of builds) {
    if (flag('watch')) {
      await (await esbuild.context({ ...options, logLevel: 'info' })).watch();
    } else {
      await esbuild.build(options);
    }
  }
})().catch(() => process.exit(1));
