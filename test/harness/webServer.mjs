// The web server that HTTP sessions are tested against: nginx, which is no server of ours.
import { UnpackedPrograms } from './unpacked.mjs';

const programs = new UnpackedPrograms('nginx', 'the tests of HTTP sessions', { nginx: 'nginx' });

/** Unpacks it where it is missing, on Debian, by root. Tests find it in `.tools/nginx`. */
export const unpackWebServer = () => programs.unpack();
