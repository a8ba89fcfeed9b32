// What suites need of this machine. Each tells why it cannot be had and what would help, or nothing if it is there.
import { spawnSync } from 'node:child_process';
import { findChromium } from './chromium.mjs';
import { isRoot } from './debian.mjs';
import { missingLabTools } from './labTools.mjs';
import { canProvision } from './provision.mjs';

/** @returns {string | undefined} */
export const whyNoBrowser = () =>
  findChromium() ? undefined : 'there is no Chromium; install one or name it in $CHROMIUM';

/** @returns {string | undefined} */
export const whyNoHost = () =>
  canProvision ? whyNoBrowser() : 'the VS Code from npm is for Linux x64; run it there, for example in a container';

/** @returns {string | undefined} */
export function whyNoLab() {
  if (process.platform !== 'linux') {
    return 'it is made of network namespaces; run it on Linux, for example in a privileged container';
  }
  if (!isRoot) {
    return 'only root may make network namespaces; run it as root';
  }
  if (spawnSync('unshare', ['--net', '--mount', 'true']).status !== 0) {
    return 'this root may not make network namespaces; give the container CAP_SYS_ADMIN and CAP_NET_ADMIN';
  }
  const missing = missingLabTools();
  return missing.length > 0 ? `${missing.join(', ')} not found; install them, or use Debian` : undefined;
}
