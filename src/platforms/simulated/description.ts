import { BearerType, type Connectivity, type Purpose, reachesNetwork } from '../../engine/index.js';

/** How an access point of the simulated network is described. Everything but the identifier has a default. */
export interface SimulatedAccessPoint {
  readonly identifier: string;
  /** The identifier by default. */
  readonly name?: string;
  /** Ethernet by default. */
  readonly bearerType?: BearerType;
  readonly purpose?: Purpose;
  /** True by default. */
  readonly inReach?: boolean;
  /** Up without having been started here; false by default. */
  readonly up?: boolean;
  readonly metered?: boolean | undefined;
  /** Unknown by default. */
  readonly connectivity?: Connectivity;
  /** Milliseconds that a start takes: 0 (the default) ends within the turn, Infinity never. */
  readonly startMs?: number;
  /** Milliseconds that a stop takes; 0 by default. */
  readonly stopMs?: number;
  /** Access points with the same device displace each other (O12). */
  readonly device?: string | undefined;
  /**
   * The metric of its default route, the lowest first; undefined: it has none of its own. By bearer by default: Ethernet
   * 100, Wi-Fi 600, mobile 700, Bluetooth 750, a VPN none.
   */
  readonly metric?: number | undefined;
  /** Its addresses while it is up; one of its own by default. Where two share theirs, a move is seamless (R10). */
  readonly addresses?: readonly string[];
  /** Milliseconds; 30,000 by default. */
  readonly connectTimeout?: number;
  /** The system keeps it half up after its link was lost (O8); false by default. */
  readonly lingers?: boolean;
  readonly signal?: number | undefined;
  readonly speed?: number | undefined;
  /** Bytes a second that flow by themselves while it is up; none by default. */
  readonly flow?: { readonly received: number; readonly written: number };
}

/** What of an access point can be changed while it is there. */
export type SimulatedChange = Omit<Partial<SimulatedAccessPoint>, 'identifier'>;

const metrics: Partial<Readonly<Record<BearerType, number | undefined>>> = {
  [BearerType.Ethernet]: 100,
  [BearerType.WLAN]: 600,
  [BearerType.Bluetooth]: 750,
  [BearerType.VPN]: undefined,
};

/** As NetworkManager has them; all that is not listed goes through a modem. */
export function metricOf(description: SimulatedAccessPoint): number | undefined {
  const { bearerType = BearerType.Ethernet } = description;
  return 'metric' in description ? description.metric : bearerType in metrics ? metrics[bearerType] : 700;
}

/** Nobody knows that it leads nowhere. */
export function mayReachNetwork({ connectivity = 'unknown' }: SimulatedAccessPoint): boolean {
  return reachesNetwork({ connectivity }) !== false;
}
