/** What events a session has; told in the order in which they are caused. */
export enum SessionEvent {
  State = 0,
  Open = 1,
  Close = 2,
  Fail = 3,
  UsagePolicies = 4,
  /** Not for listeners: those who wait for the session to be open are told, after the events before it. */
  Settle = 5,
  /** Not for listeners: the error, if there is one, then `closed`, as one record. */
  End = 6,
  Preferred = 7,
  Activated = 8,
  Offer = 9,
}
