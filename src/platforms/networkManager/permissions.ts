import { type Obstacles, PlatformFailure, SessionError } from '../../engine/index.js';
import { type Dictionary, dictionary, entry, text } from '../dbus/values.js';
import { permissions } from './names.js';
import type { Profile } from './profile.js';

/** What polkit says of a permission: granted, granted if the person agrees or gives a password, or refused. */
export type Grant = 'yes' | 'auth' | 'no' | 'unknown';

export interface Permissions {
  /** To start and stop. */
  readonly control: Grant;
  /** To look for radio networks. */
  readonly scan: Grant;
  /** To let the system take back what was changed. */
  readonly checkpoint: Grant;
}

export const unknownPermissions: Permissions = { control: 'unknown', scan: 'unknown', checkpoint: 'unknown' };

/** Reads the reply of GetPermissions. */
export function parsePermissions(reply: unknown): Permissions {
  const all = dictionary(reply);
  return {
    control: grant(all, permissions.control),
    scan: grant(all, permissions.scan),
    checkpoint: grant(all, permissions.checkpoint),
  };
}

function grant(all: Dictionary, name: string): Grant {
  const value = text(entry(all, name));
  return value === 'yes' || value === 'auth' || value === 'no' ? value : 'unknown';
}

const missingControl = { code: 'missingPermission', permission: permissions.control } as const;
const missingScan = { code: 'missingPermission', permission: permissions.scan } as const;

/** What these permissions stand in the way of. Looking again needs one only where there is a radio. */
export function obstaclesOf({ control, scan }: Permissions, hasRadio: boolean): Obstacles {
  return {
    ...(control === 'no' && { start: missingControl, stop: missingControl }),
    ...(scan === 'no' && hasRadio && { update: missingScan }),
  };
}

/** Whether links may be changed without asking anybody: nobody could answer in time when a cable is pulled. */
export const canRoute = ({ control }: Permissions): boolean => control === 'yes';

/** Throws where starting and stopping is not allowed. */
export function mustBeAllowed({ control }: Permissions): void {
  if (control === 'no') {
    throw new PlatformFailure(missingControl);
  }
}

/** Throws where a start would ask the person for a right or a secret (F3). */
export function mustNotAsk({ control }: Permissions, { alwaysAsks }: Profile): void {
  if (control === 'auth') {
    throw new PlatformFailure(missingControl, SessionError.InvalidConfigurationError);
  }
  if (alwaysAsks) {
    throw new PlatformFailure({ code: 'secretsMissing' });
  }
}
