// Runs in the extension host: activates an empty extension, then ours, and writes down how long each took. Another empty
// one goes first, so that neither pays for what VS Code does only once.
const { appendFileSync } = require('node:fs');
const vscode = require('vscode');

/** Milliseconds in which a window that has just opened settles: the browser's work for it is not ours to measure. */
const settling = 3_000;

exports.run = async () => {
  await new Promise((resolve) => setTimeout(resolve, settling));
  const took = {};
  for (const id of ['bench.first', 'bench.empty', 'network-sessions.network-sessions']) {
    const extension = vscode.extensions.getExtension(id);
    if (extension === undefined || extension.isActive) {
      throw new Error(`${id} is ${extension === undefined ? 'not there' : 'active already'}`);
    }
    const started = performance.now();
    await extension.activate();
    took[id] = performance.now() - started;
  }
  appendFileSync(process.env.NETWORK_SESSIONS_FIGURES, `${JSON.stringify(took)}\n`);
};
