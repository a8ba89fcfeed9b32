import * as assert from 'node:assert/strict';
import { isOfLink, isOfLink6, isOfSite6 } from '../../src/shared/addresses.js';

suite('addresses', () => {
  const kinds: readonly (readonly [address: string, ofLink: boolean, ofLink6: boolean, ofSite6: boolean])[] = [
    ['169.254.0.1', true, false, false],
    ['169.253.255.255', false, false, false],
    ['192.168.1.1', false, false, false],
    ['fe80::1', true, true, false],
    ['FE80::1%eth0', true, true, false],
    ['febf:ffff::', true, true, false],
    ['fec0::1', false, false, false],
    ['fc00::1', false, false, true],
    ['fdff::1', false, false, true],
    ['fe00::1', false, false, false],
    ['2001:db8::1', false, false, false],
    ['fd.example', false, false, false],
    ['fe80', false, false, false],
    ['', false, false, false],
  ];
  for (const [address, ...are] of kinds) {
    test(`${address || 'nothing'} is ${are[0] ? '' : 'not '}of the link, ${are[2] ? '' : 'not '}of a site`, () => {
      assert.deepEqual([isOfLink(address), isOfLink6(address), isOfSite6(address)], are);
    });
  }
});
