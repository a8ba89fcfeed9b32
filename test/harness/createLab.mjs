// The shape of the lab: four network namespaces, none of them connected to this machine's own network.
//
//              10.9.0.0/24  left   10.98.0.0/30
//   client <                                     > server, 10.99.0.1
//              10.9.1.0/24  right  10.98.1.0/30
//
// In the client's namespace a dbus-daemon and a NetworkManager run, whose files are all in a temporary folder.
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { atExit } from './atExit.mjs';
import { lives } from './exclusively.mjs';
import { gateways, Lab, labNamespaces, removeLab } from './lab.mjs';
import { labToolsEnvironment } from './labTools.mjs';
import { inRoot } from './paths.mjs';
import { capture } from './processes.mjs';
import { modernNode } from './setup.mjs';

let count = 0;

const folderOf = (name) => path.join(tmpdir(), name);

/** @returns {Promise<Lab>} with its links; the services are not running yet. It is removed with this process */
export async function createLab() {
  const tools = labToolsEnvironment();
  sweep(tools);
  const name = `nsl-${process.pid}-${++count}`;
  const folder = folderOf(name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  chmodSync(folder, 0o755); // other users' programs talk to the bus as well
  const socket = path.join(folder, 'bus.sock');
  const lab = new Lab({
    name,
    folder,
    socket,
    environment: { ...tools, DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${socket}` },
    node: await modernNode(),
    scripts: inRoot('test/harness'),
  });
  atExit(() => lab.dispose());
  try {
    await connect(lab);
  } catch (error) {
    lab.dispose();
    throw error;
  }
  return lab;
}

/** @param {Lab} lab */
async function connect(lab) {
  for (const name of ['client', ...gateways, 'server']) {
    await capture('ip', ['netns', 'add', lab.namespace(name)], { env: { ...process.env, ...lab.environment } });
    await lab.ip(name, 'link', 'set', 'lo', 'up');
  }
  // As real routers do, they forward, and drop what comes from an address that is not theirs to serve.
  const settings = 'echo 1 > ip_forward; echo 1 > conf/all/rp_filter; echo 1 > conf/default/rp_filter';
  for (const gateway of gateways) {
    await lab.run(['sh', '-ec', `cd /proc/sys/net/ipv4; ${settings}`], { namespace: gateway });
  }
  await lab.createLinks();
  for (const [i, gateway] of gateways.entries()) {
    await lab.ipBatch(gateway, [
      `link add server type veth peer name ${gateway} netns ${lab.namespace('server')}`,
      `addr add 10.98.${i}.1/30 dev server`,
      'link set server up',
    ]);
    await lab.ipBatch('server', [
      `addr add 10.98.${i}.2/30 dev ${gateway}`,
      `link set ${gateway} up`,
      `route add 10.9.${i}.0/24 via 10.98.${i}.1`,
    ]);
    await lab.ip(gateway, 'route', 'add', 'default', 'via', `10.98.${i}.2`);
  }
  await lab.ip('server', 'addr', 'add', '10.99.0.1/32', 'dev', 'lo');
}

/** Removes what runs that were killed have left. */
function sweep(env) {
  const labs = new Set(labNamespaces().map((namespace) => /^nsl-\d+-\d+/.exec(namespace)?.[0]));
  for (const name of labs) {
    if (name && !lives(Number(name.split('-')[1]))) {
      removeLab(name, folderOf(name), { ...process.env, ...env });
    }
  }
}
