// The programs that the lab runs: NetworkManager, nmcli, dbus-daemon and ip. Where one is missing on Debian, its
// package is unpacked into a folder of the project. It is never installed: an installed NetworkManager would start
// as a service and take over the network of this machine.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { aptGet, aptGetUpdate, isDebian, isRoot } from './debian.mjs';
import { exclusively } from './exclusively.mjs';
import { inRoot } from './paths.mjs';
import { capture } from './processes.mjs';
import { findProgram, pathFolders } from './programs.mjs';
import { replaceFolder } from './replaceFolder.mjs';

const packageOf = {
  NetworkManager: 'network-manager',
  nmcli: 'network-manager',
  'dbus-daemon': 'dbus-daemon',
  ip: 'iproute2',
};
const toolsDir = inRoot('.tools/networkmanager');
const stamp = path.join(toolsDir, 'unpacked.json');

const systemFolders = () => [...pathFolders(), '/usr/sbin', '/sbin'];
const unpackedFolders = ['usr/sbin', 'usr/bin', 'sbin', 'bin'].map((folder) => path.join(toolsDir, folder));

/** @returns {string[]} the programs that are neither installed nor unpacked */
export const missingLabTools = () =>
  Object.keys(packageOf).filter((name) => !findProgram(name, [...systemFolders(), ...unpackedFolders]));

/** Unpacks what is missing, where Debian's packages can be had and the lab can be used: by root. */
export async function unpackLabTools() {
  if (isCurrent() || !isDebian || !isRoot) {
    return;
  }
  await exclusively('apt', async () => {
    if (!isCurrent()) {
      await unpack();
    }
  });
}

/** @returns {NodeJS.ProcessEnv} what makes the unpacked programs found, and makes them find their libraries */
export function labToolsEnvironment() {
  const libraries = ['usr/lib', 'lib']
    .map((folder) => path.join(toolsDir, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => path.join(folder, name)))
    .filter((folder) => /-linux-gnu\w*$/.test(folder));
  return {
    PATH: [...systemFolders(), ...unpackedFolders].join(path.delimiter),
    ...(libraries.length > 0 && { LD_LIBRARY_PATH: libraries.join(path.delimiter) }),
  };
}

/** What is installed on the system may come and go, and so may its release. */
const wanted = () =>
  JSON.stringify({
    programs: Object.keys(packageOf).filter((name) => !findProgram(name, systemFolders())),
    release: existsSync('/etc/debian_version') ? readFileSync('/etc/debian_version', 'utf8').trim() : '',
  });
const isCurrent = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted();

async function unpack() {
  const { programs } = JSON.parse(wanted());
  await replaceFolder(toolsDir, async (draft) => {
    if (programs.length > 0) {
      console.error(`Unpacking ${programs.join(', ')} for the lab…`);
      await aptGetUpdate();
      const packages = await packagesFor([...new Set(programs.map((name) => packageOf[name]))]);
      await aptGet(['download', ...packages], draft);
      for (const file of readdirSync(draft).filter((name) => name.endsWith('.deb'))) {
        await capture('dpkg-deb', ['-x', file, '.'], { cwd: draft });
        rmSync(path.join(draft, file));
      }
    }
    writeFileSync(path.join(draft, path.basename(stamp)), wanted());
  });
}

/** The packages and the libraries that they need and the system lacks; services and their helpers are left out. */
async function packagesFor(names) {
  const plan = await aptGet(['--simulate', 'install', '--no-install-recommends', ...names]);
  const added = [...plan.matchAll(/^Inst (\S+) \(/gm)].map(([, name]) => name); // an upgrade has [its old version] there
  return added.filter((name) => names.includes(name) || /^(lib(?!c6|c-|pam|nss)|dbus)/.test(name));
}
