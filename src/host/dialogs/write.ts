import { window } from 'vscode';
import { plainLine } from '../../shared/hostileText.js';
import { t } from '../editor/translation.js';

/** Says when the settings cannot be written; false then. */
export async function write(writing: Promise<void>): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    const why = plainLine(error instanceof Error ? error.message : String(error), 200);
    void window.showErrorMessage(t('The settings could not be written: {0}', why));
    return false;
  }
}
