import { storeUnavailable } from "../http/store-unavailable.ts";
import type { ServiceKey } from "../config/service-keys.ts";
import { startRequest, type StartRequest } from "../contract/start-request.ts";
import { clientAddress } from "../guard/client-address.ts";
import type { AppContext } from "../http/app-env.ts";
import { bearerToken, invalidToken, serviceKeyNeeded } from "../http/bearer.ts";
import { invalidRequest, readJsonBody } from "../http/json-body.ts";
import { canonicalHash } from "../lib/canonical-json.ts";
import { Problem } from "../problem.ts";
import { numberOfSession } from "../session/session.ts";
import type { AppClaims } from "../handles/app-claims.ts";
import type { Caller } from "../verification/deps.ts";
import type { Start } from "../verification/start-request.ts";
import { serviceKeyOf } from "./service-key.ts";
import { requireAccess, sessionDepsOf } from "./session-deps.ts";

const maxTransactionBytes = 1024;
/** Fields that need a service key. */
const backendFields = ["subject", "amr", "transaction"] as const;

/**
 * Reads a start and its caller. `two_factor` and `transaction` need a service key. `step_up` needs an
 * access token; its number comes from the session, never from the request.
 */
export async function readStart(c: AppContext): Promise<{ start: Start; caller: Caller }> {
  const body = await readJsonBody(c, startRequest);
  const key = await serviceKeyOf(c);
  const { purpose } = body;
  if (!c.var.config.purposes.has(purpose)) throw new Problem("purpose_not_enabled");
  const needsKey =
    purpose === "two_factor" || purpose === "transaction"
      ? `purpose ${purpose}`
      : backendFields.find((field) => body[field] !== undefined);
  if (needsKey !== undefined && key === undefined) throw serviceKeyNeeded(needsKey, bearerToken(c));
  if (purpose === "step_up") return readStepUp(c, body);
  if (key !== undefined && !key.purposes.has(purpose)) throw new Problem("insufficient_scope");
  const { to, subject: _subject, amr: _amr, transaction: _transaction, ...rest } = body;
  if (to === undefined) throw invalidRequest([{ path: "to", message: "is missing" }]);
  const app = key && (await appClaims(key, body));
  return { start: { ...rest, to, ...(app && { app }) }, caller: callerOf(c, key) };
}

async function appClaims(key: ServiceKey, body: StartRequest): Promise<AppClaims> {
  const { subject, amr = [], purpose, transaction } = body;
  if ((purpose === "transaction") !== (transaction !== undefined))
    throw invalidRequest([
      {
        path: "transaction",
        message: transaction === undefined ? "is missing" : 'is only for the purpose "transaction"',
      },
    ]);
  const claims = { clientId: key.clientId, subject, amr };
  if (transaction === undefined) return claims;
  const hashed = await canonicalHash(transaction, maxTransactionBytes);
  if (hashed.kind === "refused") {
    const path = ["transaction", hashed.path].filter((part) => part !== "").join(".");
    throw invalidRequest([{ path, message: hashed.message }]);
  }
  const { payee, amount } = transaction;
  return {
    ...claims,
    txn: hashed.hash,
    ...(typeof payee === "string" && { payee }),
    ...(typeof amount === "string" && { amount }),
  };
}

async function readStepUp(
  c: AppContext,
  body: StartRequest,
): Promise<{ start: Start; caller: Caller }> {
  const { to: given, country, ...rest } = body;
  const superfluous = Object.entries({ to: given, country })
    .filter(([, value]) => value !== undefined)
    .map(([path]) => ({ path, message: "is not for step_up, which uses the session's number" }));
  if (superfluous.length > 0) throw invalidRequest(superfluous);
  const deps = sessionDepsOf(c);
  const claims = await requireAccess(c);
  const outcome = await numberOfSession(deps, claims);
  if (outcome.kind === "not_live") throw invalidToken(bearerToken(c));
  if (outcome.kind === "store_unavailable") throw storeUnavailable();
  const { to } = outcome;
  const { subject: _subject, amr: _amr, transaction: _transaction, ...about } = rest;
  // The holder of a live session has proved this number before, so the caller is known.
  const caller: Caller = {
    class: "known",
    ...addressOf(c),
    scope: claims.sessionId,
    session: claims.sessionId,
  };
  return { start: { ...about, to }, caller };
}

function addressOf(c: AppContext): Pick<Caller, "address" | "remoteIp"> {
  const remoteIp = c.req.header("CF-Connecting-IP");
  const address = clientAddress(c.req.raw.headers);
  return { address, ...(remoteIp !== undefined && { remoteIp }) };
}

/** A caller without a service key is anonymous, unless the ledger accepts one of its device tokens. */
export function callerOf(c: AppContext, key: ServiceKey | undefined): Caller {
  return {
    class: key === undefined ? "anonymous" : "service",
    ...addressOf(c),
    scope: key?.clientId ?? c.req.header("Origin") ?? "",
  };
}
