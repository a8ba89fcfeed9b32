import * as assert from 'node:assert/strict';
import { type Cause, type Help, SessionError, type SessionFailure } from '../../../src/engine/index.js';
import { isCancelled, messageOf, sentenceOf } from '../../../src/host/model/sentences.js';
import { english as t } from '../../../src/host/model/translate.js';

const failure = (cause: Cause, help: Help): SessionFailure => ({
  error: SessionError.UnknownSessionError,
  accessPoint: 'lan',
  name: 'LAN',
  cause,
  help,
});

suite('sentences of failures', () => {
  test('what would help is a second sentence, where it says more than to try again', () => {
    const message = (code: Cause['code'], help: Help) => messageOf(failure({ code }, help), 'networkManager', t);
    assert.equal(
      message('settingsWrong', 'checkSettings'),
      'The settings of LAN were not accepted. Check its password and settings in the network settings of this system.',
    );
    assert.match(message('platformAway', 'startService'), /moment\. Start NetworkManager, or wait/);
    const elsewhere = messageOf(failure({ code: 'platformAway' }, 'startService'), 'kernel', t);
    assert.equal(elsewhere, 'The network service of this system is not answering at the moment.');
    assert.match(message('missingPermission', 'askAdministrator'), /missing\. Who administers this machine/);
    assert.match(message('carrierLost', 'comeInReach'), /gone\. Plug the cable in/);
    assert.equal(message('noAddress', 'retry'), 'LAN gave no address to this machine.');
    assert.equal(message('cannotStop', 'none'), 'LAN cannot be stopped from here on this system.');
    assert.doesNotMatch(message('notInReach', 'comeInReach'), /\. \w/, 'it says so already');
  });

  test('a service network that is gone is called by its name', () => {
    const gone = { ...failure({ code: 'profileRemoved' }, 'none'), accessPoint: 'network:Office', name: '' };
    assert.equal(sentenceOf(gone, t), 'Office was deleted.');
  });

  test('that there is no access point has a sentence of its own, and what helps', () => {
    const none = { ...failure({ code: 'noAccessPoint' }, 'comeInReach'), accessPoint: '', name: '' };
    assert.equal(
      messageOf(none, 'kernel', t),
      'There is no access point to use: none is up or in reach on this machine. Plug the cable in, or come nearer to the network.',
    );
  });

  test('the user choice is called as everywhere', () => {
    const choice = { ...failure({ code: 'mustChoose' }, 'none'), accessPoint: 'userChoice', name: 'User choice' };
    assert.equal(sentenceOf(choice, t), 'Ask Me needs somebody to choose, and nobody could be asked.');
  });

  test('a permission is called by what it is for; one that is not known, by its identifier', () => {
    const permission = (id: string) => sentenceOf(failure({ code: 'missingPermission', permission: id }, 'none'), t);
    assert.match(permission('org.freedesktop.NetworkManager.network-control'), /permission to control networking is/);
    assert.match(permission('org.freedesktop.NetworkManager.wifi.scan'), /permission to look for Wi-Fi networks is/);
    assert.match(permission('org.example.other'), /permission org\.example\.other is/);
  });

  test('what the person cancelled or refused is no message', () => {
    assert.ok(isCancelled(failure({ code: 'cancelled' }, 'none')));
    assert.ok(isCancelled(failure({ code: 'refused' }, 'none')));
    assert.ok(!isCancelled(failure({ code: 'timedOut', seconds: 30 }, 'retry')));
  });
});
