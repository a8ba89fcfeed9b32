// Programs of Debian packages that are unpacked into a folder of the project, and never installed: what is installed
// would start as a service, and may take over this machine.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { aptGet, aptGetUpdate, isDebian, isRoot } from './debian.mjs';
import { exclusively } from './exclusively.mjs';
import { inRoot } from './paths.mjs';
import { capture } from './processes.mjs';
import { findProgram, pathFolders } from './programs.mjs';
import { replaceFolder } from './replaceFolder.mjs';

const systemFolders = () => [...pathFolders(), '/usr/sbin', '/sbin'];

/** Programs that are needed, of the system or unpacked. */
export class UnpackedPrograms {
  #packageOf;
  #purpose;
  #folder;
  #stamp;
  #folders;

  /**
   * @param {string} name of the folder
   * @param {string} purpose
   * @param {Readonly<Record<string, string>>} packageOf the package that each program is in
   */
  constructor(name, purpose, packageOf) {
    this.#packageOf = packageOf;
    this.#purpose = purpose;
    this.#folder = inRoot('.tools', name);
    this.#stamp = path.join(this.#folder, 'unpacked.json');
    this.#folders = ['usr/sbin', 'usr/bin', 'sbin', 'bin'].map((folder) => path.join(this.#folder, folder));
  }

  /** @returns {string[]} the programs that are neither installed nor unpacked */
  missing() {
    return Object.keys(this.#packageOf).filter((name) => !findProgram(name, [...systemFolders(), ...this.#folders]));
  }

  /** Unpacks what is missing, where Debian's packages can be had, by root. */
  async unpack() {
    if (this.#isCurrent() || !isDebian || !isRoot) {
      return;
    }
    await exclusively('apt', async () => {
      if (!this.#isCurrent()) {
        await this.#unpack();
      }
    });
  }

  /** @returns {NodeJS.ProcessEnv} what makes the unpacked programs found, and makes them find their libraries */
  environment() {
    const libraries = ['usr/lib', 'lib']
      .map((folder) => path.join(this.#folder, folder))
      .filter((folder) => existsSync(folder))
      .flatMap((folder) => readdirSync(folder).map((name) => path.join(folder, name)))
      .filter((folder) => /-linux-gnu\w*$/.test(folder));
    return {
      PATH: [...systemFolders(), ...this.#folders].join(path.delimiter),
      ...(libraries.length > 0 && { LD_LIBRARY_PATH: libraries.join(path.delimiter) }),
    };
  }

  /** What is installed on the system may come and go, and so may its release. */
  #wanted() {
    return JSON.stringify({
      programs: Object.keys(this.#packageOf).filter((name) => !findProgram(name, systemFolders())),
      release: existsSync('/etc/debian_version') ? readFileSync('/etc/debian_version', 'utf8').trim() : '',
    });
  }

  #isCurrent() {
    return existsSync(this.#stamp) && readFileSync(this.#stamp, 'utf8') === this.#wanted();
  }

  async #unpack() {
    const { programs } = JSON.parse(this.#wanted());
    await replaceFolder(this.#folder, async (draft) => {
      if (programs.length > 0) {
        console.error(`Unpacking ${programs.join(', ')} for ${this.#purpose}…`);
        await aptGetUpdate();
        const packages = await packagesFor([...new Set(programs.map((name) => this.#packageOf[name]))]);
        await aptGet(['download', ...packages], draft);
        for (const file of readdirSync(draft).filter((name) => name.endsWith('.deb'))) {
          await capture('dpkg-deb', ['-x', file, '.'], { cwd: draft });
          rmSync(path.join(draft, file));
        }
      }
      writeFileSync(path.join(draft, path.basename(this.#stamp)), this.#wanted());
    });
  }
}

/** The packages and the libraries that they need and the system lacks; services and their helpers are left out. */
async function packagesFor(names) {
  const plan = await aptGet(['--simulate', 'install', '--no-install-recommends', ...names]);
  const added = [...plan.matchAll(/^Inst (\S+) \(/gm)].map(([, name]) => name); // an upgrade has [its old version] there
  return added.filter((name) => names.includes(name) || /^(lib(?!c6|c-|pam|nss)|dbus)/.test(name));
}
