import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BearerType } from '../../engine/index.js';

/** One interface as /sys/class/net shows it. */
export interface InterfaceReading {
  readonly name: string;
  /** Another one when the interface is made anew. */
  readonly index: string;
  readonly bearerType: BearerType;
  /** A part of a bridge, bond or team, which stands for it. */
  readonly isPort: boolean;
  /** Somebody has switched it on. */
  readonly isEnabled: boolean;
  /** A cable is in, a radio network is joined, a program holds the other end of a tunnel. */
  readonly hasCarrier: boolean;
  /** It is on, has carrier, and what its kind needs beyond that (a radio's keys) is done. */
  readonly works: boolean;
  /** Bits a second. */
  readonly speed: number | undefined;
  readonly hardwareAddress: string | undefined;
}

/** Bits of `flags`. */
const isOn = 0x1;
const isLoopback = 0x8;

/** Numbers of `type`, from the kernel's if_arp.h. */
const ethernet = 1;
const ppp = 512;
const rawIp = 519;
const noHardwareType = 65534;
const tunnels = new Set([768, 769, 776, 778, 823]);
/** Field buses, raw radios and the like: no IP goes through them. */
const withoutIp = new Set([280, 801, 802, 803, 804, 805, 820, 821, 824]);

/** Reads interfaces from /sys/class/net. Synchronous, some 10 µs a file; nothing is kept. */
export class InterfaceFiles {
  readonly #directory: string;

  constructor(sysRoot: string) {
    this.#directory = path.join(sysRoot, 'class', 'net');
  }

  /** The names of what is there. Throws where there is no such directory. */
  names(): string[] {
    return readdirSync(this.#directory);
  }

  /** Whether a piece of hardware is behind it; loopback, bridges, docker0, ends of containers have none (M3b). */
  isHardware(name: string): boolean {
    return this.#has(name, 'device');
  }

  /** One interface; undefined when it is gone, is the loopback, or carries no IP. */
  read(name: string): InterfaceReading | undefined {
    const index = this.#text(name, 'ifindex');
    const flags = Number(this.#text(name, 'flags'));
    const type = Number(this.#text(name, 'type'));
    if (index === '' || (flags & isLoopback) !== 0 || withoutIp.has(type)) {
      return undefined;
    }
    const isEnabled = (flags & isOn) !== 0;
    // An interface that is off does not know; reading its carrier is an error.
    const hasCarrier = isEnabled && this.#text(name, 'carrier') === '1';
    const operstate = this.#text(name, 'operstate');
    const speed = Number(this.#text(name, 'speed'));
    const address = this.#text(name, 'address');
    return {
      name,
      index,
      bearerType: this.#bearerType(name, type),
      isPort: this.#isPort(name),
      isEnabled,
      hasCarrier,
      // Tunnels and old drivers never say more than 'unknown'.
      works: hasCarrier && (operstate === 'up' || operstate === 'unknown' || operstate === ''),
      speed: speed > 0 ? speed * 1_000_000 : undefined,
      hardwareAddress: /[1-9a-f]/i.test(address) ? address : undefined,
    };
  }

  #bearerType(name: string, type: number): BearerType {
    const deviceType = this.#deviceType(name);
    if (deviceType === 'wlan' || this.#has(name, 'wireless') || this.#has(name, 'phy80211')) {
      return BearerType.WLAN;
    }
    if (deviceType === 'bluetooth') {
      return BearerType.Bluetooth;
    }
    if (deviceType === 'wwan' || type === rawIp) {
      // A modem; its generation is the modem's own secret.
      return BearerType.Unknown;
    }
    if (deviceType === 'wireguard' || this.#has(name, 'tun_flags') || type === noHardwareType || tunnels.has(type)) {
      return BearerType.VPN;
    }
    return type === ethernet ? BearerType.Ethernet : type === ppp ? BearerType.Other : BearerType.Unknown;
  }

  /** A VRF has members too, but each of them stays an interface of its own. */
  #isPort(name: string): boolean {
    return this.#has(name, 'master') && this.#deviceType(path.join(name, 'master')) !== 'vrf';
  }

  #deviceType(name: string): string | undefined {
    return /^DEVTYPE=(.*)$/m.exec(this.#text(name, 'uevent'))?.[1];
  }

  #has(name: string, entry: string): boolean {
    return existsSync(path.join(this.#directory, name, entry));
  }

  #text(name: string, entry: string): string {
    try {
      return readFileSync(path.join(this.#directory, name, entry), 'utf8').trim();
    } catch {
      return '';
    }
  }
}
