import type { Context } from "hono";
import { subjectSignOut } from "../contract/subjects.ts";
import type { AppEnv } from "../http/app-env.ts";
import { invalidRequest, readJsonBody } from "../http/json-body.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { Router } from "../http/router.ts";
import { storeUnavailable } from "../http/store-unavailable.ts";
import { surviveHangUp } from "../http/survive-hang-up.ts";
import { ledgerAddress, type LedgerAddress } from "../ledger/address.ts";
import { randomNonce } from "../lib/random-nonce.ts";
import { maskPhoneNumber } from "../phone/number.ts";
import { endSessionsOf } from "../session/session.ts";
import { subjectOf } from "../handles/subject.ts";
import { forgetDevices } from "../verification/forget-devices.ts";
import { readNumber } from "../verification/read-number.ts";
import { problemFor } from "./outcome-problems.ts";
import { requireScope } from "./service-key.ts";
import { sessionDepsOf } from "./session-deps.ts";
import { depsOf } from "./verification-deps.ts";

const path = "/v1/admin/subjects/sign-out";

/** Signs a user out everywhere, for the operator: after a stolen phone or an account takeover. */
export const subjects = new Router()
  .post(path, async (c) => {
    const clientId = await requireScope(c, "admin");
    const target = await readTarget(c);
    const ended = await surviveHangUp(c, signOut(c, target));
    c.var.runtime.log("subject.signed_out", { client_id: clientId, sessions: ended });
    return c.json({ sessions_ended: ended });
  })
  .all(path, methodNotAllowed("POST"));

interface SignOutTarget {
  readonly subject: string;
  /** The ledger of the named number, whose device tokens are to be refused. */
  readonly ledgers: readonly LedgerAddress[];
}

/**
 * Reads the subject to sign out. All countries are accepted, since a country may have been allowed
 * earlier.
 */
export async function readTarget(c: Context<AppEnv>): Promise<SignOutTarget> {
  const { to, subject } = await readJsonBody(c, subjectSignOut);
  if (to === undefined && subject !== undefined) return { subject, ledgers: [] };
  if (to === undefined || subject !== undefined)
    throw invalidRequest([{ path: "", message: "must name one of to and subject" }]);
  const { config, runtime } = c.var;
  const read = readNumber({ to }, { ...config, allowedCountries: undefined }, runtime.now());
  if (read.kind !== "ok") throw problemFor(read);
  const { number } = read;
  runtime.trace.about({ to: maskPhoneNumber(number.e164), country: number.country });
  const ledger = await ledgerAddress(number, config.subjectKey);
  return { subject: await subjectOf(number.e164, config.subjectKey), ledgers: [ledger] };
}

/** Ends the sessions first, then forgets the devices. After a failure a retry finishes the rest. */
async function signOut(c: Context<AppEnv>, { subject, ledgers }: SignOutTarget): Promise<number> {
  const outcome = await endSessionsOf(sessionDepsOf(c), subject);
  if ("kind" in outcome) throw storeUnavailable();
  const others = outcome.ledgers.filter(({ name }) => !ledgers.some((each) => each.name === name));
  const forgotten = await forgetDevices(depsOf(c), [...ledgers, ...others], randomNonce());
  if (forgotten.kind === "store_unavailable") throw storeUnavailable();
  return outcome.ended;
}
