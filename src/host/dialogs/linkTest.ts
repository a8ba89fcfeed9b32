import { env, Uri, window } from 'vscode';
import type { Logger, NetworkConfiguration, NetworkConfigurationManager } from '../../engine/index.js';
import { editorHttp } from '../editor/httpSettings.js';
import type { Settings } from '../editor/settings.js';
import { t } from '../editor/translation.js';
import { isUp, readAccessPoint } from '../model/accessPointView.js';
import {
  isUnreal,
  isWorthSaving,
  type LinkTested,
  type Probed,
  probeTarget,
  signInPage,
  testedText,
  verdictOf,
} from '../model/linkVerdict.js';
import { configurationsViewId } from '../model/names.js';
import { displayName } from '../model/words.js';
import { showCancellable } from './progress.js';
import { write } from './write.js';

/** Shows what an access point that is up leads to, by one connection that the person asks for. Starts nothing, and changes no route. */
export class LinkTest {
  readonly #manager: NetworkConfigurationManager;
  readonly #settings: Settings;
  readonly #log: Logger;

  constructor(manager: NetworkConfigurationManager, settings: Settings, log: Logger) {
    this.#manager = manager;
    this.#settings = settings;
    this.#log = log;
  }

  /** Resolves when the test has ended, not when its result is answered. */
  async run(configuration: NetworkConfiguration): Promise<void> {
    if (this.#canBeTested(configuration)) {
      const setting = this.#settings.values.probeUrl;
      const target = setting === '' ? await askTarget(displayName(configuration, t)) : new URL(setting);
      if (target !== undefined) {
        await this.#test(configuration, target, setting !== '');
      }
    }
  }

  /** Says why, where it cannot. */
  #canBeTested(configuration: NetworkConfiguration): boolean {
    const { identifier } = configuration;
    const name = displayName(configuration, t);
    const { addresses = [] } = this.#manager.accessPoint(identifier)?.interface ?? {};
    const why = !isUp(this.#manager.stateOf(identifier))
      ? t('{0} is not up. Only an access point that is up can be tested; none is started for it.', name)
      : isUnreal(this.#manager.system.platform, addresses)
        ? t('{0} is simulated: nothing real can go by it, so there is nothing to test.', name)
        : undefined;
    if (why !== undefined) {
      void window.showInformationMessage(why);
    }
    return why === undefined;
  }

  async #test(configuration: NetworkConfiguration, target: URL, isProbeUrl: boolean): Promise<void> {
    const name = displayName(configuration, t);
    const probed = await this.#probe(configuration, name, target);
    if (probed === undefined) {
      return;
    }
    const { isDefault } = readAccessPoint(this.#manager, configuration.identifier);
    void this.#tell({ name, target, isProbeUrl, isDefault, probed }).then((again) =>
      again && this.#canBeTested(configuration) ? this.#test(configuration, target, isProbeUrl) : undefined,
    );
  }

  /** Undefined: the person has cancelled it. */
  async #probe(configuration: NetworkConfiguration, name: string, target: URL): Promise<Probed | undefined> {
    const { probe } = await import('../../http/index.js');
    // not opened, so that it holds nothing; it tells of the end of the link all the same
    const session = this.#manager.createSession(configuration);
    const ending = new AbortController();
    const { signal } = ending;
    try {
      const { systemCertificates } = editorHttp();
      const probing = probe(target, session, { signal, checkRoute: true, systemCertificates });
      const cancel = () => ending.abort();
      showCancellable(configurationsViewId, t('Testing {0}', name), probing, cancel, () => false);
      const probed = await probing;
      return signal.aborted ? undefined : probed;
    } finally {
      session.dispose();
    }
  }

  /** True: it is to be tested again. */
  async #tell(tested: LinkTested): Promise<boolean> {
    const verdict = verdictOf(tested);
    const text = testedText(tested, t);
    this.#log.info(`An access point was tested: ${verdict}.`);
    this.#log.debug(`${text} ${tested.target.href} ${tested.probed.error?.message ?? ''}`);
    const page = signInPage(tested);
    const [open, again, save] = [t('Open Sign-in Page'), t('Test Again'), t('Save Address')];
    const buttons = [
      ...(page === undefined ? [] : [open]),
      // a message without a button is cut to one line, and is gone when it has been shown
      again,
      ...(isWorthSaving(tested) ? [save] : []),
    ];
    const show = verdict === 'full' ? window.showInformationMessage : window.showWarningMessage;
    const answer = await show(text, ...buttons);
    if (answer === open && page !== undefined) {
      await env.openExternal(Uri.parse(page, true));
    } else if (answer === save) {
      await write(this.#settings.write('probeUrl', tested.target.href));
    }
    return answer === again;
  }
}

async function askTarget(name: string): Promise<URL | undefined> {
  const typed = await window.showInputBox({
    title: t('Test {0}', name),
    prompt: t('What shall it lead to? An address that answers with 204 (No Content) tells most.'),
    placeHolder: 'http://server.example/generate_204',
    validateInput: (text) => {
      const target = probeTarget(text, t);
      return typeof target === 'string' ? target : undefined;
    },
  });
  const target = typed === undefined ? undefined : probeTarget(typed, t);
  return typeof target === 'string' ? undefined : target;
}
