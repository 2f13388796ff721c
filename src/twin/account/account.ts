/**
 * The state of the Twilio account. Its owner changes the type by an upgrade. Twilio changes the
 * status, for example because of an unpaid bill.
 */
export interface Account {
  type: "Trial" | "Full";
  status: "active" | "suspended" | "closed";
}

export const paidAccount = (): Account => ({ type: "Full", status: "active" });
