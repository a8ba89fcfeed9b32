// A process that starts a server as `npm start` does, and is killed by a test.
import { startServer } from '../harness/host.mjs';

const { port, data } = await startServer();
console.log(JSON.stringify({ port, data }));
