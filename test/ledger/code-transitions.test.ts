import { describe, expect, it } from "vitest";
import type { Lease, SharedCode, SharedCodeState } from "../../src/ledger/code-state.ts";
import type { SendEvent } from "../../src/ledger/code-transitions.ts";
import { settleCode } from "../../src/ledger/shared-code.ts";
import { emptyLedger, type Ledger } from "../../src/ledger/state.ts";
import { deepFreeze, minute, signIn, startMs } from "./play.ts";

const states = {
  opening: { name: "opening" },
  unnamed: { name: "unnamed", send: "earlier" },
  unsure: { name: "unsure", send: "earlier" },
  live: { name: "live", sid: "VE1" },
  over: { name: "over" },
} as const satisfies { [Name in SharedCodeState["name"]]: SharedCodeState & { name: Name } };

const sentAs = (sid: string) => ({ kind: "sent", sid, expiresAtMs: startMs + 9 * minute }) as const;
const events = {
  "the same sid": sentAs("VE1"),
  "another sid": sentAs("VE2"),
  "no answer": { kind: "unknown" },
  "the lease's end": { kind: "lease_ended" },
  "the lease's end in a cancel": { kind: "lease_ended" },
  "a refusal": { kind: "refused" },
} as const satisfies Readonly<Record<string, SendEvent>>;
type EventName = keyof typeof events;

/** `new` before a state: the verification stands on a new code, and the old one is over. */
const transitions = {
  opening: {
    "the same sid": "live VE1",
    "another sid": "live VE2",
    "no answer": "unnamed by send",
    "the lease's end": "unnamed by send",
    "the lease's end in a cancel": "unsure by send",
    "a refusal": "forgotten",
  },
  unnamed: {
    "the same sid": "live VE1",
    "another sid": "live VE2",
    "no answer": "unnamed by send",
    "the lease's end": "unnamed by send",
    "the lease's end in a cancel": "unsure by send",
    "a refusal": "unnamed by earlier",
  },
  unsure: {
    "the same sid": "live VE1",
    "another sid": "live VE2",
    "no answer": "unsure by send",
    "the lease's end": "unsure by send",
    "the lease's end in a cancel": "unsure by send",
    "a refusal": "unsure by earlier",
  },
  live: {
    "the same sid": "live VE1",
    "another sid": "new live VE2",
    "no answer": "unnamed by send",
    "the lease's end": "unnamed by send",
    "the lease's end in a cancel": "unsure by send",
    "a refusal": "live VE1",
  },
  over: {
    "the same sid": "new live VE1",
    "another sid": "new live VE2",
    "no answer": "new unnamed by send",
    "the lease's end": "new unnamed by send",
    "the lease's end in a cancel": "new unsure by send",
    "a refusal": "over, and the verification is canceled",
  },
} as const satisfies Readonly<Record<SharedCodeState["name"], Readonly<Record<EventName, string>>>>;

function ledgerWith(state: SharedCodeState, lease: Lease): Ledger {
  const code: SharedCode = {
    engine: "verify",
    service: signIn,
    state,
    expiresAtMs: startMs + 10 * minute,
    used: { anonymous: { sends: 1, attempts: 0 } },
  };
  return {
    ...emptyLedger(),
    codes: { code },
    lines: { [signIn]: { ...(state.name === "over" ? {} : { code: "code" }), lease } },
    verifications: {
      verification: {
        purpose: "sign_in",
        caller: "anonymous",
        channel: "sms",
        code: "code",
        sealedNumber: "sealed",
        createdAtMs: startMs,
        sends: 1,
        lastSendAtMs: startMs,
        start: "reserved",
      },
    },
  };
}

function settled(from: SharedCodeState["name"], event: EventName): string {
  const work = event === "the lease's end in a cancel" ? "cancel_and_send" : "send";
  const about = { verification: "verification", code: "code", untilMs: startMs + 30_000 };
  const lease: Lease = { name: "send", work, ...about };
  const ledger = structuredClone(deepFreeze(ledgerWith(states[from], lease)));
  settleCode(ledger, lease, events[event], startMs);
  const { code = "", ended } = ledger.verifications.verification ?? {};
  const after = ledger.codes[code];
  if (after === undefined) return "forgotten";
  if (after.engine !== "verify") throw new Error("a code of our own");
  const { state } = after;
  const more = "sid" in state ? ` ${state.sid}` : "send" in state ? ` by ${state.send}` : "";
  const isNew = code === "code" ? "" : "new ";
  if (isNew !== "") expect(ledger.codes.code).toMatchObject({ state: { name: "over" } });
  const end = ended === undefined ? "" : `, and the verification is ${ended.status}`;
  return `${isNew}${state.name}${more}${end}`;
}

type StateName = keyof typeof states;
const isState = (name: string): name is StateName => Object.hasOwn(states, name);
const isEvent = (name: string): name is EventName => Object.hasOwn(events, name);
const rows = Object.keys(states)
  .filter(isState)
  .flatMap((from) =>
    Object.keys(events)
      .filter(isEvent)
      .map((event) => ({ from, event, to: transitions[from][event] })),
  );

describe("a shared code", () => {
  it.each(rows)("that is $from, after a send with $event, is $to", ({ from, event, to }) => {
    expect(settled(from, event)).toBe(to);
  });
});
