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
import { subjectOf } from "../session/subject.ts";
import { forgetDevices } from "../verification/forget-devices.ts";
import { readNumber } from "../verification/read-number.ts";
import { problemFor } from "./outcome-problems.ts";
import { requireScope } from "./service-key.ts";
import { sessionDepsOf } from "./session-deps.ts";
import { depsOf } from "./verification-deps.ts";

const path = "/v1/admin/subjects/sign-out";

/** What the operator does for a person: a phone was stolen, an account was taken over. */
export const subjects = new Router()
  .post(path, async (c) => {
    const clientId = await requireScope(c, "admin");
    const person = await readPerson(c);
    const ended = await surviveHangUp(c, signOut(c, person));
    c.var.runtime.log("subject.signed_out", { client_id: clientId, sessions: ended });
    return c.json({ sessions_ended: ended });
  })
  .all(path, methodNotAllowed("POST"));

interface Person {
  readonly subject: string;
  /** Where devices of a number are believed. */
  readonly ledgers: readonly LedgerAddress[];
}

/** The person that the request names. A country that is not served any more may have sessions. */
async function readPerson(c: Context<AppEnv>): Promise<Person> {
  const { to, subject } = await readJsonBody(c, subjectSignOut);
  if (to === undefined && subject !== undefined) return { subject, ledgers: [] };
  if (to === undefined || subject !== undefined)
    throw invalidRequest([{ path: "", message: "must name one of to and subject" }]);
  const { config, runtime } = c.var;
  const read = readNumber({ to }, { ...config, allowedCountries: undefined });
  if (read.kind !== "ok") throw problemFor(read);
  const { number } = read;
  runtime.trace.about({ to: maskPhoneNumber(number.e164), country: number.country });
  const ledger = await ledgerAddress(number, config.subjectKey);
  return { subject: await subjectOf(number.e164, config.subjectKey), ledgers: [ledger] };
}

/** Ends the sessions first, then forgets the devices. A repetition after a failure finishes. */
async function signOut(c: Context<AppEnv>, { subject, ledgers }: Person): Promise<number> {
  const outcome = await endSessionsOf(sessionDepsOf(c), subject);
  if ("kind" in outcome) throw storeUnavailable();
  const others = outcome.ledgers.filter(({ name }) => !ledgers.some((each) => each.name === name));
  const forgotten = await forgetDevices(depsOf(c), [...ledgers, ...others], randomNonce());
  if (forgotten.kind === "store_unavailable") throw storeUnavailable();
  return outcome.ended;
}
