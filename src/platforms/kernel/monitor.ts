import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock, Disposable, Logger } from '../../engine/index.js';

export interface MonitorOptions {
  /** The program `ip` of iproute2. */
  readonly command: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Something may have changed: look. Called once a chunk of lines, some milliseconds after the change. */
  readonly onChange: () => void;
  /** {@link IpMonitor.state} is another one. */
  readonly onState: () => void;
}

/**
 * `listening`: changes are told. `resting`: it died, and is started again after a while. `unusable`: there is no `ip`,
 * or none that can monitor, and it is not tried again.
 */
export type MonitorState = 'idle' | 'listening' | 'resting' | 'unusable';

const firstRest = 1_000;
const longestRest = 60_000;
/** A program that ends sooner than this, again and again, cannot monitor (the `ip` of BusyBox). */
const shortLife = 1_000;
const mostShortLives = 3;
/** The program subscribes a few milliseconds after it was started, on a busy machine later: look after it surely has. */
const settlingLooks = [100, 2_000];

/** Lines about what every interface does by itself, whoever uses it. */
export function isNoise(line: string): boolean {
  return line === '' || /\btable local\b/.test(line) || /\bff00::\/8\b/.test(line);
}

/** One child, `ip -o monitor link address route`: no rights needed, no work while nothing happens. */
export class IpMonitor {
  readonly #options: MonitorOptions;
  #state: MonitorState = 'idle';
  #child: ChildProcess | undefined;
  #isDisposed = false;
  #shortLives = 0;
  /** How often it rested without having lived longer than the longest rest in between. */
  #rests = 0;
  #startedAt = 0;
  #rest: Disposable | undefined;
  #looks: readonly Disposable[] = [];

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  get state(): MonitorState {
    return this.#state;
  }

  /** Starts the child. Resolves when it runs, or when it is known that it does not; never rejects. */
  async start(): Promise<void> {
    this.#startedAt = this.#options.clock.now();
    let child: ChildProcess;
    try {
      child = this.#spawn();
    } catch (error) {
      this.#giveUp(String(error));
      return;
    }
    this.#child = child;
    this.#read(child);
    await new Promise<void>((resolve) => {
      child.once('spawn', () => {
        this.#listen();
        resolve();
      });
      child.once('error', (error: NodeJS.ErrnoException) => {
        this.#ended(child, error.code ?? error.message, error.code === 'ENOENT' || error.code === 'EACCES');
        resolve();
      });
      child.once('exit', (code, signal) => this.#ended(child, `${code ?? signal}`, false));
    });
  }

  #spawn(): ChildProcess {
    // Where people other than root do not have the programs of the system on their path, `ip` is still there to run.
    const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin` };
    const args = ['-o', 'monitor', 'link', 'address', 'route'];
    return spawn(this.#options.command, args, { stdio: ['ignore', 'pipe', 'ignore'], cwd: '/', env });
  }

  #read(child: ChildProcess): void {
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      if (!this.#isDisposed && lines.some((line) => !isNoise(line))) {
        this.#options.onChange();
      }
    });
  }

  #listen(): void {
    if (this.#isDisposed) {
      return;
    }
    this.#enter('listening');
    const { clock, onChange } = this.#options;
    this.#looks = settlingLooks.map((milliseconds) => clock.setTimeout(onChange, milliseconds));
  }

  #ended(child: ChildProcess, reason: string, isHopeless: boolean): void {
    if (this.#child !== child) {
      return;
    }
    this.#forgetChild();
    if (this.#isDisposed) {
      return;
    }
    const { clock, logger } = this.#options;
    const lived = clock.now() - this.#startedAt;
    this.#shortLives = lived < shortLife ? this.#shortLives + 1 : 0;
    this.#rests = lived < longestRest ? this.#rests + 1 : 1;
    if (isHopeless || this.#shortLives >= mostShortLives) {
      this.#giveUp(reason);
      return;
    }
    const rest = Math.min(firstRest * 2 ** (this.#rests - 1), longestRest);
    logger.warn(`'ip monitor' ended (${reason}); it is started again in ${rest / 1000} s.`);
    this.#rest = clock.setTimeout(() => void this.start(), rest);
    this.#enter('resting');
  }

  #giveUp(reason: string): void {
    const { logger } = this.#options;
    logger.info(`No changes are told by 'ip monitor' (${reason}): looking at intervals while somebody watches.`);
    this.#enter('unusable');
  }

  #enter(state: MonitorState): void {
    if (this.#state !== state) {
      this.#state = state;
      this.#options.onState();
    }
  }

  #forgetChild(): void {
    this.#child?.stdout?.destroy();
    this.#child = undefined;
    for (const look of this.#looks) {
      look.dispose();
    }
    this.#looks = [];
  }

  /** Ends the child; resolves when it is gone. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#rest?.dispose();
    const child = this.#child;
    this.#forgetChild();
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      // It holds nothing that it would have to put in order.
      child.kill('SIGKILL');
      await exited;
    }
  }
}
