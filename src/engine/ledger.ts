/** Who holds one access point, and whose it is (O5, O5a). */
export interface Account {
  /** Open sessions of all programs that share the ledger. */
  readonly holders: number;
  /** It is up because this software started it; a loss, or a start by others, ends that. */
  startedHere: boolean;
  /** One more session holds it. */
  hold(): void;
  /** So many sessions do not hold it any more. */
  release(sessions: number): void;
}

/** The port to whatever counts the holders of access points. */
export interface Ledger {
  account(accessPoint: string): Account;
}

class ProcessAccount implements Account {
  holders = 0;
  startedHere = false;

  hold(): void {
    this.holders++;
  }

  release(sessions: number): void {
    this.holders -= sessions;
  }
}

/** Counts within one process. */
export class ProcessLedger implements Ledger {
  readonly #accounts = new Map<string, ProcessAccount>();

  account(accessPoint: string): Account {
    let account = this.#accounts.get(accessPoint);
    if (account === undefined) {
      account = new ProcessAccount();
      this.#accounts.set(accessPoint, account);
    }
    return account;
  }
}
