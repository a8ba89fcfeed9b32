// What the lab can do. The network itself is drawn in createLab.mjs.
import type { ChildProcess, SpawnOptions } from 'node:child_process';

/** The client, in which NetworkManager and the code under test run; its two gateways; the server behind both. */
export type Namespace = 'client' | 'left' | 'right' | 'server';

/** A process that the lab runs. */
export type Service = 'bus' | 'networkManager' | 'polkit' | 'server' | 'dhcp0' | 'dhcp1';

export interface Link {
  /** `veth0` leads to the gateway `left`, `veth1` to `right`. */
  readonly interface: string;
  /** With its prefix, as profiles have it. */
  readonly address: string;
  readonly gateway: string;
}

export interface ProgramOptions extends SpawnOptions {
  /** `client` by default. */
  readonly namespace?: Namespace;
  /** The number or name of the user to run it as; root by default. Who is not root is judged by polkit. */
  readonly user?: string;
}

export interface NetworkManagerOptions {
  /** Return when all is settled that starts by itself (the default), or as soon as it answers on the bus. */
  readonly settled?: boolean;
  /** Whether it asks polkit what other users than root may do. Start the stand-in too. */
  readonly polkit?: boolean;
  /** Interfaces that it must leave alone. */
  readonly unmanaged?: readonly string[];
  readonly logLevel?: string;
  /** More lines for its configuration file. */
  readonly extra?: string;
}

export interface Profile {
  /** The name; the UUID by default. */
  readonly id?: string;
  /** A new one by default. */
  readonly uuid?: string;
  /** As NetworkManager calls it; `ethernet` by default. */
  readonly type?: string;
  /** Takes interface, address and gateway from this link. */
  readonly link?: 0 | 1;
  readonly interface?: string;
  /** Of IPv4: `manual` if there is an address, else `auto`, which gets one if the gateway serves DHCP. */
  readonly method?: 'manual' | 'auto' | 'disabled' | 'link-local' | 'shared';
  readonly address?: string;
  readonly gateway?: string;
  readonly dns?: readonly string[];
  readonly metric?: number;
  /** False by default. */
  readonly autoconnect?: boolean;
  readonly metered?: 'yes' | 'no';
  /** More of the file, by section and key. */
  readonly sections?: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;
}

export class Lab {
  /** The lab inside which this process was started, by `exec`, `spawn` or `run`. */
  static attached(): Lab;

  readonly links: readonly [Link, Link];
  readonly serverUrl: string;

  /** For programs that talk to the lab's bus from outside of its namespaces; those started inside have it. */
  readonly environment: Readonly<Record<string, string>>;

  /** The name of the namespace on this machine. */
  namespace(name?: Namespace): string;
  /** A program inside the lab. */
  spawn(args: readonly string[], options?: ProgramOptions): ChildProcess;
  /** A program inside the lab, to its end; its output goes where ours goes. Resolves with its exit code. */
  exec(args: readonly string[], options?: ProgramOptions): Promise<number>;
  /** A program inside the lab, to its end. Resolves with what it printed, rejects if it fails. */
  run(args: readonly string[], options?: ProgramOptions & { input?: string }): Promise<string>;
  ip(namespace: Namespace, ...args: string[]): Promise<string>;
  ipBatch(namespace: Namespace, lines: readonly string[]): Promise<string>;
  nmcli(...args: string[]): Promise<string>;

  /**
   * @param options maxReplies: how many calls one program may have under way; 1024 by default, as on a system's bus. With
   *   2,000 profiles nmcli asks for more at once, and lists only those that it was answered.
   */
  startBus(options?: { maxReplies?: number }): Promise<void>;
  killBus(): Promise<void>;
  startNetworkManager(options?: NetworkManagerOptions): Promise<void>;
  stopNetworkManager(): Promise<void>;
  killNetworkManager(): Promise<void>;
  /** Starts the stand-in, or starts it again in another mode. Needs NetworkManager started with `polkit`. */
  startPolkit(mode?: 'allow' | 'deny' | 'challenge'): Promise<void>;
  stopPolkit(): Promise<void>;
  /** What dataServer.mjs serves, at `serverUrl`. Resolves with that. */
  startServer(): Promise<string>;
  stopServer(): Promise<void>;
  /** Lets the link's gateway serve DHCP. Resolves with the address that it gives. */
  startDhcp(link: 0 | 1, options?: { seconds?: number }): Promise<string>;
  stopDhcp(link: 0 | 1): Promise<void>;
  isRunning(service: Service): boolean;
  log(service?: Service): string;
  /** All as in a new lab: both links whole, no other device, no profile, NetworkManager and the bus running. */
  reset(options?: NetworkManagerOptions): Promise<void>;

  createLinks(): Promise<void>;
  /** Returns right after the cut; the kernel may take up to a second to tell of it. */
  pullCable(link: 0 | 1): Promise<void>;
  plugCable(link: 0 | 1): Promise<void>;
  /** Another device of the client; a `veth` (the default) has carrier and ends at the server. */
  addDevice(name: string, options?: { type?: string; address?: string }): Promise<void>;
  removeDevice(name: string): Promise<void>;

  /** Resolves with its UUID once NetworkManager, if it runs, has read it. */
  addProfile(profile: Profile): Promise<string>;
  addProfiles(profiles: readonly Profile[]): Promise<string[]>;
  deleteProfile(uuid: string): Promise<void>;

  /** Ends all that runs in the lab and removes it. */
  dispose(): void;
}
