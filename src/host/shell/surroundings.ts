import { type ExtensionContext, ExtensionKind, env, Uri, version } from 'vscode';
import type { Surroundings } from '../model/report.js';

/** Where this extension runs. */
export function surroundingsOf({ extension }: ExtensionContext): Surroundings {
  return {
    extension: String((extension.packageJSON as { version?: unknown }).version),
    editor: `VS Code ${version} (${env.appHost})`,
    system: `${process.platform} ${process.arch}, Node ${process.version}`,
    remote: env.remoteName,
  };
}

/** Whether the network is that of another machine than the one that the person sits at. */
export function isElsewhere({ extension }: ExtensionContext): boolean {
  return env.remoteName !== undefined && extension.extensionKind === ExtensionKind.Workspace;
}

/** Where all windows of this editor keep what one may leave on the system when it dies, for the next to take back (R9). */
export function stateDirectoryOf({ globalStorageUri }: ExtensionContext): string {
  return Uri.joinPath(globalStorageUri, 'journal').fsPath;
}
