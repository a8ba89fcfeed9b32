import type { NetworkSession as EngineSession } from '../../engine/index.js';
import { type SessionEntry, stopTarget } from '../model/sessionList.js';
import { identifierOf, text } from './arguments.js';
import type * as contract from './network-sessions.js';
import type { ApiTargets } from './targets.js';
import { outward, outwardIn, sealEnd, sealEvent, sealFailure, sealMoveEnd, sealOffer, sealResults } from './values.js';

/** A session as another extension sees it: what would need asking asks the person. */
export class SealedSession implements contract.NetworkSession {
  readonly #targets: ApiTargets;
  readonly #entry: SessionEntry;
  readonly #session: EngineSession;
  /** A question of this session is on the screen: it is not asked twice. */
  #isAsking = false;

  constructor(targets: ApiTargets, entry: SessionEntry) {
    this.#targets = targets;
    this.#entry = entry;
    this.#session = entry.session;
    Object.freeze(this);
  }

  get configuration(): contract.NetworkConfiguration {
    return outward(this.#session.configuration);
  }

  get state(): contract.SessionState {
    return this.#session.state;
  }

  get isOpen(): boolean {
    return this.#session.isOpen;
  }

  get isOpening(): boolean {
    return this.#session.isOpening;
  }

  get error(): contract.SessionError {
    return this.#session.error;
  }

  get errorString(): string {
    return this.#session.errorString;
  }

  get failure(): contract.SessionFailure | undefined {
    const { failure } = this.#session;
    return failure && sealFailure(failure);
  }

  get interface(): contract.NetworkInterface | undefined {
    return this.#session.interface;
  }

  get bytesReceived(): number {
    return this.#session.bytesReceived;
  }

  get bytesWritten(): number {
    return this.#session.bytesWritten;
  }

  get activeTime(): number {
    return this.#session.activeTime;
  }

  get usagePolicies(): contract.UsagePolicy {
    return this.#session.usagePolicies;
  }

  get owner(): string {
    return this.#session.owner ?? '';
  }

  get reason(): string {
    return this.#session.reason ?? '';
  }

  sessionProperty(key: string): unknown {
    return this.#session.sessionProperty(text(key, 'key'));
  }

  setSessionProperty(key: string, value: unknown): void {
    this.#session.setSessionProperty(text(key, 'key'), value);
  }

  open(): void {
    this.#targets.list.open(this.#entry);
  }

  close(): void {
    const { list, prompts } = this.#targets;
    if (prompts.asksToClose(this.#entry)) {
      this.#ask(async () => (await prompts.mayClose(this.#entry)) && list.close(this.#entry));
    } else {
      list.close(this.#entry);
    }
  }

  stop(): void {
    const { manager, list, prompts } = this.#targets;
    const session = this.#session;
    this.#ask(async () => {
      // one that is refused anyway is not asked for: the session tells why
      const isRefused = manager.obstacle('stop', stopTarget(session)) !== undefined;
      const answer = isRefused ? 'notAsked' : await prompts.mayStop(session);
      if (answer !== 'no') {
        list.stop(session, answer === 'yes');
      }
    });
  }

  get activeConfiguration(): contract.NetworkConfiguration {
    return outward(this.#session.activeConfiguration);
  }

  get offer(): contract.Offer {
    return sealOffer(this.#session.offer);
  }

  migrate(configuration?: contract.NetworkConfiguration | string): void {
    const identifier = configuration === undefined ? undefined : identifierOf(configuration);
    const wasUnderWay = this.#isStarting;
    this.#session.migrate(identifier);
    // one that was refused at once has moved nothing: what waits for an answer is still the person's
    if (this.#isStarting && !wasUnderWay) {
      this.#entry.movedBy('client');
    }
  }

  ignore(): void {
    this.#session.ignore();
  }

  accept(): void {
    const { prompts } = this.#targets;
    if (prompts.asksToMove(this.#session)) {
      const asked = this.#destination;
      this.#ask(async () => {
        const isYes = await prompts.mayMove(this.#session);
        const now = this.#destination;
        // the answer is not about a move that was begun while the question was on the screen
        if (now === asked || now === undefined) {
          isYes ? this.#session.accept() : this.#session.reject();
        }
      });
    } else {
      this.#session.accept();
    }
  }

  reject(): void {
    this.#session.reject();
  }

  waitForOpened(msecs?: number): Promise<boolean> {
    return this.#session.waitForOpened(msecs);
  }

  dispose(): void {
    const { list, prompts } = this.#targets;
    if (prompts.asksToClose(this.#entry)) {
      this.#ask(async () =>
        (await prompts.mayClose(this.#entry)) ? list.remove(this.#entry) : this.#entry.handOver(),
      );
    } else {
      list.remove(this.#entry);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose();
    if (this.#session.isDisposed) {
      await this.#session[Symbol.asyncDispose]();
    }
  }

  get onDidChangeState(): contract.Event<contract.SessionState> {
    return sealEvent(this.#session.onDidChangeState);
  }

  get onDidOpen(): contract.Event<void> {
    return sealEvent(this.#session.onDidOpen);
  }

  get onDidClose(): contract.Event<void> {
    return sealEvent(this.#session.onDidClose);
  }

  get onDidFail(): contract.Event<contract.SessionError> {
    return sealEvent(this.#session.onDidFail);
  }

  get onDidEnd(): contract.Event<contract.SessionEnd> {
    return sealEvent(this.#session.onDidEnd, undefined, sealEnd);
  }

  get onDidEndMove(): contract.Event<contract.MoveEnd> {
    return sealEvent(this.#session.onDidEndMove, undefined, sealMoveEnd);
  }

  get isStakeholder(): boolean {
    return this.#session.isStakeholder;
  }

  /** Who listens answers: the person is not asked any more. */
  get onDidChangePreferredConfiguration(): contract.Event<contract.PreferredConfiguration> {
    return sealEvent(this.#session.onDidChangePreferredConfiguration, undefined, outwardIn);
  }

  get onDidActivateNewConfiguration(): contract.Event<contract.ActivatedConfiguration> {
    return sealEvent(this.#session.onDidActivateNewConfiguration, undefined, ({ results, ...activated }) =>
      outwardIn({ ...activated, results: sealResults(results) }),
    );
  }

  get onDidChangeOffer(): contract.Event<void> {
    return sealEvent(this.#session.onDidChangeOffer);
  }

  get onDidChangeUsagePolicies(): contract.Event<contract.UsagePolicy> {
    return sealEvent(this.#session.onDidChangeUsagePolicies);
  }

  get #isStarting(): boolean {
    return this.#session.offer.kind === 'migrating';
  }

  /** Where the move under way leads. */
  get #destination(): string | undefined {
    const { offer } = this.#session;
    return 'configuration' in offer ? offer.configuration?.identifier : undefined;
  }

  #ask(question: () => Promise<unknown>): void {
    if (!this.#isAsking) {
      this.#isAsking = true;
      void question().finally(() => {
        this.#isAsking = false;
      });
    }
  }
}
