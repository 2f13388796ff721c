/** The parts of Twilio's account that its owner may change: by upgrading, or by not paying. */
export interface Account {
  type: "Trial" | "Full";
  status: "active" | "suspended" | "closed";
}

export const paidAccount = (): Account => ({ type: "Full", status: "active" });
