import type { SinglePlatformName } from '../../platforms/list.js';
import type { Translate } from './translate.js';

/** What a person reads of one platform and of no other. The texts of its setting are in the manifest. */
interface PlatformWords {
  /** What helps where its service does not answer. */
  readonly whenAway?: (t: Translate) => string;
  /** What the permissions are for that the system knows by identifiers: 'the permission … is missing'. */
  readonly permissions?: Readonly<Record<string, (t: Translate) => string>>;
}

/** The words of all platforms, in the order of the list and of the setting. Only the types of the list are known here: platforms are read later. */
const platformWords: { readonly [Name in SinglePlatformName]: PlatformWords } = {
  networkManager: {
    whenAway: (t) => t('Start NetworkManager, or wait until it is back.'),
    permissions: {
      'org.freedesktop.NetworkManager.network-control': (t) => t('to control networking'),
      'org.freedesktop.NetworkManager.wifi.scan': (t) => t('to look for Wi-Fi networks'),
    },
  },
  kernel: {},
  systemInformation: {},
  simulated: {},
};

export const singlePlatformNames = Object.keys(platformWords) as readonly SinglePlatformName[];

/** What helps where the service of a platform does not answer; undefined where there is nothing to say, or no such platform. */
export function helpWhenAway(platform: string, t: Translate): string | undefined {
  const [, words] = Object.entries<PlatformWords>(platformWords).find(([name]) => name === platform) ?? [];
  return words?.whenAway?.(t);
}

/** What a permission is for; undefined for one that nobody knows. */
export function permissionPhrase(permission: string, t: Translate): string | undefined {
  for (const { permissions = {} } of Object.values<PlatformWords>(platformWords)) {
    if (Object.hasOwn(permissions, permission)) {
      return permissions[permission]?.(t);
    }
  }
  return undefined;
}
