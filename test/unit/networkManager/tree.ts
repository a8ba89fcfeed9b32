import { dictionary } from '../../../src/platforms/dbus/values.js';
import { type Context, takePicture } from '../../../src/platforms/networkManager/accessPoints.js';
import { type Profile, parseProfile } from '../../../src/platforms/networkManager/profile.js';
import type { Tree } from '../../../src/platforms/networkManager/records.js';

const service = 'org.freedesktop.NetworkManager';
export const managerPath = '/org/freedesktop/NetworkManager';

type Values = Record<string, unknown>;

/** NetworkManager's objects as they might be, for what is derived from them without a bus. Values stand for themselves. */
export class TreeBuilder {
  readonly objects = new Map<string, Record<string, Values>>();
  readonly profiles = new Map<string, Profile>();
  readonly context: { -readonly [Key in keyof Context]: Context[Key] } = {
    owner: ':1.1',
    formerNames: new Map(),
    starting: new Set(),
    unwanted: new Set(),
    asking: new Set(),
    causes: new Map(),
    traces: new Map(),
    hasInterface: () => true,
  };

  constructor(manager: Values = {}) {
    this.objects.set(managerPath, { [service]: { State: 20, Connectivity: 1, PrimaryConnection: '/', ...manager } });
  }

  /** An Ethernet device with carrier, and whatever else is given. */
  device(name: string, device: Values = {}, more: Record<string, Values> = {}): this {
    this.objects.set(`/device/${name}`, {
      [`${service}.Device`]: {
        Interface: name,
        DeviceType: 1,
        State: 30,
        Capabilities: 3,
        InterfaceFlags: 0x1_0003,
        AvailableConnections: [],
        ...device,
      },
      ...Object.fromEntries(Object.entries(more).map(([kind, values]) => [`${service}.${kind}`, values])),
    });
    return this;
  }

  /** A profile `id`, which is its UUID, its name, and the end of its path. */
  profile(id: string, connection: Values = {}, groups: Record<string, unknown> = {}, flags: unknown = 0): this {
    const path = `/profile/${id}`;
    this.objects.set(path, { [`${service}.Settings.Connection`]: { Flags: flags } });
    const settings = { connection: { id, uuid: id, type: '802-3-ethernet', ...connection }, ...groups };
    const profile = parseProfile(path, settings);
    if (profile !== undefined) {
      this.profiles.set(path, profile);
    }
    return this;
  }

  active(id: string, device: string, activation: Values = {}, more: Record<string, Values> = {}): this {
    this.objects.set(`/active/${id}/${device}`, {
      [`${service}.Connection.Active`]: {
        Uuid: id,
        Id: id,
        Connection: `/profile/${id}`,
        Devices: [`/device/${device}`],
        State: 2,
        StateFlags: 0,
        ...activation,
      },
      ...Object.fromEntries(Object.entries(more).map(([kind, values]) => [`${service}.${kind}`, values])),
    });
    return this;
  }

  object(path: string, kind: string, values: Values): this {
    this.objects.set(path, { [`${service}.${kind}`]: values });
    return this;
  }

  manager(values: Values): this {
    Object.assign(this.objects.get(managerPath)?.[service] ?? {}, values);
    return this;
  }

  get tree(): Tree {
    return {
      objects: this.objects,
      profiles: this.profiles,
      properties: (path, name) => dictionary(this.objects.get(path)?.[name]),
    };
  }

  get picture() {
    return takePicture(this.tree, this.context);
  }

  accessPoint(id: string) {
    const accessPoint = this.picture.accessPoints.get(id);
    if (accessPoint === undefined) {
      throw new Error(`${id} is not listed`);
    }
    return accessPoint;
  }

  facts(id: string) {
    return this.accessPoint(id).facts;
  }
}
