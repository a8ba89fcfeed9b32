import type { Bus, Signal } from '../dbus/bus.js';
import { standardInterfaces } from '../dbus/names.js';
import { type Dictionary, dictionary, entry, number, text, texts } from '../dbus/values.js';
import { ActivationState, DeviceState, interfaces, rootPath, settingsPath } from './names.js';
import { type Profile, parseProfile } from './profile.js';

/** The properties of an object, by interface. */
export type Properties = Record<string, Dictionary>;

/** An activation that is over, or about to be: its end is told twice if it takes a while. */
export interface EndedActivation {
  readonly path: string;
  /** The UUID of its profile. */
  readonly identifier: string;
  readonly devices: readonly string[];
  readonly isVpn: boolean;
  readonly isOver: boolean;
  /** The last reason that its device gave for a change of state; 0 when it gave none. */
  readonly deviceReason: number;
  /** The activation's own reason, which says something for a VPN only. */
  readonly reason: number;
}

export interface TreeListener {
  /** Something in it is different now. */
  changed(): void;
  /** The permissions may be different now. */
  permissionsChanged(): void;
}

/** Calls in flight while the profiles are read; a bus may allow as few as 128. */
const pipelined = 32;

/**
 * The mirror of NetworkManager's objects. Nothing of it is trusted: it is as the bus sent it, and read through `values`.
 * A reply takes its place in the order of signals, so that none of these is lost or applied twice.
 */
export class ObjectTree {
  readonly #bus: Bus;
  readonly #owner: string;
  readonly #listener: TreeListener;
  readonly #objects = new Map<string, Properties>();
  readonly #profiles = new Map<string, Profile>();
  /** Profiles whose settings are being read: true when they have changed meanwhile. */
  readonly #reading = new Map<string, boolean>();
  readonly #reasons = new Map<string, number>();
  #ended: EndedActivation[] = [];
  /** Paths of activations that are over and still shown. */
  readonly #overPaths = new Set<string>();
  #loaded = false;
  #closed = false;

  /** `owner` is the unique name of the service: only its signals count, and it is only this one that is asked. */
  constructor(bus: Bus, owner: string, listener: TreeListener) {
    this.#bus = bus;
    this.#owner = owner;
    this.#listener = listener;
  }

  /** All objects by their path. */
  get objects(): ReadonlyMap<string, Properties> {
    return this.#objects;
  }

  /** The profiles whose settings are known, by their path. */
  get profiles(): ReadonlyMap<string, Profile> {
    return this.#profiles;
  }

  /** One interface of an object; empty when there is none. */
  properties(path: string, name: string): Dictionary {
    return dictionary(this.#objects.get(path)?.[name]);
  }

  /** What ended since the last call. */
  takeEnded(): readonly EndedActivation[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  /** Nothing that comes now counts any more. */
  close(): void {
    this.#closed = true;
  }

  /**
   * Reads all objects, and the settings of profiles that are new. Resolves false when the manager is not among them yet:
   * NetworkManager takes its name before it shows anything.
   */
  async load(): Promise<boolean> {
    if (!this.#loaded) {
      // The many small replies come first because they warm the parser up: cold, the one big reply for 2,000 profiles
      // would hold the event loop for 50 ms, and warm it does so for 15 ms.
      await this.#readProfiles(await this.#listProfiles());
    }
    const hasManager = await this.#readObjects();
    if (hasManager) {
      await this.#readProfiles(this.#pathsOf(interfaces.profile));
    }
    return hasManager;
  }

  /** Takes a signal of the bus. */
  apply({ sender, path, interface: name, member, body }: Signal): void {
    const isUpdate = name === interfaces.profile && member === 'Updated';
    if (this.#closed || sender !== this.#owner || !(this.#loaded || isUpdate)) {
      return;
    }
    switch (`${name}.${member}`) {
      case `${standardInterfaces.objectManager}.InterfacesAdded`:
        this.#add(text(body[0]) ?? '', dictionary(body[1]));
        break;
      case `${standardInterfaces.objectManager}.InterfacesRemoved`:
        this.#remove(text(body[0]) ?? '', texts(body[1]));
        break;
      case `${standardInterfaces.properties}.PropertiesChanged`:
        this.#change(path, text(body[0]) ?? '', dictionary(body[1]), texts(body[2]));
        break;
      case `${interfaces.device}.StateChanged`:
        this.#deviceChanged(path, number(body[0]) ?? 0, number(body[2]) ?? 0);
        break;
      case `${interfaces.activation}.StateChanged`:
        this.#activationChanged(path, number(body[0]) ?? 0, number(body[1]) ?? 0);
        break;
      case `${interfaces.profile}.Updated`:
        // Also before the objects are known: the settings may have been read already.
        void this.#readProfile(path);
        return;
      case `${interfaces.manager}.CheckPermissions`:
        this.#listener.permissionsChanged();
        return;
      default:
        return;
    }
    this.#listener.changed();
  }

  #readObjects(): Promise<boolean> {
    const call = {
      destination: this.#owner,
      path: rootPath,
      interface: standardInterfaces.objectManager,
      member: 'GetManagedObjects',
    };
    return new Promise((resolve, reject) => {
      this.#bus.request(call, (error, [reply]) => {
        if (error || this.#closed) {
          reject(error ?? new Error('closed'));
          return;
        }
        const all = dictionary(reply);
        const gone = [...this.#objects.keys()].filter((path) => !Object.hasOwn(all, path));
        for (const path of gone) {
          this.#remove(path, Object.keys(this.#objects.get(path) ?? {}));
        }
        for (const [path, properties] of Object.entries(all)) {
          this.#objects.set(path, dictionary(properties) as Properties);
        }
        for (const path of this.#profiles.keys()) {
          if (!this.#objects.has(path)) {
            this.#profiles.delete(path);
          }
        }
        this.#loaded = true;
        this.#listener.changed();
        resolve(this.#pathsOf(interfaces.manager).length > 0);
      });
    });
  }

  #pathsOf(name: string): string[] {
    return [...this.#objects].filter(([, properties]) => Object.hasOwn(properties, name)).map(([path]) => path);
  }

  #add(path: string, properties: Dictionary): void {
    this.#objects.set(path, { ...this.#objects.get(path), ...(properties as Properties) });
    if (Object.hasOwn(properties, interfaces.profile)) {
      void this.#readProfile(path);
    }
  }

  #remove(path: string, names: readonly string[]): void {
    const properties = this.#objects.get(path);
    if (properties === undefined) {
      return;
    }
    if (names.includes(interfaces.activation)) {
      this.#end(path, 0, true);
      this.#overPaths.delete(path);
    }
    const left = Object.entries(properties).filter(([name]) => !names.includes(name));
    if (left.length > 0) {
      this.#objects.set(path, Object.fromEntries(left));
    } else {
      this.#objects.delete(path);
      this.#profiles.delete(path);
      this.#reasons.delete(path);
    }
  }

  #change(path: string, name: string, changed: Dictionary, invalidated: readonly string[]): void {
    const properties = this.#objects.get(path);
    if (properties !== undefined) {
      const all = { ...dictionary(properties[name]), ...changed };
      for (const property of invalidated) {
        delete all[property];
      }
      properties[name] = all;
    }
  }

  #deviceChanged(path: string, state: number, reason: number): void {
    if (state === DeviceState.prepare) {
      this.#reasons.delete(path);
    } else if (reason > 1) {
      // 0 and 1 are "none" and "unknown": they must not hide what was said before.
      this.#reasons.set(path, reason);
    }
    this.#change(path, interfaces.device, { State: state }, []);
  }

  #activationChanged(path: string, state: number, reason: number): void {
    if (state >= ActivationState.deactivating) {
      this.#end(path, reason, state === ActivationState.deactivated);
    }
    this.#change(path, interfaces.activation, { State: state }, []);
  }

  #end(path: string, reason: number, isOver: boolean): void {
    if (this.#overPaths.has(path)) {
      return;
    }
    if (isOver) {
      this.#overPaths.add(path);
    }
    const activation = this.properties(path, interfaces.activation);
    const devices = texts(entry(activation, 'Devices'));
    this.#ended.push({
      path,
      identifier: text(entry(activation, 'Uuid')) ?? '',
      devices,
      isVpn: entry(activation, 'Vpn') === true,
      isOver,
      deviceReason: devices.map((device) => this.#reasons.get(device)).find((value) => value !== undefined) ?? 0,
      reason,
    });
  }

  async #listProfiles(): Promise<readonly string[]> {
    const call = {
      destination: this.#owner,
      path: settingsPath,
      interface: interfaces.settings,
      member: 'ListConnections',
    };
    return this.#bus.call(call).then(
      ([paths]) => texts(paths),
      () => [],
    );
  }

  /** Reads the settings of those that are new. */
  async #readProfiles(paths: readonly string[]): Promise<void> {
    const unread = paths.filter((path) => !this.#profiles.has(path));
    let next = 0;
    const worker = async () => {
      for (let path = unread[next++]; path !== undefined && !this.#closed; path = unread[next++]) {
        await this.#readProfile(path);
      }
    };
    await Promise.all(Array.from({ length: pipelined }, worker));
  }

  async #readProfile(path: string): Promise<void> {
    if (this.#reading.has(path)) {
      this.#reading.set(path, true);
      return;
    }
    this.#reading.set(path, false);
    try {
      const [settings] = await this.#bus.call({
        destination: this.#owner,
        path,
        interface: interfaces.profile,
        member: 'GetSettings',
      });
      this.#setProfile(path, parseProfile(path, settings));
    } catch {
      // It was deleted this moment, or is not for us to read.
      this.#setProfile(path, undefined);
    }
    const changedMeanwhile = this.#reading.get(path) === true;
    this.#reading.delete(path);
    if (changedMeanwhile && !this.#closed) {
      await this.#readProfile(path);
    }
  }

  #setProfile(path: string, profile: Profile | undefined): void {
    if (this.#closed || (this.#loaded && !this.#objects.has(path))) {
      return;
    }
    if (profile === undefined) {
      this.#profiles.delete(path);
    } else {
      this.#profiles.set(path, profile);
    }
    this.#listener.changed();
  }
}
