import { env, window } from 'vscode';
import type { Sharing } from '../../broker/index.js';
import type { NetworkConfigurationManager } from '../../engine/index.js';
import type { Settings } from '../editor/settings.js';
import { t } from '../editor/translation.js';
import { bugReport, type Surroundings } from '../model/report.js';
import type { SessionList } from '../model/sessionList.js';

/** Puts a text block for a bug report on the clipboard, after asking whether names and addresses may be in it. */
export async function copyDetails(
  manager: NetworkConfigurationManager,
  list: SessionList,
  settings: Settings,
  surroundings: Surroundings,
  sharing: Sharing | undefined,
): Promise<void> {
  const choices = [
    {
      label: t('Leave Names and Addresses Out'),
      detail: t('Each is replaced by a number, the same one everywhere.'),
      withhold: true,
    },
    { label: t('Include Names and Addresses'), detail: t('For yourself, or for somebody you trust.'), withhold: false },
  ];
  const choice = await window.showQuickPick(choices, {
    title: 'Network Sessions',
    placeHolder: t('May names and addresses be in the details?'),
  });
  if (choice !== undefined) {
    const { withhold } = choice;
    await env.clipboard.writeText(bugReport(manager, list.shown, settings.values, surroundings, withhold, sharing));
    void window.showInformationMessage(t('The details are on the clipboard.'));
  }
}
