import { hiddenSid, type Lease, type SharedCodeState } from "./code-state.ts";

/** How a send of a code of Twilio Verify ended. */
export type SendEvent =
  | { readonly kind: "sent"; readonly sid: string; readonly expiresAtMs: number }
  | { readonly kind: "refused" | "unknown" | "lease_ended" };

type EndOfSend = "sent" | "sent_anew" | "lost" | "lost_in_cancel" | "refused";

type Transition =
  | "stays"
  /** The code never came to be, so it is deleted. */
  | "forgotten"
  /** The verification ends, because its code is over and it got no other. */
  | "canceled"
  /** `isNew`: the code is over, and a new code of the verification gets the state. */
  | { readonly to: "live" | "unnamed" | "unsure"; readonly isNew?: true };

const live = { to: "live" } as const;
const newLive = { to: "live", isNew: true } as const;
const unnamed = { to: "unnamed" } as const;
const unsure = { to: "unsure" } as const;

/** What the end of a send makes of its code, by the code's state. `endCode` makes any code `over`. */
const transitions: Readonly<
  Record<SharedCodeState["name"], Readonly<Record<EndOfSend, Transition>>>
> = {
  opening: {
    sent: live,
    sent_anew: live,
    lost: unnamed,
    lost_in_cancel: unsure,
    refused: "forgotten",
  },
  unnamed: {
    sent: live,
    sent_anew: live,
    lost: unnamed,
    lost_in_cancel: unsure,
    refused: "stays",
  },
  unsure: {
    sent: live,
    sent_anew: live,
    lost: unsure,
    lost_in_cancel: unsure,
    refused: "stays",
  },
  // A lost answer may have told another sid.
  live: {
    sent: live,
    sent_anew: newLive,
    lost: unnamed,
    lost_in_cancel: unsure,
    refused: "stays",
  },
  over: {
    sent: newLive,
    sent_anew: newLive,
    lost: { ...unnamed, isNew: true },
    lost_in_cancel: { ...unsure, isNew: true },
    refused: "canceled",
  },
};

function endOfSend(state: SharedCodeState, lease: Lease, event: SendEvent): EndOfSend {
  switch (event.kind) {
    case "sent": {
      const isNamed = state.name === "live" && state.sid !== hiddenSid;
      return isNamed && state.sid !== event.sid ? "sent_anew" : "sent";
    }
    case "lease_ended":
      return lease.work === "cancel_and_send" ? "lost_in_cancel" : "lost";
    case "unknown":
      return "lost";
    case "refused":
      return "refused";
  }
}

/** Returns what the send makes of a code in this state. */
export const transitionOf = (state: SharedCodeState, lease: Lease, event: SendEvent): Transition =>
  transitions[state.name][endOfSend(state, lease, event)];
