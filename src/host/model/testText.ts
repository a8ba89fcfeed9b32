import type { SuitabilityTest, TestResult } from '../../engine/index.js';
import { plainLine } from '../../shared/hostileText.js';
import type { Translate } from './translate.js';

/** A suitability test in the words of the settings. */
export function testText(test: SuitabilityTest): string {
  if ('tcp' in test) {
    return plainLine(`tcp ${test.tcp}`);
  }
  if ('dns' in test) {
    return plainLine(`dns ${test.dns}`);
  }
  return plainLine(`http ${test.http}${test.status === undefined ? '' : ` = ${test.status}`}`);
}

/** What came of a suitability test. */
export function resultText({ test, passed, milliseconds, detail }: TestResult, t: Translate): string {
  const what = testText(test);
  if (passed) {
    return t('{0} passed in {1} ms.', what, Math.round(milliseconds));
  }
  const why = plainLine(detail ?? '');
  return why === '' ? t('{0} failed.', what) : t('{0} failed: {1}.', what, why.replace(/\.$/, ''));
}
