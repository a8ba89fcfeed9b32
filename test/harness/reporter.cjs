// mocha's report for people, and its counts in a file for the command that adds them up.
const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.NETWORK_SESSIONS_COUNTS;
    if (file !== undefined) {
      runner.once('end', () => {
        const { passes, failures, pending } = runner.stats;
        writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
      });
    }
  }
};
