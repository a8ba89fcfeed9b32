// NetworkManager's own promises to take something back by itself.
import assert from 'node:assert/strict';
import dbus from 'dbus-native';

const service = 'org.freedesktop.NetworkManager';
const manager = { destination: service, path: '/org/freedesktop/NetworkManager' };

/** Calls NetworkManager on a connection of its own. */
async function onBus<T>(act: (bus: ReturnType<typeof dbus.createClient>) => Promise<T>): Promise<T> {
  const bus = dbus.createClient({ busAddress: process.env['DBUS_SYSTEM_BUS_ADDRESS'] ?? '' });
  try {
    return await act(bus);
  } finally {
    await bus.close();
  }
}

/** The paths of all that there are. */
export const checkpoints = (): Promise<string[]> =>
  onBus(async (bus) => {
    const get = { interface: 'org.freedesktop.DBus.Properties', member: 'Get', signature: 'ss' };
    return dbus.toPlain<string[]>(await bus.invoke({ ...manager, ...get, body: [service, 'Checkpoints'] }));
  });

/** Lets the time of the only one run out. */
export async function hurryCheckpoint(): Promise<void> {
  const paths = await checkpoints();
  assert.equal(paths.length, 1);
  const adjust = { interface: service, member: 'CheckpointAdjustRollbackTimeout', signature: 'ou' };
  await onBus(async (bus) => bus.invoke({ ...manager, ...adjust, body: [paths[0], 1] }));
}
