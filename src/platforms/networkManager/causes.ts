import type { Cause } from '../../engine/index.js';
import type { EndedActivation } from './objectTree.js';
import { causeOf } from './reasons.js';
import { readActivations, readDevice, readManager, type Tree } from './records.js';

/** Why an activation ended, by what is left: its profile, its device, and whatever is on this now. */
export function causeOfEnd(ended: EndedActivation, tree: Tree): Cause {
  const { identifier, devices } = ended;
  const profiles = [...tree.profiles.values()];
  const successor = readActivations(tree).find(
    (activation) => activation.identifier !== identifier && activation.devices.some((path) => devices.includes(path)),
  );
  return causeOf(ended, {
    networkingEnabled: readManager(tree).networkingEnabled,
    deviceExists: devices.length === 0 || devices.some((path) => isReal(tree, path)),
    profileExists: profiles.some((profile) => profile.identifier === identifier),
    successor:
      successor && (profiles.find((profile) => profile.identifier === successor.identifier)?.name ?? successor.name),
  });
}

function isReal(tree: Tree, path: string): boolean {
  return tree.objects.has(path) && readDevice(path, tree).isReal;
}
