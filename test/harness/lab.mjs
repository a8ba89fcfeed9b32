// A network of our own with a real NetworkManager on it, see createLab.mjs for its shape. This file is bundled into the
// tests that run inside the lab, so it finds everything by the lab's description and nothing by its own place.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { keyfile } from './keyfile.mjs';
import { busConfiguration, networkManagerConfiguration } from './labConfiguration.mjs';
import { asUser, capture, run } from './processes.mjs';

const START_MS = 20_000;
const STOP_MS = 10_000;

/** The environment variable that holds the description of the lab in which a process runs. */
const variable = 'NETWORK_SESSIONS_LAB';

/** The namespaces that the client's links lead to. */
export const gateways = ['left', 'right'];

/** The gateway's end of a link comes up; the route is for answers of DHCP, and goes whenever the link goes down. */
const gatewayUp = ['link set client up', 'route replace 255.255.255.255/32 dev client'];

export class Lab {
  #description;
  /** The client's two ways to the server. */
  links = [0, 1].map((i) => ({ interface: `veth${i}`, address: `10.9.${i}.2/24`, gateway: `10.9.${i}.1` }));
  serverUrl = 'http://10.99.0.1:8080';

  constructor(description) {
    this.#description = description;
  }

  /** The lab inside which this process was started, by `exec` or `spawn`. */
  static attached() {
    const text = process.env[variable];
    if (text === undefined) {
      throw new Error('This runs inside the lab only: npm run test:lab');
    }
    return new Lab(JSON.parse(text));
  }

  get environment() {
    return { ...this.#description.environment, [variable]: JSON.stringify(this.#description) };
  }

  get #folder() {
    return this.#description.folder;
  }

  // Programs

  namespace(name = 'client') {
    return `${this.#description.name}-${name}`;
  }

  #within(namespace, args, user) {
    return ['netns', 'exec', this.namespace(namespace), ...asUser(user), ...args];
  }

  #env(env) {
    return { ...process.env, ...this.environment, ...env };
  }

  spawn(args, { namespace, user, env, ...options } = {}) {
    return spawn('ip', this.#within(namespace, args, user), { ...options, env: this.#env(env) });
  }

  exec(args, { namespace, user, env, ...options } = {}) {
    return run('ip', this.#within(namespace, args, user), { ...options, env: this.#env(env) });
  }

  run(args, { namespace, user, env, ...options } = {}) {
    return capture('ip', this.#within(namespace, args, user), { ...options, env: this.#env(env) });
  }

  ip(namespace, ...args) {
    return capture('ip', ['-n', this.namespace(namespace), ...args], { env: this.#env() });
  }

  /** Several commands of `ip`, a line each, in one process. */
  ipBatch(namespace, lines) {
    return capture('ip', ['-n', this.namespace(namespace), '-batch', '-'], {
      env: this.#env(),
      input: lines.join('\n'),
    });
  }

  nmcli(...args) {
    return capture('nmcli', args, { env: { ...this.#env(), LC_ALL: 'C' } });
  }

  // Services. Any process of the lab may end what another one started, so their pids lie in files.

  #pidFile(service) {
    return path.join(this.#folder, `${service}.pid`);
  }

  #pid(service) {
    try {
      return Number(readFileSync(this.#pidFile(service), 'utf8'));
    } catch {
      return undefined;
    }
  }

  isRunning(service) {
    const pid = this.#pid(service);
    return pid !== undefined && isAlive(pid);
  }

  log(service = 'networkManager') {
    try {
      return readFileSync(path.join(this.#folder, `${service}.log`), 'utf8');
    } catch {
      return '';
    }
  }

  /** Starts a service; with `ready`, until it has printed its first words. */
  async #start(service, namespace, args, { ready = true } = {}) {
    if (this.isRunning(service)) {
      throw new Error(`${service} is running already`);
    }
    const log = openSync(path.join(this.#folder, `${service}.log`), 'a');
    const child = this.spawn(args, { namespace, stdio: ['ignore', ready ? 'pipe' : log, log] });
    closeSync(log);
    await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`${service} ended with ${code}:\n${this.log(service)}`)));
      if (ready) {
        child.stdout.once('data', resolve);
      } else {
        child.once('spawn', resolve);
      }
    });
    writeFileSync(this.#pidFile(service), String(child.pid));
    child.stdout?.destroy();
    child.unref();
  }

  #script(service, namespace, script, ...args) {
    const { node, scripts } = this.#description;
    return this.#start(service, namespace, [node, path.join(scripts, script), ...args]);
  }

  async #stop(service, signal) {
    const pid = this.#pid(service);
    if (pid === undefined || !isAlive(pid)) {
      return;
    }
    process.kill(pid, signal);
    await until(() => !isAlive(pid), STOP_MS, `the end of ${service}`);
  }

  async startBus(options) {
    const file = path.join(this.#folder, 'bus.conf');
    rmSync(this.#description.socket, { force: true });
    writeFileSync(file, busConfiguration({ ...options, socket: this.#description.socket }));
    await this.#start('bus', 'client', ['dbus-daemon', `--config-file=${file}`, '--nofork', '--print-address']);
  }

  killBus() {
    return this.#stop('bus', 'SIGKILL');
  }

  async startNetworkManager({ settled = true, ...options } = {}) {
    const folder = this.#folder;
    const file = path.join(folder, 'NetworkManager.conf');
    writeFileSync(file, networkManagerConfiguration({ ...options, profiles: this.#profiles }));
    for (const own of ['run/NetworkManager', 'lib/NetworkManager', 'profiles']) {
      mkdirSync(path.join(folder, own), { recursive: true });
    }
    const script = `
      mount -o remount,ro /sys                     # or it would wait for udev, which does not run here
      mount --bind ${folder}/run /run
      mount --bind ${folder}/lib /var/lib
      [ ! -e /dev/rfkill ] || mount --bind /dev/null /dev/rfkill
      exec NetworkManager --debug --config=${file} --config-dir=/nonexistent --intern-config=/nonexistent \
        --system-config-dir=/nonexistent --state-file=${folder}/NetworkManager.state --pid-file=${folder}/unused.pid`;
    await this.#start('networkManager', 'client', ['sh', '-ec', script], { ready: false });
    await this.#untilNetworkManagerIs(settled ? /^running:started$/m : /^running:/m);
  }

  #untilNetworkManagerIs(state) {
    const look = async () => {
      if (!this.isRunning('networkManager')) {
        throw new Error(`NetworkManager ended:\n${this.log().slice(-3000)}`);
      }
      return state.test(await this.nmcli('-t', '-f', 'RUNNING,STARTUP', 'general').catch(String));
    };
    return until(look, START_MS, 'NetworkManager on the bus');
  }

  stopNetworkManager() {
    return this.#endNetworkManager('SIGTERM');
  }

  killNetworkManager() {
    return this.#endNetworkManager('SIGKILL');
  }

  /** The bus has to notice as well: until then its name is taken. */
  async #endNetworkManager(signal) {
    await this.#stop('networkManager', signal);
    if (this.isRunning('bus')) {
      const isGone = async () => /not running/i.test(await this.nmcli('general').catch(String));
      await until(isGone, STOP_MS, "the release of NetworkManager's name");
    }
  }

  async startPolkit(mode = 'allow') {
    await this.stopPolkit();
    await this.#script('polkit', 'client', 'polkit.mjs', mode);
  }

  stopPolkit() {
    return this.#stop('polkit', 'SIGTERM');
  }

  async startServer() {
    if (!this.isRunning('server')) {
      await this.#script('server', 'server', 'dataServer.mjs');
    }
    return this.serverUrl;
  }

  stopServer() {
    return this.#stop('server', 'SIGTERM');
  }

  async startDhcp(i, { seconds = 3600 } = {}) {
    const { gateway } = this.links[i];
    const given = gateway.replace(/\d+$/, '50');
    await this.#script(`dhcp${i}`, gateways[i], 'dhcpServer.mjs', gateway, given, String(seconds));
    return given;
  }

  stopDhcp(i) {
    return this.#stop(`dhcp${i}`, 'SIGTERM');
  }

  /** Everything as in a new lab; NetworkManager runs anew and without profiles. */
  async reset(options) {
    await Promise.all([this.killNetworkManager(), this.stopPolkit(), this.stopDhcp(0), this.stopDhcp(1)]);
    for (const name of ['profiles', 'run', 'lib', 'NetworkManager.state', 'networkManager.log']) {
      rmSync(path.join(this.#folder, name), { recursive: true, force: true });
    }
    await this.createLinks();
    if (!this.isRunning('bus')) {
      await this.startBus();
    }
    await this.startNetworkManager(options);
  }

  // Links and devices

  /** Both links between the client and its gateways, afresh, and no other device or rule. */
  async createLinks() {
    const devices = JSON.parse(await this.ip('client', '-json', 'link', 'show'));
    const old = devices.map(({ ifname }) => ifname).filter((name) => name !== 'lo');
    await this.ipBatch('client', [
      ...old.map((name) => `link del ${name}`),
      'rule flush', // all but the first, which is for the machine's own addresses
      'rule add priority 32766 lookup main',
      'rule add priority 32767 lookup default',
      `link add veth0 type veth peer name client netns ${this.namespace('left')}`,
      `link add veth1 type veth peer name client netns ${this.namespace('right')}`,
    ]);
    await Promise.all(
      this.links.map((link, i) => this.ipBatch(gateways[i], [`addr add ${link.gateway}/24 dev client`, ...gatewayUp])),
    );
  }

  async pullCable(i) {
    await this.ip(gateways[i], 'link', 'set', 'client', 'down');
  }

  async plugCable(i) {
    await this.ipBatch(gateways[i], gatewayUp);
  }

  async addDevice(name, { type = 'veth', address } = {}) {
    const peer = type === 'veth' ? `peer name ${name} netns ${this.namespace('server')}` : '';
    await this.ipBatch('client', [
      `link add ${name} ${address ? `address ${address} ` : ''}type ${type} ${peer}`,
      `link set ${name} up`,
    ]);
    if (peer) {
      await this.ip('server', 'link', 'set', name, 'up');
    }
  }

  async removeDevice(name) {
    await this.ip('client', 'link', 'del', name);
  }

  // Profiles

  get #profiles() {
    return path.join(this.#folder, 'profiles');
  }

  async addProfile(profile) {
    const [uuid] = await this.addProfiles([profile]);
    return uuid;
  }

  async addProfiles(profiles) {
    const whole = profiles.map((profile) => ({
      uuid: randomUUID(),
      secret: randomBytes(32).toString('base64'),
      ...(profile.link !== undefined && this.links[profile.link]),
      ...profile,
    }));
    mkdirSync(this.#profiles, { recursive: true });
    for (const profile of whole) {
      writeFileSync(path.join(this.#profiles, `${profile.uuid}.nmconnection`), keyfile(profile), { mode: 0o600 });
    }
    if (this.isRunning('networkManager')) {
      await this.nmcli('connection', 'reload');
    }
    return whole.map(({ uuid }) => uuid);
  }

  async deleteProfile(uuid) {
    await this.nmcli('connection', 'delete', 'uuid', uuid);
  }

  // The end

  /** Ends what runs in the lab, then removes it. Synchronous, so that it can be done while the process exits. */
  dispose() {
    removeLab(this.#description.name, this.#folder, this.#env());
  }
}

/**
 * @param {string} name
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 */
export function removeLab(name, folder, env) {
  const ip = (...args) => spawnSync('ip', args, { env, encoding: 'utf8' }).stdout ?? '';
  for (const namespace of labNamespaces().filter((each) => each.startsWith(`${name}-`))) {
    // Whoever is in a namespace of ours was started by us.
    for (const pid of ip('netns', 'pids', namespace).split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // ended meanwhile
      }
    }
    ip('netns', 'del', namespace);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** @returns {string[]} the namespaces of all labs on this machine */
export function labNamespaces() {
  try {
    return readdirSync('/run/netns').filter((name) => name.startsWith('nsl-'));
  } catch {
    return [];
  }
}

/** A process that has ended may remain as a zombie until its parent looks. */
function isAlive(pid) {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/**
 * @param {() => boolean | Promise<boolean>} condition
 * @param {number} patience in ms
 * @param {string} what is awaited, for the error
 */
async function until(condition, patience, what) {
  const deadline = Date.now() + patience;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(`waited ${patience / 1000} s for ${what}`);
    }
    await delay(10);
  }
}
