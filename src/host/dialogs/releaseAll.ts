import { window } from 'vscode';
import { t } from '../editor/translation.js';
import { sessionsViewId } from '../model/names.js';
import {
  isNothing,
  namesOf,
  type Released,
  type ReleaseTargets,
  release,
  releasePlan,
  releaseText,
} from '../model/release.js';
import { showInView } from './progress.js';

/** The rescue: ends all sessions of all windows, and stops all that this software has started, after one question. */
export async function releaseAll(targets: ReleaseTargets): Promise<void> {
  const { manager, ledger, list } = targets;
  const plan = () => releasePlan(manager, list.shown, ledger);
  const asked = plan();
  if (isNothing(asked)) {
    void window.showInformationMessage(t('There is nothing to release.'));
    return;
  }
  const yes = t('Release Everything');
  const detail = releaseText(manager, asked, ledger, t).join('\n');
  if ((await window.showWarningMessage(t('Release everything?'), { modal: true, detail }, yes)) === yes) {
    const released = release(targets, plan());
    showInView(sessionsViewId, released);
    tell(targets, await released);
  }
}

function tell({ manager }: ReleaseTargets, { answered, down, up }: Released): void {
  const parts = [
    answered
      ? t('Everything was released.')
      : t('The window that counts the sessions does not answer. The sessions of this window were closed.'),
    ...(down.length > 0 ? [t('Stopped: {0}.', namesOf(manager, down, t))] : []),
    ...(up.length > 0 ? [t('Still up: {0}.', namesOf(manager, up, t))] : []),
  ];
  const show = answered && up.length === 0 ? window.showInformationMessage : window.showWarningMessage;
  void show(parts.join(' '));
}
