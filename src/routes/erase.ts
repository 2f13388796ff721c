import type { Context } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { Router } from "../http/router.ts";
import { storeUnavailable } from "../http/store-unavailable.ts";
import { surviveHangUp } from "../http/survive-hang-up.ts";
import { sessionsName } from "../handles/subject.ts";
import type { LedgerAddress } from "../ledger/address.ts";
import { randomNonce } from "../lib/random-nonce.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import { endSessionsOf } from "../session/session.ts";
import { forgetDevices } from "../verification/forget-devices.ts";
import { requireScope } from "./service-key.ts";
import { sessionDepsOf } from "./session-deps.ts";
import { readTarget } from "./subjects.ts";
import { depsOf } from "./verification-deps.ts";

const path = "/v1/admin/subjects/erase";

/** Ends the sessions of a number or a subject, and forgets that they belong together. */
export const erase = new Router()
  .post(path, async (c) => {
    const client_id = await requireScope(c, "admin");
    const { subject, ledgers } = await readTarget(c);
    const [ledger] = ledgers;
    const work = ledger === undefined ? eraseSubject(c, subject) : eraseNumber(c, ledger, subject);
    const sessions = await surviveHangUp(c, work);
    c.var.runtime.log("subject.erased", { client_id, sessions });
    return c.json({ sessions_ended: sessions });
  })
  .all(path, methodNotAllowed("POST"));

/**
 * The ledger is the last to forget: until then a retry after a failure finds the same subjects. A
 * subject that has another number by now keeps that one.
 */
async function eraseNumber(
  c: Context<AppEnv>,
  address: LedgerAddress,
  ownSubject: string,
): Promise<number> {
  const deps = sessionDepsOf(c);
  const ledger = depsOf(c).ledgerAt(address);
  const { subjects } = done(await ledger.call("readSubjects", null));
  const own = await sessionsName(ownSubject, deps.subjectKey);
  const names = new Set([own, ...subjects.map(({ name }) => name)]);
  const erased = await Promise.all(
    [...names].map((name) => deps.sessionsAt(name).eraseNumber(address.name)),
  );
  const ended = erased.map((outcome) => done(outcome).ended);
  done(await ledger.call("forgetSubjects", "all"));
  done(await forgetDevices(depsOf(c), [address], randomNonce()));
  return ended.reduce((sum, each) => sum + each, 0);
}

/** The subject's object is the last to forget, since it names the ledgers. */
async function eraseSubject(c: Context<AppEnv>, subject: string): Promise<number> {
  const deps = sessionDepsOf(c);
  const name = await sessionsName(subject, deps.subjectKey);
  const sessions = deps.sessionsAt(name);
  const { ended, ledgers: devices } = done(await endSessionsOf(deps, subject));
  const last = done(await sessions.lastSignIn());
  const ledgers = last.kind === "known" ? [...devices, last.signIn.ledger] : devices;
  const verification = depsOf(c);
  const forgotten = await Promise.all(
    ledgers.map((each) => verification.ledgerAt(each).call("forgetSubjects", { name })),
  );
  for (const outcome of forgotten) done(outcome);
  done(await forgetDevices(verification, ledgers, randomNonce()));
  done(await sessions.forgetSignIn());
  return ended;
}

function done<Outcome>(outcome: Outcome | StoreUnavailable): Outcome {
  if (isUnavailable(outcome)) throw storeUnavailable();
  return outcome;
}

const isUnavailable = (outcome: unknown): outcome is StoreUnavailable =>
  typeof outcome === "object" &&
  outcome !== null &&
  "kind" in outcome &&
  outcome.kind === "store_unavailable";
