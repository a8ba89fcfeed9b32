// No file is too long to be read in one go.
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';

const root = path.resolve(__dirname, '../../..');
const most = 400;

/** What other extensions are given has to be one file. */
const contract = 'network-sessions.d.ts';

/** Those that are longer, by name, with the lines that they may have. This list only gets shorter, and so do they. */
const longer: Readonly<Record<string, number>> = {
  'broker/book.ts': 467,
  'broker/broker.ts': 535,
  'broker/channel.ts': 422,
  'broker/entry.ts': 745,
  'broker/messages.ts': 590,
  'broker/sharedAccount.ts': 613,
  'engine/accessPoint.ts': 706,
  'engine/configurationManager.ts': 578,
  'engine/mover.ts': 551,
  'engine/networkMember.ts': 550,
  'engine/stopping.ts': 569,
  'http/clientSession.ts': 406,
  'http/serverSession.ts': 564,
  'platforms/networkManager/activator.ts': 418,
  'platforms/networkManager/index.ts': 422,
  'platforms/networkManager/routing.ts': 432,
};

const lengths = new Map(
  fs
    .readdirSync(path.join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && file.name.endsWith('.ts') && file.name !== contract)
    .map((file) => path.join(file.parentPath, file.name))
    .map((file) => [path.relative(path.join(root, 'src'), file).replaceAll(path.sep, '/'), linesOf(file)] as const),
);

function linesOf(file: string): number {
  return fs.readFileSync(file, 'utf8').split('\n').length - 1;
}

suite('the length of files', () => {
  test(`no file of the source has more than ${most} lines, but those that are known to, and these do not grow`, () => {
    const tooLong = [...lengths].filter(([file, lines]) => lines > (longer[file] ?? most));
    assert.deepEqual(tooLong, [], 'another class wants to be out of it');
  });

  test('the list of those that are known names no other', () => {
    const done = Object.keys(longer).filter((file) => (lengths.get(file) ?? 0) <= most);
    assert.deepEqual(done, [], 'these are short or somewhere else by now: take them out of the list');
  });
});
