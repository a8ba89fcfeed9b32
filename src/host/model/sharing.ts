import type { SharedLedger, Sharing } from '../../broker/index.js';
import { plainLine } from '../../shared/hostileText.js';
import type { Row } from './item.js';
import type { Translate } from './translate.js';

/** What the host asks of the count of all windows. */
export type WindowsLedger = Pick<
  SharedLedger,
  'sharing' | 'onDidChange' | 'accessPoints' | 'releaseAll' | 'start' | 'dispose'
>;

/** Why a window goes: it ends, and may come back; or its platform is replaced, and the person has agreed to what that closes. */
export type Leaving = 'ends' | 'isReplaced';

/** Why this window counts for itself; undefined where it does not, or has nothing to share. */
export const whyAlone = (sharing: Sharing | undefined): string | undefined =>
  sharing?.kind === 'alone' ? sharing.reason : undefined;

/** Said where a person looks, and nowhere else: everything works, for this window. */
export function sharingRows(sharing: Sharing | undefined, t: Translate): readonly Row[] {
  const reason = whyAlone(sharing);
  return reason === undefined ? [] : [{ label: t('Other windows are not counted'), value: plainLine(reason, 200) }];
}

/**
 * Lets go of everything at the end of a window. Where other windows are there, they keep what this one holds for a while:
 * a reload loses nothing, and closing stops nothing then. The only one stops first what was started here (O10).
 */
export async function letGo(
  ledger: Pick<WindowsLedger, 'sharing' | 'dispose'> | undefined,
  manager: { dispose(): Promise<void> },
  leaving: Leaving,
): Promise<void> {
  const isKept = leaving === 'ends' && ledger?.sharing.kind === 'shared' && ledger.sharing.windows > 1;
  if (isKept) {
    // others have been told when this returns; what is still to be closed does not wait for the rest
    const gone = ledger.dispose();
    await Promise.all([gone, manager.dispose()]);
  } else {
    await manager.dispose();
    await ledger?.dispose();
  }
}
