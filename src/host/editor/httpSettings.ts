import { workspace } from 'vscode';
import { type EditorHttp, parseEditorHttp } from '../model/editorHttp.js';

/** What VS Code's own settings say about HTTP now. */
export function editorHttp(): EditorHttp {
  const configuration = workspace.getConfiguration('http');
  return parseEditorHttp((key) => configuration.get<unknown>(key), process.env);
}
