import { type SessionFailure, sentenceArguments, sentences } from '../../engine/index.js';
import { plainLine } from '../../shared/hostileText.js';
import type { Translate } from './translate.js';

/** What happened, as one sentence for a person. The names in it are made harmless. */
export function sentenceOf(failure: SessionFailure, t: Translate): string {
  const template = sentences[failure.cause.code];
  const [name, fact] = sentenceArguments(failure);
  // without a name it is about the system as a whole
  const sentence = t(template, plainLine(name) || t('this machine'), plainLine(fact));
  const detail = detailOf(failure);
  // only where our own words say nothing: the system's may be in any language, or for experts
  return failure.cause.code === 'other' && detail !== '' ? `${sentence} (${detail})` : sentence;
}

/** The system's own words for it, made harmless; '' when it gave none. */
export function detailOf({ cause }: SessionFailure): string {
  return plainLine(cause.detail ?? '', 200);
}
