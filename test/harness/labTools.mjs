// The programs that the lab runs: NetworkManager, nmcli, dbus-daemon and ip.
import { UnpackedPrograms } from './unpacked.mjs';

const programs = new UnpackedPrograms('networkmanager', 'the lab', {
  NetworkManager: 'network-manager',
  nmcli: 'network-manager',
  'dbus-daemon': 'dbus-daemon',
  ip: 'iproute2',
});

/** @returns {string[]} the programs that are neither installed nor unpacked */
export const missingLabTools = () => programs.missing();

/** Unpacks what is missing, where Debian's packages can be had and the lab can be used: by root. */
export const unpackLabTools = () => programs.unpack();

/** @returns {NodeJS.ProcessEnv} what makes the unpacked programs found, and makes them find their libraries */
export const labToolsEnvironment = () => programs.environment();
