import type { NetworkConfiguration, NetworkConfigurationManager, Offer, TestResult } from '../../engine/index.js';
import { plainLine } from '../../shared/hostileText.js';
import { homeOf } from './moves.js';
import { definitionOf, networkOf } from './networkView.js';
import { secondsLeft } from './offerText.js';
import type { SessionEntry, SessionList } from './sessionList.js';
import { resultText } from './testText.js';
import type { Translate } from './translate.js';
import { displayName } from './words.js';

/** What waits for the person's answer, the same for all these sessions of one service network. */
export interface RoamingQuestion {
  /** The same as long as it is the same question. */
  readonly key: string;
  readonly offer: Offer & { readonly kind: 'offered' | 'activated' };
  readonly network: NetworkConfiguration;
  /** What they use now, or would go back to. */
  readonly from: NetworkConfiguration;
  readonly entries: readonly SessionEntry[];
}

/** More results than anybody reads in one message. */
const mostResults = 3;

/** Whether a session waits for an answer of the person: none moves where nobody is to be asked, or its extension answers. */
export function waitsForPerson(manager: NetworkConfigurationManager, entry: SessionEntry): boolean {
  const { offer } = entry.session;
  if (entry.isAnsweredByClient) {
    return false;
  }
  if (offer.kind === 'activated') {
    return !offer.isForced;
  }
  const network = networkOf(manager, entry.session);
  return offer.kind === 'offered' && network !== undefined && definitionOf(manager, network)?.roaming === 'ask';
}

/** All questions that are open now, those that have a time limit first. */
export function openQuestions(
  manager: NetworkConfigurationManager,
  entries: readonly SessionEntry[],
): readonly RoamingQuestion[] {
  const questions = new Map<string, RoamingQuestion>();
  for (const entry of entries.filter((each) => waitsForPerson(manager, each))) {
    const question = questionOf(manager, entry);
    if (question !== undefined) {
      const before = questions.get(question.key);
      questions.set(question.key, { ...question, entries: [...(before?.entries ?? []), entry] });
    }
  }
  const all = [...questions.values()];
  return [
    ...all.filter(({ offer }) => offer.kind === 'activated'),
    ...all.filter(({ offer }) => offer.kind === 'offered'),
  ];
}

function questionOf(manager: NetworkConfigurationManager, entry: SessionEntry): RoamingQuestion | undefined {
  const { offer } = entry.session;
  const identifier = networkOf(manager, entry.session);
  if (identifier === undefined || (offer.kind !== 'offered' && offer.kind !== 'activated')) {
    return undefined;
  }
  const from = homeOf(entry.session);
  const parts = [offer.kind, identifier, from.identifier, offer.configuration.identifier];
  if (offer.kind === 'offered') {
    parts.push(offer.isUpgrade ? 'upgrade' : 'escape');
  }
  const network = manager.configurationFromIdentifier(identifier);
  return { key: parts.join('\n'), offer, network, from, entries: [entry] };
}

/** The sessions of a question that still wait for this answer. */
export function stillWaiting(
  manager: NetworkConfigurationManager,
  list: SessionList,
  { key }: RoamingQuestion,
): readonly SessionEntry[] {
  return openQuestions(manager, list.shown).find((question) => question.key === key)?.entries ?? [];
}

/** What the person is asked. */
export function questionText({ offer, network, from, entries }: RoamingQuestion, t: Translate): string {
  const [name, now, to] = [displayName(network, t), displayName(from, t), displayName(offer.configuration, t)];
  const owners = new Set(entries.map(({ session }) => plainLine(session.owner ?? '')).filter((owner) => owner !== ''));
  const opened = owners.size === 0 ? '' : ` ${t('A session was opened by {0}.', [...owners].join(', '))}`;
  if (offer.kind === 'offered') {
    return offer.isUpgrade
      ? `${t('{0} is available for {1} (now on {2}).', to, name, now)}${opened}`
      : `${t('{0} is failing: move {1} to {2}?', now, name, to)}${opened}`;
  }
  return [
    t('{0} now uses {1}, on trial.', name, to),
    ...findings(offer.results, offer.isSuitable, t),
    t('Keep it? Otherwise it goes back to {0} in {1} s.', now, secondsLeft(offer) ?? 0),
  ].join(' ');
}

/** What the tests have found, what did not pass first. */
function findings(results: readonly TestResult[], isSuitable: boolean, t: Translate): readonly string[] {
  const inOrder = [...results.filter(({ passed }) => !passed), ...results.filter(({ passed }) => passed)];
  const texts = inOrder.slice(0, mostResults).map((result) => resultText(result, t));
  const more = inOrder.length - texts.length;
  return [
    ...texts,
    ...(more > 0 ? [t('{0} more are in the log.', more)] : []),
    ...(!isSuitable && results.every(({ passed }) => passed) ? [t('It is known to lead nowhere.')] : []),
  ];
}

/** The person's session stays where it was, and why. */
export function stayedText(network: string, from: string, why: string, t: Translate): string {
  return t('{0} stays on {1}. {2}', network, from, why);
}
