import { type Disposable, type LogOutputChannel, window } from 'vscode';
import type { Logger } from '../../engine/index.js';
import { logError, logLine } from '../../shared/hostileText.js';

/**
 * The one log of the extension: trace = samples, debug = transitions, info = acts. A message is one line, whatever a
 * network calls itself. Writing never opens the panel.
 */
export class Log implements Logger, Disposable {
  readonly #channel: LogOutputChannel = window.createOutputChannel('Network Sessions', { log: true });

  trace(message: string): void {
    this.#channel.trace(logLine(message));
  }

  debug(message: string): void {
    this.#channel.debug(logLine(message));
  }

  info(message: string): void {
    this.#channel.info(logLine(message));
  }

  warn(message: string): void {
    this.#channel.warn(logLine(message));
  }

  error(message: string): void {
    this.#channel.error(logLine(message));
  }

  /** Something that should not have happened: what was being done, and the stack. */
  defect(doing: string, error: unknown): void {
    this.#channel.error(`${logLine(doing)}: ${logError(error)}`);
  }

  show(): void {
    this.#channel.show(true);
  }

  dispose(): void {
    this.#channel.dispose();
  }
}
