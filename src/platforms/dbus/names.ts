/** The names of D-Bus itself, as its specification has them. */

/** The bus itself, as a destination and as an interface. */
export const busName = 'org.freedesktop.DBus';
export const busPath = '/org/freedesktop/DBus';

export const standardInterfaces = {
  objectManager: `${busName}.ObjectManager`,
  properties: `${busName}.Properties`,
} as const;
