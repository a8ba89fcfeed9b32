// Waits for the end of the process that has started it, which holds the other end of its standard input: however that
// ends, a server that it has left is ended, and its profile is cleared.
import { clearProfile } from './profiles.mjs';

const [folder] = process.argv.slice(2);
process.stdin.resume();
process.stdin.once('close', () => clearProfile(folder));
