import { type Help, type SessionFailure, sentenceArguments, sentences } from '../../engine/index.js';
import { plainLine } from '../../shared/hostileText.js';
import { helpWhenAway, permissionPhrase } from './platformWords.js';
import type { Translate } from './translate.js';
import { displayName } from './words.js';

/** What happened, as one sentence for a person. The names in it are made harmless. */
export function sentenceOf(failure: SessionFailure, t: Translate): string {
  const template = sentences[failure.cause.code];
  const { accessPoint: identifier, name } = failure;
  const [, fact] = sentenceArguments(failure);
  // without a name it is about the system as a whole
  const sentence = t(
    template,
    identifier === '' ? t('this machine') : displayName({ identifier, name }, t),
    permissionPhrase(fact, t) ?? plainLine(fact),
  );
  const detail = detailOf(failure);
  // only where our own words say nothing: the system's may be in any language, or for experts
  return failure.cause.code === 'other' && detail !== '' ? `${sentence} (${detail})` : sentence;
}

/**
 * What happened, and as a second sentence what would help, where that says more than to try again.
 * @param platform the name of the one that serves
 */
export function messageOf(failure: SessionFailure, platform: string, t: Translate): string {
  const help = helpOf(failure, platform, t);
  return help === undefined ? sentenceOf(failure, t) : `${sentenceOf(failure, t)} ${help}`;
}

function helpOf({ help, cause }: SessionFailure, platform: string, t: Translate): string | undefined {
  if (cause.code === 'notInReach') {
    return undefined; // its sentence says so itself
  }
  const helps: Readonly<Record<Help, string | undefined>> = {
    none: undefined,
    retry: undefined,
    comeInReach: t('Plug the cable in, or come nearer to the network.'),
    checkSettings: t('Check its password and settings in the network settings of this system.'),
    askAdministrator: t('Who administers this machine can give it.'),
    startService: helpWhenAway(platform, t),
  };
  return helps[help];
}

/** The person has cancelled it or has said no, here or in the system's own dialog: nobody needs to be told. */
export function isCancelled({ cause }: SessionFailure): boolean {
  return cause.code === 'cancelled' || cause.code === 'refused';
}

/** The system's own words for it, made harmless; '' when it gave none. */
export function detailOf({ cause }: SessionFailure): string {
  return plainLine(cause.detail ?? '', 200);
}
