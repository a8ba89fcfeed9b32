import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, type Stats, statfsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { codeOf, mustBePrivate, NotPrivate } from '../shared/privateFiles.js';

/** Where the windows of one person on one machine meet. */
export interface Place {
  /** All of them are made by us, the outer one first, and are of this user alone. */
  readonly folders: readonly string[];
  /** A path, or the name of a pipe. */
  readonly socket: string;
  readonly token: string;
  readonly term: string;
  readonly claims: string;
  /** Undefined for pipes: the system lets only one listen, and takes them away with their process. */
  readonly lock: string | undefined;
  /** It lies where others may make a folder of this name as well: theirs is not ours, and nobody of ours is there. */
  readonly isOpenToOthers: boolean;
}

/** What decides where the place is. Tests have machines of their own. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** Undefined where this user has none. */
  readonly home: string | undefined;
  /** Tells users apart: the number of this one, or its name with its domain. */
  readonly user: string;
  readonly hostname: string;
  /** The folder of this user that lasts for as long as they are logged in; undefined where there is none. */
  readonly runtime: string | undefined;
  /** Where folders for a short time are made that everybody can write to. */
  readonly temporary: string;
  /** For Windows: the folder of this user for what belongs to this machine; undefined where there is none. */
  readonly localAppData: string | undefined;
  /** The kind of file system under a folder, as `statfs` numbers them; undefined where nobody knows. */
  fileSystemOf(folder: string): number | undefined;
}

/** The places in the order in which they are tried, and why others are not among them. */
export interface Places {
  readonly candidates: readonly Place[];
  readonly passedOver: readonly string[];
}

/** Why this window is alone. */
export type PlaceTrouble =
  /** No place can be written to, or none can hold a socket. */
  | 'noPlace'
  /** What lies there is not of this user alone, or is not what it should be. */
  | 'notPrivate'
  /** Who listens there does not know the token. */
  | 'stranger'
  /** The windows that are there speak another version. */
  | 'otherVersion'
  /** More windows than are served. */
  | 'tooMany'
  /** Who listens there does not answer. */
  | 'silent'
  /** This window holds more than it could tell of. */
  | 'holdsTooMuch';

/** This window counts its sessions alone, for now; the message says why, in plain English. */
export class PlaceUnusable extends Error {
  readonly trouble: PlaceTrouble;
  /** What the leader speaks, for `otherVersion`. */
  readonly versions: readonly number[];

  constructor(trouble: PlaceTrouble, message: string, versions: readonly number[] = []) {
    super(message);
    this.trouble = trouble;
    this.versions = versions;
  }
}

/** Bytes. Longer ones are cut off without a word by some systems, and then lie elsewhere. */
const longestSocket = 103;
/** A socket comes to life under a longer name of its own before it is put in place. */
export const draftLength = '.000000'.length;
const generation = 'v1';

/** As `statfs` of Linux numbers them: file systems that other machines may see too, or that have no sockets of their own. */
const networkFileSystems = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x564c, 'NCP'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x73757245, 'Coda'],
  [0x01021997, '9P'],
  [0x65735546, 'FUSE'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x7461636f, 'OCFS2'],
  [0x01161970, 'GFS2'],
  [0x19830326, 'BeeGFS'],
]);

/** Why writing fails, for a person. */
const plainWords: Readonly<Record<string, string>> = {
  EROFS: 'it is read-only',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk space of this user is used up',
  ENOENT: 'the folder around it does not exist',
  ENOTDIR: 'what is around it is no folder',
  EOPNOTSUPP: 'its file system has no sockets',
  ENOTSUP: 'its file system has no sockets',
};

/** Why a folder cannot be used, for a person. */
export const whyNot = (folder: string, error: unknown): string => {
  if (error instanceof NotPrivate) {
    return error.message;
  }
  const code = codeOf(error);
  return `${folder} cannot be used: ${plainWords[code] ?? code}`;
};

/** What names a folder from its root on. Anything else would be another folder for each window, and counts as unset. */
const whole = (folder: string | undefined): string | undefined =>
  folder !== undefined && path.isAbsolute(folder) ? folder : undefined;

/** As the system has it where the environment says nothing that can be used. */
function homeOfUser(): string | undefined {
  try {
    return whole(os.homedir()) ?? whole(os.userInfo().homedir);
  } catch {
    return undefined; // The system does not know this user.
  }
}

/** Who else may write there, puts something else in the place of what we have made. The specification asks for the same. */
function runtimeFolder(): string | undefined {
  const folder = whole(process.env['XDG_RUNTIME_DIR']);
  try {
    mustBePrivate(folder ?? '');
    return folder;
  } catch {
    return undefined;
  }
}

export function thisMachine(home: string | undefined = homeOfUser()): Machine {
  const domain = process.env['USERDOMAIN'] ?? '';
  return {
    platform: process.platform,
    home,
    user: process.getuid === undefined ? `${domain}\\${os.userInfo().username}` : String(process.getuid()),
    hostname: os.hostname(),
    runtime: runtimeFolder(),
    temporary: '/tmp',
    localAppData: whole(process.env['LOCALAPPDATA']) ?? (home && path.join(home, 'AppData', 'Local')),
    fileSystemOf: (folder) => {
      try {
        return statfsSync(folder).type;
      } catch {
        return undefined;
      }
    },
  };
}

const hashOf = (text: string, digits: number) => createHash('sha256').update(text).digest('hex').slice(0, digits);

/**
 * In the home of the user; where that cannot be, in the folder that the system gives a user for such things; and where there
 * is none, in a short one beside those of others.
 */
export function placesOn(machine: Machine): Places {
  const { platform, user, hostname, runtime, temporary } = machine;
  const home = machine.home ?? '';
  const homeless = 'this user has no home';
  if (platform === 'win32') {
    if (machine.localAppData === undefined) {
      return { candidates: [], passedOver: [homeless] };
    }
    const folder = path.win32.join(machine.localAppData, 'network-sessions');
    const name = hashOf(`${user.toLowerCase()}\0${home.toLowerCase()}`, 16);
    const socket = `\\\\.\\pipe\\network-sessions-${generation}-${name}`;
    const folders = [folder, path.win32.join(folder, generation)];
    return { candidates: [placeIn(folders, false, path.win32, socket)], passedOver: [] };
  }
  const networkOf = (folder: string) => {
    const type = platform === 'linux' ? machine.fileSystemOf(folder) : undefined;
    return type === undefined ? undefined : networkFileSystems.get(type >>> 0);
  };
  const candidates: Place[] = [];
  const passedOver: string[] = [];
  const consider = (folders: readonly string[], isOpenToOthers: boolean, network: string | undefined) => {
    const place = placeIn(folders, isOpenToOthers, path.posix);
    const folder = folders.at(-1) ?? '';
    if (network !== undefined) {
      passedOver.push(`${folder} is not used: it may be on other machines too (${network})`);
    } else if (Buffer.byteLength(place.socket) + draftLength > longestSocket) {
      passedOver.push(`${folder} is not used: its path is too long for a socket`);
    } else {
      candidates.push(place);
    }
  };
  const ours = path.posix.join(home, '.network-sessions');
  if (machine.home === undefined) {
    passedOver.push(homeless);
  } else {
    consider([ours, path.posix.join(ours, generation)], false, networkOf(home));
  }
  const short = (key: string) => `ns-${user}-${hashOf(key, 8)}`; // Beside the user it tells homes apart.
  if (runtime !== undefined) {
    consider([path.posix.join(runtime, short(home))], true, networkOf(runtime));
  }
  // And machines, where even this folder is on all of them.
  const key = networkOf(temporary) === undefined ? home : `${home}\0${hostname}`;
  consider([path.posix.join(temporary, short(key))], true, undefined);
  return { candidates, passedOver };
}

function placeIn(
  folders: readonly string[],
  isOpenToOthers: boolean,
  { join }: path.PlatformPath,
  pipe?: string,
): Place {
  const directory = folders.at(-1) ?? '';
  return {
    folders,
    isOpenToOthers,
    socket: pipe ?? join(directory, 's'),
    token: join(directory, 'token'),
    term: join(directory, 'term'),
    claims: join(directory, 'claims'),
    lock: pipe === undefined ? join(directory, 'l') : undefined,
  };
}

/** Throws what the system says, or {@link NotPrivate} for what somebody else has or can change. Nothing is repaired. */
export function checkFolders({ folders }: Place): void {
  for (const folder of folders) {
    try {
      mustBePrivate(folder);
    } catch (error) {
      throw error instanceof NotPrivate ? new NotPrivate(`${folder}: ${error.message}`) : error;
    }
  }
}

/** Makes the folders that are missing. The one around them is not ours to make. */
export function makeFolders(place: Place): void {
  for (const folder of place.folders) {
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') {
        throw error;
      }
    }
  }
  checkFolders(place);
}

/** The socket that lies in the place; undefined without one. Throws for anything that is not a socket of this user. */
export function socketIn({ socket, lock }: Place): Stats | undefined {
  if (lock === undefined) {
    return undefined; // A pipe is not among the files.
  }
  let status: Stats;
  try {
    status = lstatSync(socket);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
  if (!status.isSocket() || status.uid !== process.getuid?.()) {
    throw new NotPrivate(`${socket}: it is not a socket of this user`);
  }
  return status;
}
